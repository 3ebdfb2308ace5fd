"""The languages that statements are written in: by name, and by what a text looks like."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType

from groundstop.risk.folding import fold
from groundstop.risk.nouns import listed
from groundstop.risk.sql import has_changing_clause, is_query_head, read_sql
from groundstop.risk.statements.clients import CLIENTS
from groundstop.risk.statements.cmdlets import is_powershell, read_powershell
from groundstop.risk.statements.commands import WRAPPERS
from groundstop.risk.statements.graphql import is_graphql, read_graphql
from groundstop.risk.statements.mongo import is_mongo_text, read_command, read_mongo_text, read_operators
from groundstop.risk.statements.programs import CHANGING, DESTROYING, LOOKING, RUNNING
from groundstop.risk.statements.queries import is_cypher, is_sparql, read_cypher, read_kql, read_sparql
from groundstop.risk.statements.reading import Reading, destroys, reads, worst
from groundstop.risk.statements.redis import read_redis
from groundstop.risk.statements.requests import read_request, request_in
from groundstop.risk.statements.shell import read_shell
from groundstop.risk.statements.subcommands import SUBCOMMANDS
from groundstop.risk.statements.verbs import WORDED, meaning
from groundstop.vocabulary import Risk

Reader = Callable[[str], Reading]
RECOGNISED_CHARS_MAX = 8_000


def _sql(text: str, dialect: str = "") -> Reading:
    found = read_sql(text, dialect)
    return Reading(found.risk, found.detail)


_POWERSHELL = re.compile(r"^\$env:|\| ?(?:Where|Select|Sort|ForEach|Measure|Group|Format)-[A-Z]")


def _shell(text: str) -> Reading:
    return read_powershell(text) if is_powershell(text) or _POWERSHELL.search(text) else read_shell(text)


def _mongo(text: str) -> Reading:
    if text.lstrip()[:1] in "{[":
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return destroys("The MongoDB command cannot be understood.")
        said = read_command(document) if isinstance(document, Mapping) else worst(read_operators(document), reads())
        return (
            said
            if said is not None
            else worst(read_operators(document), reads("It is a filter or a pipeline that reads."))
        )
    return read_mongo_text(text)


def _http(text: str) -> Reading:
    found = request_in(text)
    if found is not None:
        return read_request(*found)
    if re.match(r"^https?://\S+$", text.strip()):
        return read_request("GET", text)
    return destroys("It is no request that can be read.")


_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "sql": _sql,
        **dict.fromkeys(("bash", "sh", "shell", "zsh", "cmd"), _shell),
        **dict.fromkeys(("powershell", "pwsh"), read_powershell),
        **dict.fromkeys(("graphql", "gql"), read_graphql),
        **dict.fromkeys(("mongodb", "mongo"), _mongo),
        "redis": read_redis,
        "cypher": read_cypher,
        "sparql": read_sparql,
        **dict.fromkeys(("kql", "spl", "flux"), read_kql),
        **dict.fromkeys(("http", "elasticsearch", "opensearch"), _http),
        **dict.fromkeys(("promql", "logql"), lambda text: reads("The query only reads.")),
    }
)
COMMAND_LANGUAGES = listed("bash sh shell zsh cmd powershell pwsh")
NAMES = frozenset(_READERS)


def reader_of(language: str) -> Reader | None:
    """The reader of a language as a catalogue names it: ``bash``, ``sql:clickhouse``, or a program such as ``git``."""
    name, _, dialect = language.lower().partition(":")
    if name == "sql" and dialect:
        return partial(_sql, dialect=dialect)
    reader = _READERS.get(name)
    if reader is None and is_program(name):
        return lambda text: _shell(text if first_word(text) == name else f"{name} {text}")
    return reader


def is_program(name: str) -> bool:
    """True for a program whose command lines are known."""
    return name in SUBCOMMANDS or name in WORDED or name in CLIENTS


def first_word(text: str) -> str:
    """The first word of a text, without the folder of a program; empty for an empty one."""
    words = text[:200].split(None, 1)
    return words[0].rpartition("/")[2] if words else ""


# Programs whose names people write, too.
_ENGLISH = listed(
    """render copilot notion linear slack step sky monitor snap tea pass hub flux atlas dog modal replicate garden tilt convex amplify
    vault consul nomad composer bundle gem brew yarn bun stripe influx op train drone step go make task kind ray keystone glance cinder
    swift nova crossplane boundary waypoint snow sentry percona crane rook railway chamber molecule inspect temporal prefect feast"""
)
_PATHLIKE = re.compile(r"(?:^|\s)(?:-{1,2}\w|[~/.]/?[\w*]|/|[\w-]+=\S|\S+\.\w{1,5}(?:\s|$)|\d{3,}(?:\s|$))")


def is_command_line(text: str) -> bool:
    """True for a text that can hardly be anything but a command line: a program that is known, and what only commands
    have behind it."""
    program = first_word(text)
    words = text[:400].split()
    if program in WRAPPERS and len(words) > 2 and program != "time":
        return program in ("sudo", "doas", "nohup", "xargs", "timeout") or _PATHLIKE.search(text) is not None
    pathlike = _PATHLIKE.search(text[:2_000]) is not None
    if program in SUBCOMMANDS or program in WORDED:
        if len(words) < 2:
            return False
        return (
            (pathlike and program in SUBCOMMANDS)
            or ((pathlike or len(words) <= 4) and any(meaning(word) is not None for word in words[1:5]))
            or (len(words) <= 6 and program not in _ENGLISH and any(meaning(w) is Risk.DANGEROUS for w in words[1:5]))
        )
    if program in LOOKING and pathlike and re.search(r"[|;&]", text):
        return True
    program = program.partition(".")[0] if program.startswith("mkfs.") else program
    known = (
        program in DESTROYING
        or program in CHANGING
        or program in RUNNING
        or program in CLIENTS
        or program in ("curl", "bash", "sh", "find", "sed")
    )
    return known and len(words) > 1 and (pathlike or (len(words) <= 3 and meaning(words[1]) is Risk.DANGEROUS))


_REDIS_SHOUTED = re.compile(
    r"^(?:FLUSHALL|FLUSHDB|SHUTDOWN (?:NO)?SAVE|CONFIG SET|CONFIG REWRITE|SLAVEOF|REPLICAOF|CLUSTER (?:RESET|FORGET|FAILOVER)|"
    r"ACL (?:SETUSER|DELUSER)|SCRIPT FLUSH|EVAL \"|XTRIM \S+ M|(?:DEL|UNLINK)(?: \S+){1,20}$|SWAPDB \d)"
)


_HEADS = (
    frozenset(SUBCOMMANDS)
    | WORDED
    | frozenset(CLIENTS)
    | DESTROYING
    | CHANGING
    | RUNNING
    | LOOKING
    | frozenset(WRAPPERS)
    | listed("bash sh zsh dash ksh curl http https xh httpie")
    | listed(
        """select with insert update delete drop truncate alter create grant revoke merge replace copy exec execute call explain attach
        vacuum pragma show describe do set lock rename load into system detach kill optimize exchange undrop purge backup restore flush
        reindex refresh upsert unload put remove begin declare shutdown reset discard checkpoint cluster prepare deallocate dbcc"""
    )
    | listed(
        "match optional unwind foreach profile return prefix base ask construct clear query mutation subscription fragment"
    )
    | listed("get head options trace post patch connect use rs sh printjson")
    | listed("flushall flushdb config slaveof replicaof acl script eval xtrim del unlink swapdb")
)
_WORD_HEAD = re.compile(r"[A-Za-z][\w.-]{0,40}")


_STRUCTURE = frozenset(" \t\n\r\f\v({")


def is_head(word: str) -> bool:
    """True for a word that could begin a command or a statement."""
    if word.isalnum():
        return word.lower() in _HEADS
    return (
        word[:200].rpartition("/")[2].lower() in _HEADS
        or word.startswith(("mkfs.", "./", "kafka-"))
        or is_powershell(word)
    )


def may_be_statement(text: str) -> bool:
    """True for a text whose first word could begin a statement: a cheap test before the careful ones."""
    if _STRUCTURE.isdisjoint(text):
        return text in ("FLUSHALL", "FLUSHDB")
    head = text.partition(" ")[0]
    if head.isalnum() and head.isascii():
        return head.lower() in _HEADS
    first = text[:1]
    if first in "{(#/.$~[&%" or not first.isascii():
        return True
    word = _WORD_HEAD.match(text)
    if word is None:
        return False
    head = word.group(0)
    return (
        head.lower() in _HEADS
        or head.startswith(("db.", "mkfs.", "rs.", "sh.", "kafka-"))
        or ("-" in head and is_powershell(head))
    )


@lru_cache(1024)
def recognised(text: str, asking: bool = False) -> tuple[str, Reading] | None:
    """What a text would do that can hardly be anything but a statement: its language and the reading; None for any
    other. ``asking`` texts are searches, where people write about commands."""
    text = fold(text[:RECOGNISED_CHARS_MAX]).strip()
    if len(text) < 4:
        return None
    request = request_in(text)
    if request is not None:
        return "HTTP", read_request(*request)
    if "{" in text and is_graphql(text):
        found = read_graphql(text)
        return None if "cannot be understood" in found.detail else ("GraphQL", found)
    if is_mongo_text(text) and "(" in text:
        return "MongoDB", read_mongo_text(text)
    if is_sparql(text):
        return "SPARQL", read_sparql(text)
    if is_cypher(text):
        return "Cypher", read_cypher(text)
    if has_changing_clause(text) or is_query_head(text):
        found = _sql(text)
        return None if "cannot be understood" in found.detail and not has_changing_clause(text) else ("SQL", found)
    if _REDIS_SHOUTED.match(text):
        return "Redis", read_redis(text)
    if asking:
        return None
    if is_powershell(text):
        return "PowerShell", read_powershell(text)
    if is_command_line(text):
        return "command", _shell(text)
    return None


__all__ = ["NAMES", "first_word", "is_command_line", "is_program", "reader_of", "recognised"]
