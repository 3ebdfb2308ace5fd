"""Hard-coded dangerous patterns in the arguments of a call: one small function a pattern, one table of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from groundstop.risk.evidence import Evidence, Limits
from groundstop.risk.folding import fold
from groundstop.risk.hazards import (
    ALL_CHARS_MAX,
    ASKING,
    DELETE_ALL,
    EVERYTHING,
    FLAGS,
    PATH_NAMES,
    PLACE,
    PROSE,
    QUERYING,
    ROOT_PATH,
    SCANNED_CHARS_MAX,
    SCOPE,
    SECRET_PATH,
    TRAVERSAL,
    WHOLE,
)
from groundstop.risk.http import METHOD_NAMES, OVERRIDES, forbidden_address, method_risk, overridden_method
from groundstop.risk.money import amount_of, is_money
from groundstop.risk.reach import ROLES, powerful_role, starts_itself
from groundstop.risk.shell import SUSPECT_CHARACTERS, hides_command
from groundstop.risk.sql import has_changing_clause, looks_like_sql, plain_sql
from groundstop.risk.statements.languages import may_be_statement, recognised
from groundstop.risk.statements.mongo import read_operators
from groundstop.risk.walk import Leaf
from groundstop.vocabulary import Risk


class Call(NamedTuple):
    """What a pattern may look at besides the value: whether the tool changes something, the policy's numbers, and the
    parameters whose statements were already read and judged as such. ``searching`` says that the tool only looks, so
    that its queries may speak of commands."""

    changes: bool
    limits: Limits
    read: frozenset[str] = frozenset()
    searching: bool = False


Pattern = Callable[[Leaf, str, Call], Evidence | None]


def _danger(leaf: Leaf, sentence: str, says: Risk = Risk.DANGEROUS) -> Evidence:
    return Evidence("pattern", says, f"Argument “{leaf.key[:60]}”: {sentence}")


def command_in_data(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A separator followed by a command, a substitution, or a pipe to a shell, where plain data belongs."""
    if leaf.name in PROSE or leaf.name in call.read or SUSPECT_CHARACTERS.isdisjoint(text):
        return None
    return _danger(leaf, "it would run a command if it reached a shell.") if hides_command(text) else None


