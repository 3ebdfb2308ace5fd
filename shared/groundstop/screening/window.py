"""A bound on what is read: a long text is read at its head, its tail, evenly in between, and wherever a trigger stands.

Time must not grow with what an attacker sends. A text that was not read whole says so in its findings.
"""

from __future__ import annotations

WHOLE_CHARS_MAX = 24_576  # about 20 ms; longer texts are read in windows
HEAD_CHARS = 6_144
TAIL_CHARS = 6_144
STRIDE_WINDOWS = 4
STRIDE_CHARS = 1_024
TRIGGER_WINDOWS_MAX = 10
TRIGGER_CHARS = 768
SEARCH_CHARS_MAX = 4_194_304  # triggers are looked for in this many characters at each end

# Plain substrings: str.find runs at memory speed. A word that prose uses often would spend the windows; these it does not.
_TRIGGERS = (
    "ignore ",
    "gnore all",
    "disregard",
    "previous instruction",
    "instructions",
    "system prompt",
    "new task",
    "your response",
    "your answer",
    "your reply",
    "you must",
    "important",
    "assistant",
    "do not tell",
    "-----begin",
    "akia",
    "ghp_",
    "sk-",
    "sk_live",
    "xox",
    "password",
    "api_key",
    "<!--",
    "display:none",
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
    """First and last position of each trigger, rarest triggers first: padding repeats, an attack does not."""
    if len(text) > 2 * SEARCH_CHARS_MAX:
        text = text[:SEARCH_CHARS_MAX]
    low = text.lower()
    counted: list[tuple[int, int]] = []
    for trigger in _TRIGGERS:
        first = low.find(trigger, HEAD_CHARS, len(low) - TAIL_CHARS)
        if first >= 0:
            counted.append((low.count(trigger), first))
            counted.append((low.count(trigger), low.rfind(trigger, HEAD_CHARS, len(low) - TAIL_CHARS)))
    return [at for _, at in sorted(set(counted))[:TRIGGER_WINDOWS_MAX]]


def merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Overlapping spans joined, in order."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)
