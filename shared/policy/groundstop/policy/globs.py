"""Names in a policy are written as globs: ``*`` any characters, ``?`` one; nothing else is special."""

import re
from collections.abc import Callable, Iterable

Matcher = Callable[[str], object]


def compile_globs(globs: Iterable[str]) -> Matcher | None:
    """A function that says whether a name matches any of ``globs``; None when there are none or one of them is ``*``.

    None means "no restriction". Adjacent stars are merged first, so that a match takes linear time per glob.
    """
    wanted = list(globs)
    if not wanted or "*" in wanted:
        return None
    return re.compile("|".join(_pattern(glob) for glob in wanted)).fullmatch


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether ``name`` matches any of ``globs``; no globs match everything."""
    matcher = compile_globs(globs)
    return matcher is None or bool(matcher(name))


def _pattern(glob: str) -> str:
    merged = re.sub(r"\*+", "*", glob)
    # Possessive segments: after a star the earliest place where the next literal fits is the right one to take.
    parts = [re.escape(part).replace(r"\?", ".") for part in merged.split("*")]
    if len(parts) == 1:
        return parts[0]
    head, *middle, tail = parts
    lazy = "".join(f"(?>.*?{part})" for part in middle if part)
    return f"(?s:{head}{lazy}.*{tail})"
