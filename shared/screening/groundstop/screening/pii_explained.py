"""What else explains a number: a moment, a product, a version, an order. A check digit holds for one in ten of them.

A number that something else explains is evidence of nobody, unless a word nearer to it says whose it is.
"""

from __future__ import annotations

import re

from groundstop.screening import checksums as check

LABEL_CHARS = 48  # before a candidate, where what names it is looked for

_THINGS = (
    "orders?|invoices?|tickets?|cases?|ref(?:erence)?|tracking|track|skus?|eans?|gtin|upc|isbn|issn|asin|barcodes?"
    "|products?|items?|articles?|parts?|models?|serials?|batch|lots?|builds?|versions?|revs?|revisions?|releases?"
    "|timestamps?|epoch|seq(?:uence)?|offset|commits?|checksums?|hash|digest|incidents?|issues?|requests?|traces?|spans?"
    "|sessions?|messages?|events?|jobs?|runs?|tasks?|threads?|objects?|rows?|records?|transactions?|shipments?|parcels?"
    "|packages?|deliver(?:y|ies)|quotes?|po|bestell(?:ung|nummer)|pedido|commande|ordine|rechnung|factura|facture"
    "|created|updated|modified|expires?|expiry|issued|started|finished|generated|uptime|ports?|pid|bytes|size|length"
    "|count|total|amount|price|quantity|qty|page|line|user ?agent|agent|mozilla|firmware|kernel|image|docker"
)
_LABEL = re.compile(
    rf"(?:(?<![A-Za-z])(?:{_THINGS})(?:[ _-]?(?:id|ids|no|nr|num|number|code|key|at|on|date|time|ms|ts|s))?"
    r"|(?<![A-Za-z])(?:ts|at|iat|exp|nbf|mtime|ctime|time|date|t|v|ver|rev)(?=[\"']?\s*[:=])|(?<![A-Za-z])v(?:er)?\.?"
    r"|[a-z]_(?:at|on|ts|ms|time|date|id|no))"
    r"[\"'`]?(?:[ .:=#\"'`()\[\]-]|\n|is|was|no|nr|number){0,8}$",
    re.IGNORECASE,
)
_CODE = re.compile(r"[A-Za-z]{1,6}\d{3,}(?:[A-Za-z]{0,3}\d{0,4})")
_EPOCHS = ((10, 1), (13, 1_000), (16, 1_000_000), (19, 1_000_000_000))  # digits, units a second
_EPOCH_FIRST, _EPOCH_LAST = 631_152_000, 2_524_608_000  # 1990 to 2050
_STAMP = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,3})?)?"
)
_GS1_SIZES = (8, 12, 13, 14)
_BOOK, _BOOK_SIZE = ("978", "979"), 13
_VERSION = re.compile(r"(?:[12]?\d|3[01])(?:\.\d{1,3}){3}")  # no part beyond a version's: 4.12.3.4, not 203.0.113.7
_VERSIONED = re.compile(r"[A-Za-z][\w+]{0,24}[ /_=~^>@-]{1,3}$")  # libfoo-1.2.3.4, foo/1.2.3.4, foo==1.2.3.4


def bare(value: str) -> bool:
    """Digits alone, or a code of letters and digits: nothing in its shape but perhaps a check digit says what it is."""
    return value.isdecimal() or _CODE.fullmatch(value) is not None


def a_moment_or_product(value: str) -> bool:
    """The seconds, milliseconds or nanoseconds of a moment since 1990, a date written in digits, or a GS1 number."""
    if not value.isdecimal():
        plain = value.replace("-", "").replace(" ", "")
        return plain.startswith(_BOOK) and len(plain) == _BOOK_SIZE
    epoch = any(len(value) == size and _EPOCH_FIRST <= int(value) // unit <= _EPOCH_LAST for size, unit in _EPOCHS)
    return epoch or _STAMP.fullmatch(value) is not None or (len(value) in _GS1_SIZES and check.gs1(value))


def a_version(text: str, start: int, end: int) -> bool:
    """Four small numbers with points between, or behind a name: a version as likely as an address."""
    if text[end : end + 1] in (":", "/") or text[end : end + 4] in (".jar", ".whl", ".tar", ".zip", ".deb", ".rpm"):
        return text[end : end + 1] not in (":", "/")
    return _VERSION.fullmatch(text, start, end) is not None or (
        _VERSIONED.search(text, max(0, start - LABEL_CHARS), start) is not None and text[start - 1] in "/=~^>@-_"
    )


def labelled(text: str, start: int) -> int:
    """Where the word ends that names the number something else than a person's; -1 when there is none."""
    begin = max(0, start - LABEL_CHARS)
    hit = _LABEL.search(text, begin, start)
    return -1 if hit is None else hit.start()
