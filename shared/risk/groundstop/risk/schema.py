"""What a tool's parameters say: content to write, confirmations, code, and the one that selects the action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from groundstop.risk.folding import fold
from groundstop.risk.http import method_risk
from groundstop.risk.names import read_name, tokens_of
from groundstop.risk.nouns import listed
from groundstop.risk.phrases import FILE, SAVED_TO
from groundstop.risk.vocabulary import VOCABULARY
from groundstop.vocabulary import Risk

_COMBINERS = ("allOf", "anyOf", "oneOf", "$ref", "patternProperties")
PROPERTIES_MAX = 200
CHOICES_MAX = 64

SELECTORS = listed(
    "action actions operation operations op method command mode verb task subcommand event type kind function act "
    "request resource endpoint intent step do"
)
# Of these a value that is a verb selects the action; the weaker ones only if most values are verbs.
_PLAIN_SELECTORS = listed("action actions operation op verb subcommand act method command do")

WRITING = listed(
    """overwrite dryrun force confirm confirmed confirmation newname commitmessage newcontent newtext newvalue
    replacement replace updates changes patch edits newtitle newbody recipients bcc cc recipient setupstream
    createifmissing upsert messagetext newstatus newowner newparent ifmatch idempotencykey permanent
    permanently cascade recursivedelete newpassword amount assignees append insert"""
)
CONTENT = listed(
    """content body payload data document documents html markdown attachments message values properties
    children records rows items fields entities observations comment note caption value spec manifest"""
)
READING = listed(
    """limit offset page perpage pagesize cursor query q filter filters sort sortby orderby order fields
    include exclude search searchterm maxresults since until startdate enddate from to keyword keywords topk
    timerange pagetoken nextcursor after before format verbose depth includemetadata count top skip language"""
)
CODE = listed("code script javascript js python lua bash shell command cmd sql")
SQL_KEYS = listed("sql query statement stmt q queries statements sqlquery sqlstatement")
# Where a download or an export is put.
PLACES = listed(
    """filepath outputpath outputdir outputdirectory outputfile savepath savedir saveto localpath localdir destination
    destinationpath destpath downloadpath downloaddir targetpath targetdir folder directory outputfilename"""
)
SHELL = listed("command cmd shell bash commandline shellcommand")

_COMMAND_ENDS = ("command", "commands", "cmd", "cmds", "shell", "bash", "commandline", "cmdline")
# Parameters that select an action even where the schema does not list what can be selected.
OPEN_ACTIONS = listed("action operation subcommand")


@dataclass(frozen=True, slots=True)
class Selector:
    """The parameter that selects the action of a multi-action tool: what each allowed value means."""

    parameter: str
    risks: Mapping[str, Risk]
    required: bool = True

    @property
    def worst(self) -> Risk:
        """The highest risk that can be selected."""
        return max(self.risks.values(), key=lambda risk: risk.rank)


@dataclass(frozen=True, slots=True)
class SchemaReading:
    """What a schema says: its selector, and which parameters speak of writing, of content, of reading, of code."""

    names: frozenset[str]
    selector: Selector | None
    writing: tuple[str, ...]
    content: tuple[str, ...]
    reading: tuple[str, ...]
    code: tuple[str, ...]
    commands: tuple[str, ...]
    saving: tuple[str, ...]
    saving_optional: bool
    places: tuple[str, ...]
    open_action: str | None
    cut: bool
    open: bool


def plain(key: str) -> str:
    """A parameter name without case, separators and disguises: "Dry-Run" and "dry_run" become "dryrun"."""
    return _plain(key[:80])


@lru_cache(4096)
def _plain(key: str) -> str:
    folded = fold(key).lower()
    return folded if folded.isalnum() else "".join(c for c in folded if c.isalnum())


def properties_of(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of an input schema, whatever its spelling; empty when there is nothing usable."""
    schema = tool.get("inputSchema", tool.get("input_schema", tool.get("parameters")))
    if not isinstance(schema, Mapping):
        return {}
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    if len(properties) > PROPERTIES_MAX:
        return dict(islice(properties.items(), PROPERTIES_MAX))
    return properties


