"""A bound on what is read, and the windows that a long text is read in, one after the other.

Every character up to READ_CHARS_MAX is read; time grows with the text and no faster. A longer one is read at its head
and its tail, and says how much was not.
"""

from __future__ import annotations

READ_CHARS_MAX = 1_048_576  # of one text
TAIL_CHARS = 262_144  # of a longer one
WINDOW_CHARS = 16_384
OVERLAP_CHARS = 512  # a sentence that is cut by the end of a window is whole in the next
BREAK_CHARS = 2_048  # a window ends between lines or words when there are any this near its end
ALIGNED = 24  # a run of base64, base32, hexadecimal or binary digits is cut where a group of each of them ends
_RUN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_")

Span = tuple[int, int]


def read_spans(size: int) -> tuple[Span, ...]:
    """What is read of a text of that many characters: all of it, or head and tail."""
    if size <= READ_CHARS_MAX:
        return ((0, size),)
    return ((0, READ_CHARS_MAX - TAIL_CHARS), (size - TAIL_CHARS, size))


def windows(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The windows of a text: in order, each beginning before the end of the one before it."""
    end = len(text) if end is None else end
    result: list[Span] = []
    while end - start > WINDOW_CHARS:
        cut = _cut(text, start, start + WINDOW_CHARS)
        result.append((start, cut))
        start = _resumed(text, start, cut)
    return [*result, (start, end)]


def _cut(text: str, start: int, end: int) -> int:
    """Where the window ends: behind a line, behind a word, or where the groups of a long run end."""
    for sign in ("\n", " "):
        at = text.rfind(sign, end - BREAK_CHARS, end)
        if at >= 0:
            return at + 1
    begin = end
    while begin > start and text[begin - 1] in _RUN:
        begin -= 1
    return end - (end - begin) % ALIGNED


def _resumed(text: str, start: int, cut: int) -> int:
    """Where the next window begins: some lines back, but never inside a run that was cut."""
    if text[cut - 1] in _RUN:
        return cut
    at = text.find(" ", max(start + 1, cut - OVERLAP_CHARS), cut)
    return at + 1 if at >= 0 else cut
