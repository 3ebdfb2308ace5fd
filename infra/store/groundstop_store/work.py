"""One request's work on the engine, from statement to result blocks. Blocking: runs on a worker thread."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Final

from groundstop_store.engine import STREAMED, Engine, Session
from groundstop_store.errors import StoreError
from groundstop_store.guard import check_insert, check_names, check_shape, spelling_query
from groundstop_store.names import WRITER_GUARD, Guard
from groundstop_store.reader import check_database
from groundstop_store.settings import query_params, settings_for
from groundstop_store.sql import Insert, first_word, split_insert, split_output
from groundstop_store.users import User

_STREAMED_VERBS: Final = frozenset({"SELECT", "WITH"})  # the engine streams no DESCRIBE, SHOW or EXPLAIN
HEAD_BYTES: Final = 256 * 1024  # a result that fits is sent whole, with its length and its full summary

WHOLE_BYTES_MAX: Final = 64 * 1024 * 1024  # how much wait_end_of_query may hold back


@dataclass(frozen=True)
class Ask:
    """What a request asks for, free of HTTP: who, by which method, the statement with its data, and the parameters."""

    user: User
    method: str
    statement: bytes
    params: Mapping[str, str]
    database: str
    default_format: str
    mark: str

    @property
    def verb(self) -> str:
        """The statement's first word in capitals."""
        return first_word(self.statement[:4096].decode("latin-1"))


@dataclass(frozen=True)
class Answer:
    """A running or finished query: `head` is ready to be sent, `rest` are the blocks to come (empty when complete)."""

    session: Session
    output_format: str
    head: bytes
    rest: Generator[bytes, None, None] | None

    def close(self) -> None:
        """End the query if it still runs, and its session."""
        if self.rest is not None:
            self.rest.close()
        self.session.close()


def begin(engine: Engine, readers: Guard, ask: Ask) -> Answer:
    """Check and start a request; inserts and statements without a result are complete on return.

    Raises StoreError for whatever is refused or fails before the first bytes of the result.
    """
    insert = split_insert(ask.statement)
    sql = insert.head if insert else _text(ask.statement)
    chosen = (None if insert else split_output(sql)[1]) or ask.default_format
    settings = settings_for(ask.user, ask.params, ask.mark, chosen in STREAMED)
    session = engine.session(settings, ask.database)
    try:
        if insert:
            return _insert(session, ask, insert, chosen)
        return _query(engine, readers, session, ask, sql, chosen)
    except BaseException:
        session.close()
        raise


def _insert(session: Session, ask: Ask, insert: Insert, chosen: str) -> Answer:
    params = query_params(ask.params.items())
    analysis = session.analyse(f"{insert.head} FORMAT {insert.input_format or 'Values'}")
    if ask.user.read_only or ask.method == "GET" or analysis.statements > 1:
        raise StoreError(164, "READONLY", f"{ask.user.name}: Cannot execute query in readonly mode.")
    check_insert(insert)
    if params:  # placeholders stand in the head or among the values: the engine reads the whole text
        head = session.run(_text(ask.statement), chosen, params)
        return Answer(session, chosen, head, None)
    session.insert(insert.head, insert.input_format, (insert.data,))
    return Answer(session, chosen, b"", None)


def _query(engine: Engine, readers: Guard, session: Session, ask: Ask, sql: str, chosen: str) -> Answer:
    params = query_params(ask.params.items())
    analysis = session.analyse(sql)
    check_shape(ask.user, analysis, ask.method)
    if ask.user.read_only:
        check_database(ask.database)
        check_names(readers, engine.spelled(spelling_query(sql)), params)
    elif analysis.query_class != "UNKNOWN":  # what the engine cannot parse it will explain better than we could
        check_names(WRITER_GUARD, engine.spelled(spelling_query(sql)), params)
    streamable = analysis.query_class == "READ_ONLY" and first_word(sql) in _STREAMED_VERBS and chosen in STREAMED
    if not streamable:
        return Answer(session, chosen, session.run(sql, chosen, params), None)
    blocks = session.stream(sql, chosen, params)
    head, rest = _take(blocks, WHOLE_BYTES_MAX if ask.params.get("wait_end_of_query") == "1" else HEAD_BYTES)
    if not head and rest is None and chosen == "Native":
        head = _native_header(session, sql, params)
    return Answer(session, chosen, head, rest)


def _take(blocks: Generator[bytes, None, None], size: int) -> tuple[bytes, Generator[bytes, None, None] | None]:
    """The first blocks up to `size` bytes, and the rest unless there is none."""
    taken: list[bytes] = []
    total = 0
    for block in blocks:
        taken.append(block)
        total += len(block)
        if total >= size:
            return b"".join(taken), blocks
    return b"".join(taken), None


def _native_header(session: Session, sql: str, params: Mapping[str, str]) -> bytes:
    """The block of no rows that names the columns of an empty result; the engine itself writes nothing at all."""
    inner = split_output(sql)[0].rstrip().rstrip(";")
    try:
        described = session.run(f"DESCRIBE TABLE ({inner}\n)", "TSVRaw", params)
    except StoreError:
        return b""
    columns = [line.split("\t")[:2] for line in described.decode().splitlines()]
    names = b"".join(_native_string(text) for column in columns for text in column)
    return _varint(len(columns)) + _varint(0) + names


def _native_string(text: str) -> bytes:
    data = text.encode()
    return _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _text(statement: bytes) -> str:
    try:
        return statement.decode()
    except UnicodeDecodeError as error:
        raise StoreError(62, "SYNTAX_ERROR", f"The query is not UTF-8: {error}") from error
