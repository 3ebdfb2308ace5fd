"""A JSON value as one text with a map back to its paths: scanned once, however many small strings it has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from groundstop.screening.findings import UNSCANNED, Finding

DEPTH_MAX = 64
NODES_MAX = 5_000
CHARS_MAX = 1_048_576


@dataclass(frozen=True, slots=True)
class Rendered:
    """`text` has every string and number on a line below its name; `starts[i]` is where value i begins."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    paths: tuple[str, ...]
    unread: tuple[Finding, ...]

    def home(self, finding: Finding) -> Finding:
        """The finding with its path, its span relative to its string; one that spans several starts in the first."""
        at = max(bisect_right(self.starts, finding.start) - 1, 0)
        if not self.starts:
            return finding
        while at + 1 < len(self.starts) and finding.start >= self.ends[at]:
            at += 1
        start, size = self.starts[at], self.ends[at] - self.starts[at]
        begin = min(max(finding.start - start, 0), size)
        return replace(finding, start=begin, end=max(begin, min(finding.end - start, size)), path=self.paths[at])


def render(value: object) -> Rendered:
    """The structure as text; what is deeper, wider or longer than is read becomes an `unscanned` finding."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    paths: list[str] = []
    unread: list[Finding] = []
    size = 0
    for number, (path, name, text) in enumerate(_walk(value, "$", "", 0)):
        if text is None or number >= NODES_MAX or size > CHARS_MAX:
            unread.append(Finding(UNSCANNED, 0, 0, "medium", 0.6, "structure_too_large", "not read", path))
            if text is not None:
                break
            continue
        label = f"{name}:\n" if name else ""
        starts.append(size + len(label))
        ends.append(starts[-1] + len(text))
        parts.append(f"{label}{text}\n")
        paths.append(path)
        size += len(parts[-1])
    return Rendered("".join(parts), tuple(starts), tuple(ends), tuple(paths), tuple(unread[:8]))


def _walk(value: object, path: str, name: str, depth: int) -> Iterator[tuple[str, str, str | None]]:
    if isinstance(value, str):
        yield path, name, value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield path, name, _number(value)
    elif isinstance(value, bytes | bytearray):
        yield path, name, bytes(value[:CHARS_MAX]).decode("latin-1")
    elif depth >= DEPTH_MAX:
        yield path, name, None
    elif isinstance(value, Mapping):
        for key, item in value.items():
            plain = key if isinstance(key, str) else str(key)
            if not plain.isidentifier():
                yield f"{path}.<key>", "", plain
            yield from _walk(item, f"{path}.{plain}", plain if plain.isidentifier() else "", depth + 1)
    elif isinstance(value, Sequence | set | frozenset):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]", name, depth + 1)


def _number(value: float) -> str:
    if isinstance(value, int) and value.bit_length() > 4_096:
        return ""  # longer than any identifier, and beyond the interpreter's limit on digits
    return str(value)
