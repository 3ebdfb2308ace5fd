"""The statements among the arguments of a call: those that the tool is there to run, and those that came along."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundstop.risk.folding import fold
from groundstop.risk.hazards import PROSE
from groundstop.risk.http import METHOD_NAMES
from groundstop.risk.names import Reading as Verb
from groundstop.risk.nouns import listed
from groundstop.risk.schema import SHELL, SQL_KEYS, plain
from groundstop.risk.sql import dialect_of
from groundstop.risk.statements.commands import read_command
from groundstop.risk.statements.languages import (
    COMMAND_LANGUAGES,
    NAMES,
    first_word,
    is_command_line,
    is_head,
    is_program,
    reader_of,
)
from groundstop.risk.statements.mongo import read_command as read_document
from groundstop.risk.statements.mongo import read_operators
from groundstop.risk.statements.reading import Reading, destroys
from groundstop.risk.statements.requests import read_request
from groundstop.risk.walk import Leaf, Leaves

STATEMENTS_MAX = 20
_COMMAND_KEY = re.compile(
    r"^(?:cli|shell|bash|terminal|ssh|os|system|remote|raw|full|aws|gcloud|az|kubectl|git|docker|helm|gh|psql|powershell|unix|linux)?"
    r"(?:command|cmd|commandline|cmdline)s?$"
)
ARGUMENT_KEYS = listed(
    "args arguments argv arg params parameters options flags extraargs additionalargs cmdargs commandargs"
)
_SUBCOMMANDS = listed("subcommand command cmd verb action operation resource")
_LINES = listed("commands lines steps cmds statements queries")
_ADDRESSES = listed("url uri path endpoint address href route resource apipath requestpath")
_BODIES = listed("body data payload json content requestbody postdata")
_RUNNING = listed(
    "run execute exec perform do make call invoke send use issue process request type write input enter submit query"
)
_WRITTEN = listed("terminal shell bash zsh powershell ssh cli cmd console")
_PROGRAMS = listed(
    """git aws gcloud az kubectl oc helm terraform tofu docker podman gh glab npm pnpm yarn pip systemctl psql mysql ansible vault
    consul nomad heroku flyctl gsutil bq oci doctl pulumi argocd istioctl eksctl rclone restic kops velero etcdctl"""
)
_GRAPHS = listed("cypher neo4j memgraph falkordb neptune kuzu")
_KEYS_OF = {
    "sql": SQL_KEYS,
    "graphql": listed("query document mutation operation gql graphql graphqlquery body querystring statement"),
    "redis": listed("command cmd commands args rediscommand"),
    "mongodb": listed("command query pipeline code script expression statement mongocommand document"),
    "cypher": listed("query cypher statement cypherquery querystring"),
    "sparql": listed("query sparql statement sparqlquery update"),
}
_CONTEXT = listed(
    """cwd workdir workingdirectory directory dir timeout timeoutms shell env environment database db schema host hostname server
    port user username profile region namespace context cluster container pod session sessionid id name title description reason
    explanation encoding format limit offset"""
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language that a tool runs, and where. ``declared`` when the catalogue says so, ``parameter`` if it says where."""

    language: str
    parameter: str = ""
    declared: bool = False

    @property
    def command(self) -> bool:
        """True for the lines of a shell or of one program."""
        name = self.language.partition(":")[0]
        return name in COMMAND_LANGUAGES or (name not in NAMES and is_program(name))


def declared_statement(value: Any) -> Spoken | None:
    """What a catalogue's ``statement`` says: ``bash``, ``sql:clickhouse``, ``git@args``; None for what is no language."""
    if not isinstance(value, str):
        return None
    language, _, parameter = value.strip().partition("@")
    return Spoken(language.lower(), parameter, declared=True) if reader_of(language) is not None else None


def is_command_key(name: str) -> bool:
    """True for a parameter that holds a command line."""
    return name in SHELL or _COMMAND_KEY.match(name) is not None