def statement_in_data(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A statement that changes something, in any language, or a changing SQL statement appended to any other value."""
    if len(text) < 4 or leaf.name in PROSE or leaf.name in call.read:
        return None
    if may_be_statement(text if text[0] > " " else text.lstrip()):
        said = recognised(text, call.searching and leaf.name in QUERYING)
        if said is not None and said[1].changes:
            return _danger(leaf, f"it holds a statement ({said[0]}). {said[1].detail}", said[1].risk)
    if len(text) < 10:
        return None
    if text[0] in "[{" and "$" in text:
        inside = next((said for said in read_operators(text) if said.changes), None)
        if inside is not None:
            return _danger(leaf, f"it holds a statement (MongoDB). {inside.detail}", inside.risk)
    if leaf.name in QUERYING and looks_like_sql(text):
        reading = plain_sql(text)
        if reading is not None and reading.risk is not Risk.SAFE:
            return _danger(leaf, reading.detail, reading.risk)
    if has_changing_clause(text):
        return _danger(leaf, "it contains an SQL statement that changes data.")
    return None


def http_method(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A method that changes something, named outright or by a header that overrides the visible one."""
    if leaf.name in call.read:
        return None
    if leaf.name in METHOD_NAMES or leaf.name in OVERRIDES:
        risk = method_risk(text)
        if risk is not None and risk is not Risk.SAFE:
            return _danger(leaf, f"the HTTP method {text.strip().upper()[:10]} changes something.", risk)
    method = overridden_method(text) if "method" in text.lower() else None
    if method is not None:
        risk = method_risk(method) or Risk.DANGEROUS
        if risk is not Risk.SAFE:
            return _danger(leaf, f"a header or query turns the request into {method[:10]}.", Risk.DANGEROUS)
    return None


def address(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """An address that gives away credentials, reads files or runs code."""
    reason = forbidden_address(text) if ":" in text or "." in text or text.isdigit() else None
    return None if reason is None or leaf.name in PROSE else _danger(leaf, reason)


def wildcard(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A change whose scope is everything."""
    if call.changes and leaf.name in SCOPE and _everything(text.strip()):
        return _danger(leaf, f"“{text.strip()[:20]}” means everything there is.")
    return None


def _everything(text: str) -> bool:
    return text.lower() in EVERYTHING or WHOLE.match(text[:80]) is not None


def production(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A change that aims at what customers use."""
    if not call.changes or leaf.name not in PLACE or len(text) > 200:
        return None
    parts = re.split(r"[^a-z0-9]+", text.lower())
    if call.limits.production_names.isdisjoint(parts):
        return None
    return _danger(leaf, f"it aims at production (“{text.strip()[:40]}”).")


_SECRET_SIGNS = frozenset("/\\._")


def telling_file(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A file that holds passwords or keys, which it is harm to read, or one that the system reads or runs by itself."""
    if _SECRET_SIGNS.isdisjoint(text) or leaf.name in PROSE or len(text) > 1_000:
        return None
    started = starts_itself(text) if call.changes else None
    if started is not None:
        return _danger(leaf, started)
    if not SECRET_PATH.search(text.strip()):
        return None
    return _danger(
        leaf, "it names a file that holds passwords or keys.", Risk.DANGEROUS if call.changes else Risk.RISKY
    )


def whole_tree(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A change to the root of a file system, or a path that climbs out of its folder."""
    if leaf.name not in PATH_NAMES or len(text) > 1_000:
        return None
    if call.changes and ROOT_PATH.match(text):
        return _danger(leaf, "it names a whole tree of files.")
    if TRAVERSAL.search(text):
        return _danger(leaf, "the path climbs out of its folder.", Risk.DANGEROUS if call.changes else Risk.RISKY)
    return None


def delete_everything(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """An instruction in words to remove everything, given to a tool that follows instructions."""
    if leaf.name not in ASKING or not DELETE_ALL.search(text):
        return None
    says = Risk.DANGEROUS if call.changes or leaf.name not in QUERYING else Risk.RISKY
    return _danger(leaf, "it asks to remove everything.", says)


def amount_in_words(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """An amount of money above the limit or below nothing, as a text ("5000", "1.000.000,00", "EUR 10k", "-5")."""
    if not call.changes or not is_money(leaf.name):
        return None
    amount = amount_of(text)
    return None if amount is None else _of_amount(leaf, amount, call)


def _of_amount(leaf: Leaf, amount: float, call: Call) -> Evidence | None:
    if amount < 0:
        return _danger(leaf, "a negative amount turns the payment around.")
    return None if amount <= call.limits.money_max else _above_limit(leaf, call)


def role(leaf: Leaf, text: str, call: Call) -> Evidence | None:
    """A change that makes somebody an owner or administrator."""
    sentence = powerful_role(leaf, text) if call.changes else None
    return None if sentence is None else _danger(leaf, sentence)


def _above_limit(leaf: Leaf, call: Call) -> Evidence:
    return _danger(leaf, f"the amount is above the limit of {call.limits.money_max:g}.")


PATTERNS: tuple[Pattern, ...] = (
    command_in_data,
    statement_in_data,
    http_method,
    address,
    wildcard,
    production,
    telling_file,
    whole_tree,
    delete_everything,
    amount_in_words,
    role,
)


NAMED: Mapping[Pattern, Callable[[str], bool]] = MappingProxyType(
    {
        wildcard: SCOPE.__contains__,
        production: PLACE.__contains__,
        whole_tree: PATH_NAMES.__contains__,
        delete_everything: ASKING.__contains__,
        amount_in_words: is_money,
        role: ROLES.__contains__,
    }
)
"""Patterns that look at parameters of certain names alone."""


@lru_cache(4096)
def _patterns_of(name: str) -> tuple[Pattern, ...]:
    """Those that can see something in a parameter of this name, in the order of the table."""
    return tuple(pattern for pattern in PATTERNS if pattern not in NAMED or NAMED[pattern](name))


def scan(leaves: Iterable[Leaf], call: Call) -> list[Evidence]:
    """Every pattern over every value; prose is only looked at by the patterns that ask for it."""
    found: list[Evidence] = []
    budget = ALL_CHARS_MAX
    for leaf in leaves:
        if isinstance(leaf.value, str):
            if leaf.name in PROSE and leaf.name not in ASKING:
                continue
            text = fold(_ends(leaf.value))
            budget -= len(text)
            if budget < 0:
                found.append(Evidence("pattern", Risk.DANGEROUS, "The arguments hold more text than can be read."))
                break
            for pattern in _patterns_of(leaf.name):
                seen = pattern(leaf, text, call)
                if seen is not None:
                    found.append(seen)
            if len(leaf.value) > SCANNED_CHARS_MAX:
                found.append(_danger(leaf, "it is too long to be read in full.", Risk.RISKY))
        else:
            item = _of_number_or_flag(leaf, call)
            if item is not None:
                found.append(item)
    return found


def _ends(text: str) -> str:
    return text if len(text) <= SCANNED_CHARS_MAX else text[: SCANNED_CHARS_MAX - 512] + text[-512:]


def _of_number_or_flag(leaf: Leaf, call: Call) -> Evidence | None:
    value = leaf.value
    if value is True:
        if call.changes and leaf.name in FLAGS:
            return _danger(leaf, "this switch removes a safeguard.")
        return None
    if isinstance(value, (int, float)) and call.changes and is_money(leaf.name):
        return _above_limit(leaf, call) if value != value else _of_amount(leaf, value, call)
    if (
        call.changes
        and isinstance(value, (dict, list))
        and leaf.name in {"filter", "where", "query", "selector", "match"}
    ):
        return _danger(leaf, "an empty condition means everything there is.")
    return None
