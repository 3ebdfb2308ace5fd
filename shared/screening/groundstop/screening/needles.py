"""Which of many plain substrings occur in a text, found in one pass over it (Aho and Corasick, 1975)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ahocorasick


class Needles:
    """Substrings, each with the bits of the rules that it opens. Case counts."""

    def __init__(self, signs: Iterable[tuple[str, int]]) -> None:
        bits: dict[str, int] = {}
        for needle, rules in signs:
            bits[needle] = bits.get(needle, 0) | rules
        self._always = bits.pop("", 0)  # the empty needle is in every text
        self._automaton = _automaton(bits) if bits else None

    @classmethod
    def of(cls, needles: Iterable[Iterable[str]]) -> Needles:
        """Rule ``n`` is opened by any of the ``n``-th needles."""
        return cls((needle, 1 << number) for number, group in enumerate(needles) for needle in group)

    def opened(self, text: str) -> int:
        """The rules of which a needle occurs, as bits."""
        found = self._always
        for _, rules in self._automaton.iter(text) if self._automaton is not None else ():
            found |= rules
        return found


class Gates:
    """Substrings that open rules, and where: an expression is run near what opened it, not over the whole text."""

    def __init__(self, needles: Iterable[Iterable[str]]) -> None:
        rules: dict[str, list[int]] = {}
        for number, group in enumerate(needles):
            for needle in group:
                rules.setdefault(needle, []).append(number)
        self._automaton = _automaton({needle: (len(needle) - 1, numbers) for needle, numbers in rules.items()})

    def opened(self, text: str) -> dict[int, list[int]]:
        """Rule number -> starts of the needles that open it, in order of their ends."""
        found: dict[int, list[int]] = {}
        for end, (back, rules) in self._automaton.iter(text):
            for rule in rules:
                if rule in found:
                    found[rule].append(end - back)
                else:
                    found[rule] = [end - back]
        return found


def around(places: list[int], before: int, after: int, size: int) -> list[tuple[int, int]]:
    """The stretches of a text of that size that lie near any of the places, overlapping ones joined."""
    result: list[tuple[int, int]] = []
    for place in places:
        start, stop = max(0, place - before), min(size, place + after)
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((start, stop))
    return result


class Places:
    """Where any of a few substrings begins. Case counts."""

    def __init__(self, needles: Iterable[str]) -> None:
        self._automaton = _automaton({needle: len(needle) - 1 for needle in needles})

    def starts(self, text: str) -> list[int]:
        """The starts of all occurrences, in order, each once."""
        return sorted({end - back for end, back in self._automaton.iter(text)})


def _automaton(bits: Mapping[str, object]) -> ahocorasick.Automaton:
    made = ahocorasick.Automaton()
    for needle, rules in bits.items():
        made.add_word(needle, rules)
    made.make_automaton()
    return made