def language_of(tokens: Sequence[str], named: Sequence[Verb], keys: Iterable[str]) -> Spoken | None:
    """The language that a tool runs, by its name and parameters; None for one whose verb is its own."""
    keys = frozenset(keys)
    words = frozenset(tokens)
    if any(verb.word.base not in _RUNNING for verb in named if verb.sure >= 0.6) and not _reads_or_writes(named, words):
        return None
    if words & {"graphql", "gql"} and keys & _KEYS_OF["graphql"]:
        return Spoken("graphql")
    if words & _GRAPHS and keys & _KEYS_OF["cypher"]:
        return Spoken("cypher")
    if "sparql" in words and keys & _KEYS_OF["sparql"]:
        return Spoken("sparql")
    if words & {"redis", "valkey"} and keys & _KEYS_OF["redis"]:
        return Spoken("redis")
    if words & {"mongo", "mongodb", "mongosh"} and keys & listed("command code script expression"):
        return Spoken("mongodb")
    program = next((token for token in tokens if token in _PROGRAMS), None)
    if program and (keys & ARGUMENT_KEYS or any(is_command_key(key) for key in keys)):
        return Spoken(program)
    if words & {"powershell", "pwsh"} and any(is_command_key(key) for key in keys):
        return Spoken("powershell")
    if words & _WRITTEN and keys & (ARGUMENT_KEYS | listed("input text script line")):
        return Spoken("bash")
    if keys & METHOD_NAMES and keys & _ADDRESSES:
        return Spoken("http")
    return None


def _reads_or_writes(named: Sequence[Verb], words: frozenset[str]) -> bool:
    """ "read_neo4j_cypher", "fetch": the language is in the name, so the verb only says what it is meant for."""
    bases = {verb.word.base for verb in named if verb.sure >= 0.6}
    return bases <= {"read", "write", "fetch", "get", "query", *_RUNNING} and bool(
        words & (_GRAPHS | listed("graphql gql sparql fetch http request curl api rest"))
    )


def statements_in(
    spoken: Spoken, leaves: Sequence[Leaf], arguments: Mapping[str, Any]
) -> tuple[list[tuple[str, Reading]], frozenset[str]]:
    """(text, reading) of every statement that the tool would run, and the names of the parameters that were read."""
    if spoken.language.partition(":")[0] in ("http", "elasticsearch", "opensearch") and not spoken.parameter:
        return _request(arguments)
    names = frozenset(_names(spoken, leaves))
    if not names:
        return [], names
    found = list(_commands(spoken, arguments, names) if spoken.command else _texts(spoken, leaves, arguments, names))
    if len(found) > STATEMENTS_MAX:
        found.append(("", destroys("There are too many statements to be read.")))
    return found[: STATEMENTS_MAX + 1], names


def _names(spoken: Spoken, leaves: Sequence[Leaf]) -> Iterator[str]:
    if spoken.parameter:
        wanted = plain(spoken.parameter)
        yield from {leaf.name for leaf in leaves if leaf.name == wanted}
        return
    given = {leaf.name for leaf in leaves}
    if spoken.command:
        found = {
            name
            for name in given
            if is_command_key(name) or name in ARGUMENT_KEYS or (name in _SUBCOMMANDS and is_program(spoken.language))
        }
        found = found or {name for name in given if name in ("script", "input", "text", "line")}
        found -= {"shell"} if len(found) > 1 else set()
    else:
        found = given & _KEYS_OF.get(spoken.language.partition(":")[0], frozenset())
    if not found and spoken.declared:
        found = {leaf.name for leaf in leaves if isinstance(leaf.value, str) and leaf.name not in _CONTEXT}
    yield from found


def _texts(
    spoken: Spoken, leaves: Sequence[Leaf], arguments: Mapping[str, Any], names: frozenset[str]
) -> Iterator[tuple[str, Reading]]:
    reader = reader_of(spoken.language)
    assert reader is not None
    if spoken.language == "redis":
        yield from _redis(arguments, names)
        return
    for leaf in leaves:
        if leaf.name not in names:
            continue
        if not isinstance(leaf.value, str):
            if leaf.name in SQL_KEYS and leaf.value not in (None, [], {}) and spoken.language.startswith("sql"):
                yield "", destroys("The statement is no text.")
            continue
        yield leaf.value, reader(fold(leaf.value))
    if spoken.language.startswith("mongo"):
        for value in arguments.values():
            if isinstance(value, Mapping) and (document := read_document(value)) is not None:
                yield "", document
            yield from (("", reading) for reading in read_operators(value))


