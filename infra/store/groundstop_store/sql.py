"""Reading just enough SQL, without an engine: where a statement's data begins and which format it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|\#!?[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<text>'(?:[^'\\]|\\.|'')*(?:'|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
  | (?P<quoted>`(?:[^`\\]|\\.|``)*(?:`|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z))
  | (?P<word>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)
  | (?P<number>\d\w*)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
HEAD_BYTES_MAX: Final = 256 * 1024  # the engine's own limit of a query (max_query_size)
_DEPTH: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_QUERY_STARTS: Final = frozenset({"SELECT", "WITH", "WATCH"})


class Token(NamedTuple):
    """One lexeme: its kind (word, quoted, text, number, mark), its text and where it ends."""

    kind: str
    text: str
    end: int


@dataclass(frozen=True)
class Insert:
    """An INSERT that carries data: the statement without FORMAT and data, the input format, the data that followed."""

    head: str
    input_format: str
    data: bytes


def tokens(sql: str) -> Iterator[Token]:
    """The lexemes of `sql` without spaces and comments; lazy, so that what follows a FORMAT is never read."""
    for match in _TOKEN.finditer(sql):
        kind = match.lastgroup or "mark"
        if kind != "space":
            yield Token("text" if kind == "tag" else kind, match.group(), match.end())


def first_word(sql: str) -> str:
    """The statement's verb in capitals, or an empty string."""
    return next((token.text.upper() for token in tokens(sql) if token.kind == "word"), "")


def split_insert(statement: bytes) -> Insert | None:
    """The parts of `INSERT ... FORMAT f <data>` or `INSERT ... VALUES <data>`; None for everything else.

    Bytes are read as Latin-1, which keeps every offset; data may be binary, and begins within HEAD_BYTES_MAX.
    """
    text = statement[:HEAD_BYTES_MAX].decode("latin-1")
    if first_word(text) != "INSERT":
        return None
    depth, previous_end, words = 0, 0, tokens(text)
    for token in words:
        depth += _DEPTH.get(token.text, 0) if token.kind == "mark" else 0
        verb = token.text.upper() if token.kind == "word" and depth == 0 else ""
        if verb in _QUERY_STARTS:
            return None
        if verb == "VALUES":
            return Insert(_utf8(text[:previous_end]), "Values", statement[token.end :])
        if verb == "FORMAT":
            name = next(words, Token("word", "", token.end))
            return Insert(_utf8(text[:previous_end]), name.text, _after_newline(statement[name.end :]))
        previous_end = token.end
    return None


def from_file(head: str, path: str) -> str:
    """The head of an INSERT with the file that its data are in; settings come behind it."""
    depth, end = 0, len(head)
    for token in tokens(head):
        depth += _DEPTH.get(token.text, 0) if token.kind == "mark" else 0
        if token.kind == "word" and depth == 0 and token.text.upper() == "SETTINGS":
            end = token.end - len(token.text)
    return f"{head[:end].rstrip()} FROM INFILE {literal(path)} COMPRESSION 'none' {head[end:]}"


def split_output(sql: str) -> tuple[str, str | None]:
    """The query before its last `FORMAT name` outside of parentheses, and that name; the whole query without one."""
    depth, body_end, found, previous_end = 0, len(sql), None, 0
    armed = False
    for token in tokens(sql):
        depth += _DEPTH.get(token.text, 0) if token.kind == "mark" else 0
        if armed and token.kind == "word":
            body_end, found = previous_end, token.text
        elif token.kind != "word" or token.text.upper() != "FORMAT" or depth:
            previous_end = token.end
        armed = depth == 0 and token.kind == "word" and token.text.upper() == "FORMAT"
    return sql[:body_end], found


def literal(text: str) -> str:
    """A single-quoted SQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "replace")


def _after_newline(data: bytes) -> bytes:
    """Data starts after the blanks and at most one line break that follow the format's name."""
    trimmed = data.lstrip(b" \t\r")
    return trimmed[1:] if trimmed[:1] == b"\n" else trimmed
