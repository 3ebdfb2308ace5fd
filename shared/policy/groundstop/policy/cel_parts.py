"""A condition taken apart at its outer "and": what is answered once per tool, and what it needs."""

from groundstop.policy.cel_text import MACROS, tokens

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_BRANCHING = frozenset({"||", "?", "has"}) | MACROS
_STATIC_INTENT = ("intent", ".", "tool")


def conjuncts(condition: str) -> tuple[str, ...]:
    """The parts joined by ``&&`` outside all brackets; the whole when an outer "or" or "?" makes it something else."""
    cuts: list[int] = []
    depth = 0
    for kind, text, start in tokens(condition):
        if kind != "mark":
            continue
        depth += (text in _OPENING) - (text in _CLOSING)
        if depth == 0 and text in ("||", "?"):
            return (condition,)
        if depth == 0 and text == "&&":
            cuts.append(start)
    starts, ends = [0, *(cut + 2 for cut in cuts)], [*cuts, len(condition)]
    return tuple(condition[start:end].strip() for start, end in zip(starts, ends, strict=True))


def is_static(part: str) -> bool:
    """Whether a part reads only the tool, so that its answer is the same for every call of it."""
    texts = [token.text for token in tokens(part)]
    if set(texts) & (MACROS | {"task", "now"}):
        return False
    reads_intent = [i for i, text in enumerate(texts) if text == "intent"]
    return all(tuple(texts[i : i + 3]) == _STATIC_INTENT and texts[i + 3 : i + 4] != ["."] for i in reads_intent)


def needs(part: str) -> frozenset[str]:
    """The top-level arguments without which a part cannot be answered: lacking one, the condition does not hold."""
    texts = [token.text for token in tokens(part)]
    if _BRANCHING & set(texts):
        return frozenset()
    starts = [i for i in range(len(texts) - 4) if texts[i : i + 4] == ["intent", ".", "arguments", "."]]
    return frozenset(texts[i + 4] for i in starts if texts[i + 5 : i + 6] != ["("])