def _redis(arguments: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Reading]]:
    from groundstop.risk.statements.redis import read_redis  # one reader of many

    words: list[str] = []
    for key, value in _in_order(arguments, names):
        if isinstance(value, str) and (" " in value or "\n" in value) and plain(key) != "args":
            words += value.split("\n")[0].split() if "\n" not in value else []
            if "\n" in value:
                yield value, read_redis(value)
        elif isinstance(value, (list, tuple)) and value and all(isinstance(v, str) and " " in v.strip() for v in value):
            for line in value[: STATEMENTS_MAX + 1]:
                yield line, read_redis(line)
        else:
            words += [str(v)[:200] for v in value[:50]] if isinstance(value, (list, tuple)) else [str(value)[:2_000]]
    if words:
        yield " ".join(words), read_redis(words)


def _in_order(arguments: Mapping[str, Any], names: frozenset[str]) -> list[tuple[str, Any]]:
    """The parameters that make up a command line: the command before what stands behind it."""
    found = [(str(key), value) for key, value in list(arguments.items())[:200] if plain(str(key)) in names]
    return sorted(found, key=lambda item: plain(item[0]) in ARGUMENT_KEYS)


def _commands(spoken: Spoken, arguments: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Reading]]:
    reader = reader_of(spoken.language)
    assert reader is not None
    line: list[str] = []
    for key, value in _in_order(arguments, names):
        if isinstance(value, str):
            line.append(fold(value))
        elif isinstance(value, (list, tuple)):
            texts = [fold(one) for one in value if isinstance(one, str)]
            if plain(key) in _LINES or (texts and " " in texts[0].strip() and plain(key) not in ARGUMENT_KEYS):
                for text in texts[: STATEMENTS_MAX + 1]:
                    yield text, reader(text)
            elif texts:
                line.append(shlex.join(texts[:200]))
        elif value not in (None, True, False):
            line.append(str(value)[:200])
    if line:
        text = " ".join(line)
        yield text, reader(text)


def _request(arguments: Mapping[str, Any]) -> tuple[list[tuple[str, Reading]], frozenset[str]]:
    """A request given by method, address and body."""
    given = {plain(str(key)): value for key, value in list(arguments.items())[:200]}
    method = next((value for key, value in given.items() if key in METHOD_NAMES), "GET")
    address = next((value for key, value in given.items() if key in _ADDRESSES and isinstance(value, str)), "")
    body = next((value for key, value in given.items() if key in _BODIES and value), None)
    if not isinstance(method, str) or not address:
        return [], frozenset()
    method, address = fold(method), fold(address)
    names = frozenset(key for key in given if key in _ADDRESSES | METHOD_NAMES)
    return [(f"{method} {address}", read_request(method or "GET", address, body, given.get("headers")))], names


def noticed(leaves: Leaves, arguments: Mapping[str, Any]) -> list[tuple[str, str, Reading]]:
    """(key, language, reading) of commands that are given as lists of words, and of the operators of a document database,
    among the arguments of a tool that is not known to run any."""
    found: list[tuple[str, str, Reading]] = []
    for given, value in list(arguments.items())[:200]:
        if value.__class__ not in _PLAIN and isinstance(value, (Mapping, list, tuple)):
            found += _noticed_inside(str(given), value, leaves.operators)
    return found


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _noticed_inside(key: str, value: Any, operators: bool) -> list[tuple[str, str, Reading]]:
    """A command given as a list of words, and the operators of a document database."""
    found = [(key, "MongoDB", reading) for reading in read_operators(value)] if operators else []
    if not isinstance(value, (list, tuple)):
        for inner, item in list(value.items())[:50]:
            if item.__class__ is list or item.__class__ is tuple:
                found += _listed_command(str(inner), item)
        return found
    return found + _listed_command(key, value)


def _listed_command(key: str, value: Sequence[Any]) -> list[tuple[str, str, Reading]]:
    if len(value) < 2 or not isinstance(value[0], str) or not is_head(value[0]) or plain(key) in PROSE:
        return []
    words = [word for word in value[:100] if isinstance(word, str)]
    if len(words) < 2 or not is_command_line(" ".join(words)):
        return []
    reading = read_command([fold(word) for word in words])
    return [(key, "command", reading)] if reading.changes else []


def dialect_for(tokens: Iterable[str], description: str) -> str:
    """``sql``, with the dialect that a tool's name or the opening of its description names."""
    dialect = dialect_of(tokens) or dialect_of(re.findall(r"[a-z0-9]+", description[:200].lower()))
    return f"sql:{dialect}" if dialect else "sql"


__all__ = [
    "Spoken",
    "declared_statement",
    "dialect_for",
    "first_word",
    "is_command_key",
    "language_of",
    "noticed",
    "statements_in",
]
