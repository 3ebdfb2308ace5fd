"""A bound on what is read: a long text is read at its head, its tail, evenly in between, and wherever a trigger stands.

Time must not grow with what an attacker sends. A text that was not read whole says so in its findings.
"""

from __future__ import annotations

WHOLE_CHARS_MAX = 12_288  # about 10 ms; longer texts are read in windows
HEAD_CHARS = 3_072
TAIL_CHARS = 3_072
STRIDE_WINDOWS = 4
STRIDE_CHARS = 512
TRIGGER_WINDOWS_MAX = 6
TRIGGER_CHARS = 512
SEARCH_CHARS_MAX = 4_194_304  # triggers are looked for in this many characters

# Plain substrings: find runs at memory speed. Words that prose uses often would spend the windows; these do not.
_TRIGGERS = (
    b"ignore ",
    b"gnore all",
    b"disregard",
    b"previous instruction",
    b"instructions",
    b"system prompt",
    b"new task",
    b"your response",
    b"your answer",
    b"your reply",
    b"you must",
    b"important",
    b"assistant",
    b"do not tell",
    b"-----begin",
    b"akia",
    b"ghp_",
    b"sk-",
    b"sk_live",
    b"xox",
    b"password",
    b"api_key",
    b"<!--",
    b"display:none",
)


def windows(text: str) -> tuple[tuple[int, int], ...]:
    """Disjoint, ordered spans of the text to read. One span when the text is short enough to be read whole."""
    size = len(text)
    if size <= WHOLE_CHARS_MAX:
        return ((0, size),)
    spans = [(0, HEAD_CHARS), (size - TAIL_CHARS, size)]
    step = (size - HEAD_CHARS - TAIL_CHARS) // (STRIDE_WINDOWS + 1)
    spans += [(HEAD_CHARS + step * n, HEAD_CHARS + step * n + STRIDE_CHARS) for n in range(1, STRIDE_WINDOWS + 1)]
    spans += [(max(0, at - TRIGGER_CHARS // 2), min(size, at + TRIGGER_CHARS)) for at in _trigger_hits(text)]
    return merged(spans)


def _trigger_hits(text: str) -> list[int]:
    """First and last position of each trigger, rarest triggers first: padding repeats, an attack does not.

    One byte a character keeps positions, which lower() on text does not (a dotted capital I becomes two characters).
    """
    low = text[:SEARCH_CHARS_MAX].encode("ascii", "replace").lower()
    stop = len(low) - TAIL_CHARS
    counted: set[tuple[int, int]] = set()
    for trigger in _TRIGGERS:
        first = low.find(trigger, HEAD_CHARS, stop)
        if first >= 0:
            times = low.count(trigger)
            counted |= {(times, first), (times, low.rfind(trigger, HEAD_CHARS, stop))}
    return [at for _, at in sorted(counted)[:TRIGGER_WINDOWS_MAX]]


def merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Overlapping spans joined, in order."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)
