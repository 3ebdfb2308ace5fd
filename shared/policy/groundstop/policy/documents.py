"""YAML documents in bounded time and memory, with the line of every value.

The loader knows mappings, lists and scalars. Anchors and aliases are allowed as far as the document does not grow by
them; tags, merge keys, doubled keys and keys that are no text are errors, because each hides what a policy says.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

CHARS_MAX = 512_000
DEPTH_MAX = 24
VALUES_MAX = 60_000
INTEGER_MAX = 2**53
NUMBER_CHARS_MAX = 40

Path = tuple[str | int, ...]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadDocument(ValueError):
    """A text that is no document this loader accepts; ``line`` counts from 1, 0 when it is about the whole."""

    def __init__(self, line: int, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.line = line
        self.path = path


@dataclass(slots=True)
class Document:
    """The values of a document and the line on which each of them begins."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Iterable[str | int]) -> int:
        """The line of the value at ``path``, or of the nearest enclosing one that is in the text."""
        steps = tuple(path)
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)


def read(text: str) -> Document:
    """The document in ``text``; an empty one is an empty mapping. Raises BadDocument."""
    if len(text) > CHARS_MAX:
        raise BadDocument(0, f"the file has {len(text)} characters, at most {CHARS_MAX} are allowed")
    try:
        _measure(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            document = Document({}, {(): 1})
            if node is not None:
                document.value = _Builder(loader, document.lines).build(node, ())
            return document
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else 0
        raise BadDocument(line, f"not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, BadDocument):
            raise
        raise BadDocument(0, f"not YAML: {(str(error).splitlines() or [type(error).__name__])[0][:200]}") from None


def _measure(text: str) -> None:
    """Refuse what is too deep or too large, aliases counted at the size of what they repeat, before building it."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise BadDocument(line, f"alias *{event.anchor} stands inside itself or names nothing")
            total += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = total - before
        if len(open_nodes) > DEPTH_MAX:
            raise BadDocument(line, f"nested deeper than {DEPTH_MAX} levels")
        if total > VALUES_MAX:
            raise BadDocument(line, f"more than {VALUES_MAX} values, with aliases written out")


class _Builder:
    """Turns nodes into values, noting their lines."""

    def __init__(self, loader: Any, lines: dict[Path, int]) -> None:
        self._loader = loader
        self._lines = lines

    def build(self, node: Any, path: Path) -> Any:
        self._lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return dict(self._members(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _members(self, node: Any, path: Path) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._scalar(key_node, path) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise BadDocument(line, f"the key {getattr(key_node, 'value', '?')!r:.60} is not text: quote it", path)
            if key in seen:
                raise BadDocument(line, f"{key!r} is written twice in one mapping", path)
            seen.add(key)
            value = self.build(value_node, (*path, key))
            self._lines[*path, key] = line
            yield key, value

    def _scalar(self, node: Any, path: Path) -> Any:
        line = node.start_mark.line + 1
        kind = node.tag.rpartition(":")[2]
        if kind in ("int", "float") and len(node.value) > NUMBER_CHARS_MAX:
            raise BadDocument(line, f"the number {node.value[:30]}... is too long", path)
        if node.tag.startswith("tag:yaml.org,2002:") and kind in _SCALARS:
            try:
                value = self._loader.construct_object(node)
            except (ValueError, OverflowError) as error:
                raise BadDocument(line, f"{node.value[:60]!r} cannot be read: {str(error)[:100]}", path) from None
            if isinstance(value, int) and abs(value) > INTEGER_MAX:
                raise BadDocument(line, f"the number {node.value[:30]}... is too large", path)
            return value
        if kind == "timestamp":
            return node.value
        raise BadDocument(line, f"{node.value[:60]!r} has a meaning that policies do not know ({node.tag})", path)


_SCALARS: Mapping[str, None] = dict.fromkeys(("str", "int", "float", "bool", "null"))
