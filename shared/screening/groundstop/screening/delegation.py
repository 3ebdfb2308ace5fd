"""What a user leaves to a source: "everyone in this list", "the bill in that file", "what the ticket says".

Values of that kind which the source brings in are the user's wish as well. What is left to a source is found in the
user's own sentences alone, and never covers a value that a sentence of the source orders somebody to use.
"""

# ruff: noqa: E501 - one meaning a line

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

TURN_CHARS_MAX = 16_384
SENTENCES_MAX = 60
ALL_KINDS = frozenset({"recipient", "url", "account", "path", "reference", "command"})

_SOURCE = (
    r"(?:files?|documents?|docs?|pdfs?|spreadsheets?|sheets?|tables?|lists?|csv|attachments?|e-?mails?|mails?|messages?|inbox|threads?|chats?|channels?|"
    r"posts?|comments?|tickets?|issues?|cases?|pages?|websites?|sites?|links?|articles?|blogs?|wikis?|notes?|minutes|memos?|letters?|contracts?|agendas?|"
    r"events?|meetings?|appointments?|invit(?:e|ation)s?|calendars?|contacts?|address ?books?|director(?:y|ies)|crm|records?|databases?|rows?|entries|"
    r"bills?|invoices?|receipts?|statements?|transactions?|orders?|notices?|reviews?|results?|reports?|forms?|templates?|readme|manuals?|guides?|runbooks?|"
    r"to-?dos?|tasks?|boards?|backlogs?|drives?|folders?|search|data|logs?|profiles?|history|plans?|schedules?|itinerar(?:y|ies)|"
    r"datei(?:en)?|liste|tabelle|rechnung|ticket|seite|nachricht|dokument|archivo|lista|factura|correo|documento|pagina|fichier|liste|facture|courriel|page)"
)
_LINK = (
    r"(?:in|on|from|of|at|with|per|via|to|under|inside|within|by|mentioned|listed|named|given|found|stated|specified|described|shown|included|contained|"
    r"appearing|written|attached|according to|based on|using|following|aus|laut|im|in der|auf|dans|selon|sur|de|en|del|segun)"
)
_NEAR = r"(?:[^.!?\n]{0,80}?)"
_FROM_SOURCE = re.compile(rf"\b{_LINK}\b{_NEAR}\b{_SOURCE}\b", re.I)
_POINTING = re.compile(
    rf"\b(?:the|this|that|these|those|my|our|his|her|their|its|every|each|all|any)\b{_NEAR}\b{_SOURCE}\b", re.I
)
_NAMED_SOURCE = re.compile(
    r"['\"“‘`][^'\"”’`\n]{2,120}['\"”’`]|\b[\w-]+\.(?:txt|md|pdf|docx?|xlsx?|csv|json|ya?ml|html?|eml|pptx?|rtf|log)\b|\b(?:www\.|https?://)\S+",
    re.I,
)
_PEOPLE = re.compile(
    r"\b(?:everyone|everybody|anyone|whoever|all (?:of )?(?:the |them|those|my |our )?\w*|each (?:of|one|person|\w+)|every \w+|them|those|him|her|same \w+|"
    r"participants?|attendees?|members?|people|persons?|users?|customers?|clients?|contacts?|guests?|recipients?|subscribers?|invitees?|senders?|authors?|"
    r"owners?|candidates?|applicants?|sellers?|vendors?|suppliers?|assignees?|reporters?|employees?|colleagues?|friends?|landlord|host|organi[sz]ers?|"
    r"e-?mail address(?:es)?|addresses|phone numbers?|contact details|who(?:m|ever)?|missing|alle|jeden?|todos?|todas?|cada|tous|chacun|tutti)\b",
    re.I,
)
_SENDS = re.compile(
    r"\b(?:send|e-?mail|mail|message|invite|add|share|forward|notify|reply|respond|contact|text|call|write|remind|tell|inform|assign|include|cc|create|"
    r"schedule|book|set up|organi[sz]e|post|submit|schicke?|sende|lade|envia|invita|envoie|invite|agrega|ajoute)\b",
    re.I,
)
_PAYS = re.compile(
    r"\b(?:pay|settle|transfer|wire|refund|reimburse|send (?:the |some )?money|send [^.!?\n]{0,20}\b(?:money|amount|rent|\$|€|£|usd|eur)|remit|top ?up|donate|split|payment|bezahle|uberweise|zahle|"
    r"paga|transfiere|paie|payer|update|change|set up|schedule|adjust)\b",
    re.I,
)
_OPENS = re.compile(
    r"\b(?:open|visit|go to|read|fetch|download|check|browse|follow|look at|click|use|get|see|summari[sz]e|post|book|sign up|register|clone|install)\b",
    re.I,
)
_LINKS = re.compile(
    rf"\b(?:links?|urls?|websites?|sites?|homepage|endpoints?|repos?(?:itor(?:y|ies))?)\b{_NEAR}\b{_LINK}\b{_NEAR}\b{_SOURCE}\b|\b(?:his|her|their|its)\s+(?:website|site|page|blog|homepage|link)\b|"
    rf"\b(?:all|each|every) (?:of )?(?:the )?(?:links?|urls?|websites?)\b",
    re.I,
)
_FILES = re.compile(r"\b(?:files?|documents?|attachments?|paths?|folders?|images?|photos?|pdfs?|sheets?)\b", re.I)
_RUNS = re.compile(
    r"\b(?:run|execute|try|use|apply|follow)\b[^.!?\n]{0,60}\b(?:commands?|scripts?|steps?|snippets?|install\w*|instructions?)\b",
    re.I,
)
_ALL = re.compile(
    r"\b(?:do|follow|carry out|perform|execute|complete|handle|work (?:on|through)|implement|process|take care of|act on|finish|fulfil+|resolve|address|deal with)\b[^.!?\n]{0,60}"
    r"\b(?:actions?|tasks?|instructions?|steps|to-?dos?|requests?|items?|what(?:ever)?\b[^.!?\n]{0,30}\b(?:says?|asks?|wants?|describes?|requires?|needs?)|as (?:described|told|asked|instructed))|"
    r"\bas (?:the|it|they|he|she)\b[^.!?\n]{0,30}\b(?:says?|asks?|wants?|suggests?)\b",
    re.I,
)
_SAME = re.compile(
    r"\b(?:same|as (?:in|for|on|described|mentioned|listed|specified)|based on|according to|mentioned|listed|specified|described|given|stated|from the|accordingly)\b",
    re.I,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Delegation:
    """One sentence of the user that leaves values to a source: their kinds, and the names that the source is given."""

    kinds: frozenset[str]
    names: tuple[str, ...]
    sentence: str


@lru_cache(256)
def delegations_in(turn: str) -> tuple[Delegation, ...]:
    """What a turn of the user leaves to sources, sentence by sentence."""
    found = []
    names: tuple[str, ...] = ()
    source_before = False
    for sentence in _SENTENCE.split(turn[:TURN_CHARS_MAX])[:SENTENCES_MAX]:
        own = tuple(hit.group(0).strip("'\"“”‘’`") for hit in _NAMED_SOURCE.finditer(sentence))
        points = bool(own) or _POINTING.search(sentence) is not None or _FROM_SOURCE.search(sentence) is not None
        kinds = _kinds(sentence, points, source_before)
        if kinds:
            found.append(Delegation(kinds, own or names, sentence.strip()[:240]))
        names, source_before = own or names, source_before or points
    return tuple(found)


def _kinds(sentence: str, points: bool, source_before: bool) -> frozenset[str]:
    """The kinds of values that a sentence leaves to the source that it, or one before it, points to."""
    if not points and not source_before:
        return frozenset()
    if _ALL.search(sentence):
        return ALL_KINDS - {"command"}
    linked = points and (_FROM_SOURCE.search(sentence) is not None or _SAME.search(sentence) is not None)
    kinds = set()
    if _SENDS.search(sentence) and _PEOPLE.search(sentence):
        kinds.add("recipient")
    if _PAYS.search(sentence):
        kinds |= {"account"} if points or _PEOPLE.search(sentence) else set()
    if _OPENS.search(sentence) and _LINKS.search(sentence):
        kinds.add("url")
    if _FILES.search(sentence) and points:
        kinds.add("path")
    if _RUNS.search(sentence) and points:
        kinds.add("command")
    if linked and (_SENDS.search(sentence) or _PAYS.search(sentence)):
        kinds |= {"recipient"} if _PEOPLE.search(sentence) else set()
        kinds.add("reference")
    if kinds:
        kinds.add("reference")
    return frozenset(kinds)
