"""What a PII rule is: shape, check, the words that name the kind, and gates that spare most texts the expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from groundstop.screening.findings import Severity


@dataclass(frozen=True, slots=True)
class PiiRule:
    """`alone`: confidence by shape and check digit; `named`: when a word of `context` stands beside it.

    `whole`: when the candidate is the whole text, as an argument value often is.
    `gates`: substrings of the text's shape (digits as 0, letters as a, hexadecimal digits as h), of which one
    must occur: the expression itself is then run on few texts. Without gates the rule speaks only where its
    context is named.
    """

    name: str
    gates: tuple[str, ...]
    pattern: re.Pattern[str]
    valid: Callable[[str], bool] | None
    alone: float
    named: float
    whole: float
    context: re.Pattern[str] | None
    context_needles: tuple[str, ...]
    severity: Severity
    hexadecimal: bool  # the gates speak of hexadecimal digits
    numeric: bool  # candidates are digits and separators: a moment or a product may explain them
    self_evident: bool  # counts without a word that names it even where it is digits or a plain code

    def speaks_of(self, words: str) -> bool:
        """Whether the words name this kind."""
        return self.context is not None and self.context.search(words) is not None


def pii_rule(
    name: str,
    gates: str,
    pattern: str,
    valid: Callable[[str], bool] | None = None,
    *,
    alone: float,
    named: float = 0.9,
    whole: float | None = None,
    context: str = "",
    severity: Severity = "medium",
    self_evident: bool = False,
) -> PiiRule:
    words = re.compile(rf"(?<![A-Za-z])(?:{context})(?![a-z])", re.IGNORECASE) if context else None
    needles = tuple(_literal(word) for word in context.split("|")) if context else ()
    gate_list = tuple(gates.split("|")) if gates else ()
    compiled = re.compile(pattern)
    numeric = not set("ah@") & set(gates)
    whole_text = max(alone, whole or 0.0)
    return PiiRule(
        name, gate_list, compiled, valid, alone, named, whole_text, words, needles, severity, "h" in gates, numeric,
        self_evident,
    )  # fmt: skip


def _literal(word: str) -> str:
    """The plain beginning of a context expression, less the letter that a following question mark makes optional."""
    plain = re.split(r"[^a-z0-9 äöüé#/-]", word, maxsplit=1)[0]
    return plain[:-1] if word[len(plain) : len(plain) + 1] == "?" else plain
