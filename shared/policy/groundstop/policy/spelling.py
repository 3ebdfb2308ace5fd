"""What a misspelt word was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

WORDS_SHOWN = 12


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to ``word``, or None when none is near. Long words are cut: comparing is quadratic."""
    found = get_close_matches(word[:64], sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def near(word: str, known: Iterable[str]) -> str:
    """A suggestion in words: the nearest known word, or what there is to choose from."""
    words = sorted(known)
    best = meant(word, words)
    return f"did you mean {best!r}?" if best else f"known are {', '.join(words[:WORDS_SHOWN])}"