def read_schema(tool: Mapping[str, Any]) -> SchemaReading:
    """Everything the parameters of ``tool`` say, without looking at any argument."""
    properties = properties_of(tool)
    keys = [(str(key), plain(str(key))) for key in properties]
    return SchemaReading(
        names=frozenset(key for key, _ in keys),
        selector=_selector(properties, _required(tool)),
        writing=tuple(key for key, name in keys if name in WRITING or name.startswith(("new", "delete", "replace"))),
        content=tuple(key for key, name in keys if name in CONTENT),
        reading=tuple(key for key, name in keys if name in READING or name.startswith(("include", "max", "search"))),
        code=tuple(key for key, name in keys if name in CODE and _is_text(properties[key])),
        commands=tuple(key for key, name in keys if name.endswith(_COMMAND_ENDS) and _is_text(properties[key])),
        saving=tuple(str(key) for key, definition in properties.items() if _names_a_file_to_write(definition)),
        saving_optional=_saves_beside(properties, _required(tool)),
        places=tuple(key for key, name in keys if name in PLACES),
        open_action=next((key for key, name in keys if name in OPEN_ACTIONS and not choices_of(properties[key])), None),
        cut=len(properties) >= PROPERTIES_MAX,
        open=_is_open(tool.get("inputSchema")),
    )


def _is_open(schema: Any) -> bool:
    """True where a schema allows parameters that it does not list under ``properties``."""
    if not isinstance(schema, Mapping):
        return True
    return bool(schema.get("additionalProperties")) or any(key in schema for key in _COMBINERS)


def _names_a_file_to_write(definition: Any) -> bool:
    text = definition.get("description") if isinstance(definition, Mapping) else None
    return isinstance(text, str) and bool(SAVED_TO.search(text[:300]) and FILE.search(text[:300]))


def _saves_beside(properties: Mapping[str, Any], required: frozenset[str]) -> bool:
    """True where all that can be saved goes into files whose name alone, not their path, may be given."""
    files = [str(key) for key, definition in properties.items() if _names_a_file_to_write(definition)]
    return bool(files) and all(plain(key).endswith("filename") and key not in required for key in files)


def _is_text(definition: Any) -> bool:
    return not isinstance(definition, Mapping) or (
        definition.get("type") in ("string", "str", None) and not isinstance(definition.get("enum"), list)
    )


def choices_of(definition: Any) -> tuple[str, ...]:
    """The closed set of values of a parameter: enum, const, or the consts of a union."""
    if not isinstance(definition, Mapping):
        return ()
    values: list[Any] = []
    enum = definition.get("enum")
    if isinstance(enum, list):
        values += enum[:CHOICES_MAX]
    if "const" in definition:
        values.append(definition["const"])
    for union in ("anyOf", "oneOf"):
        branches = definition.get(union)
        for branch in branches[:CHOICES_MAX] if isinstance(branches, list) else ():
            if isinstance(branch, Mapping):
                inner = branch.get("enum")
                values += inner if isinstance(inner, list) else [branch["const"]] if "const" in branch else []
    return tuple(value for value in values[:CHOICES_MAX] if isinstance(value, str))


def risk_of_choice(value: str) -> Risk | None:
    """What selecting this value does; None when it is not an action word."""
    readings = read_name(tokens_of(value))
    if not readings or readings[0].sure < 0.4:
        return None
    return max((r.word.family.risk for r in readings), key=lambda risk: risk.rank)


# "add" beside "multiply" works a number out.
_ARITHMETIC = listed("subtract multiply divide minus times modulo sqrt power sin cos")
_ADDING = listed("add plus sum") | _ARITHMETIC


def _required(tool: Mapping[str, Any]) -> frozenset[str]:
    schema = tool.get("inputSchema", tool.get("input_schema", tool.get("parameters")))
    required = schema.get("required") if isinstance(schema, Mapping) else None
    return frozenset(str(key) for key in required[:PROPERTIES_MAX]) if isinstance(required, list) else frozenset()


def _selector(properties: Mapping[str, Any], required: frozenset[str]) -> Selector | None:
    for key, definition in properties.items():
        name = plain(str(key))
        if name not in SELECTORS:
            continue
        choices = choices_of(definition)
        judged = {choice: method_risk(choice) or risk_of_choice(choice) for choice in choices}
        if any(choice.lower() in _ARITHMETIC for choice in choices):
            judged |= {choice: Risk.SAFE for choice in choices if choice.lower() in _ADDING}
        verbs = sum(1 for choice in choices if method_risk(choice) or _leads_with_verb(choice))
        needed = 1 if name in _PLAIN_SELECTORS else max(2, len(choices) // 2 + 1)
        if choices and verbs >= needed:
            unknown = Risk.DANGEROUS if name in _PLAIN_SELECTORS else Risk.RISKY
            return Selector(str(key), {c.lower(): risk or unknown for c, risk in judged.items()}, str(key) in required)
    return None


def _leads_with_verb(choice: str) -> bool:
    tokens = tokens_of(choice)
    return bool(tokens) and tokens[0] in VOCABULARY and VOCABULARY[tokens[0]].form == "base"
