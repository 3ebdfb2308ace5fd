"""The bus contract as AsyncAPI 3.0: ``python -m groundstop.asyncapi > docs/reference/asyncapi.yaml``.

The document describes the control plane: what it receives from agents, people and operators, and what it sends.
"""

import sys
from collections.abc import Mapping
from typing import Any

import yaml
from groundstop import subjects
from groundstop.addresses import ENUMS, OUTSIDE, Kind, first_sentence, kinds, placeholders
from groundstop.commands import COMMANDS, Answer, Command, Problem
from groundstop.commands.health import Health
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

Document = dict[str, Any]

_BEAT: Document = {
    "type": "object",
    "required": ["executor"],
    "properties": {
        "executor": {"type": "string"},
        "lane": {"type": "integer"},
        "epoch": {"type": "integer"},
        "deadline_in_ms": {"type": ["number", "null"]},
        "halted_scopes_count": {"type": "integer"},
        "pid": {"type": "integer"},
        "guard_pid": {"type": "integer"},
        "in_flight": {"type": "integer"},
    },
}

_ASKED = "gs.cmd.{role}.{tenant}.{name}"

_ABOUT = """\
Everything that happens is one message in one JetStream stream, EVENTS. Each fact has a subject of its own and is
published with an expected-sequence check (x-once says which subjects must be empty), so that at most one exists.
Facts are JSON; CloudEvents 1.0 attributes are headers. Requests (gs.cmd) and beats (gs.alive) are core messages and
are not stored. Fields are only ever added: ignore what you do not know.
"""


def document() -> Document:
    """The whole contract, as plain values."""
    facts, answers = kinds(), _answers()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Groundstop",
            "version": "1.0.0",
            "description": " ".join(_ABOUT.split()),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"bus": {"host": "127.0.0.1:4222", "protocol": "nats", "description": "NATS with JetStream."}},
        "channels": {
            **{_camel(fact.name): _fact_channel(fact) for fact in facts},
            **{_command(verb): _command_channel(command) for verb, command in COMMANDS.items()},
            "askHealth": _channel(f"{_ASKED}.health.{{service}}", "askHealth", "Ask every process of a service."),
            "answer": {"address": None, "messages": {name: _ref("messages", name) for name in (*answers, "refused")}},
            "beat": _channel(subjects.alive("{executor}"), "beat", "Four times a second from every executor's host."),
        },
        "operations": {
            **{_camel(fact.name): _fact_operation(fact) for fact in facts},
            **{_command(verb): _command_operation(command) for verb, command in COMMANDS.items()},
            "askHealth": _asked("askHealth", "Ask every process of a service; each that is ready answers.", "health"),
            "beat": {"action": "send", "channel": _ref("channels", "beat")},
        },
        "components": {
            "messages": {
                **{_camel(fact.name): _fact_message(fact) for fact in facts},
                **{_command(verb): _message(verb, _says(found), found.__name__) for verb, found in COMMANDS.items()},
                **{name: _message(name, _says(model), model.__name__) for name, model in answers.items()},
                "askHealth": {"name": "health", "summary": "An empty request.", "payload": {"type": "object"}},
                "refused": _message("refused", "Instead of an answer: why there is none.", "Refused"),
                "beat": _message("beat", "An executor is alive.", "Beat"),
            },
            "parameters": {name: _parameter(name) for name in _parameters(facts)},
            "schemas": {
                **_schemas([*(fact.model for fact in facts), *COMMANDS.values(), *answers.values(), Problem]),
                "FactHeaders": _headers(),
                "Refused": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": _ref("schemas", Problem.__name__)},
                },
                "Beat": _BEAT,
            },
        },
    }


def _fact_channel(fact: Kind) -> Document:
    return _channel(fact.address, _camel(fact.name), fact.says)


def _answers() -> Mapping[str, type[BaseModel]]:
    """Every answer by the name of its message; some commands are answered alike."""
    replies: list[type[Answer]] = [*(command.reply for command in COMMANDS.values()), Health]
    return {_lower(reply.__name__): reply for reply in replies}


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _says(model: type[BaseModel]) -> str:
    return first_sentence(model.__doc__ or "")


def _command_channel(command: type[Command[Any]]) -> Document:
    return _channel(f"{_ASKED}.{command.verb}", _command(command.verb), _says(command))


def _channel(address: str, message: str, says: str) -> Document:
    names = placeholders(address)
    channel: Document = {"address": address, "description": says, "messages": {message: _ref("messages", message)}}
    return channel | ({"parameters": {name: _ref("parameters", name) for name in names}} if names else {})


def _parameters(facts: list[Kind]) -> list[str]:
    named = {name for fact in facts for name in placeholders(fact.address)}
    return sorted(named | {"role", "tenant", "name", "executor", "service"})


def _parameter(name: str) -> Document:
    if name in ENUMS:
        return {"enum": list(ENUMS[name])}
    if name == "tool":
        return {"description": "A token made from the tool's name: groundstop.subjects.tool_token."}
    return {"description": f"The field {name}: [A-Za-z0-9_-]{{1,64}}."}


def _fact_operation(fact: Kind) -> Document:
    name = _camel(fact.name)
    operation: Document = {
        "action": "receive" if OUTSIDE & set(fact.writers) else "send",
        "channel": _ref("channels", name),
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "x-written-by": list(fact.writers),
        "x-taken-by": list(fact.readers),
    }
    return operation | ({"x-once": fact.once} if fact.once_per else {})


def _command_operation(command: type[Command[Any]]) -> Document:
    operation = _asked(_command(command.verb), _says(command), _lower(command.reply.__name__))
    return operation | {"x-answered-by": list(command.answered_by), "x-asked-by": sorted(command.roles)}


def _asked(name: str, says: str, answer: str) -> Document:
    return {
        "action": "receive",
        "summary": says,
        "channel": _ref("channels", name),
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "reply": {
            "channel": _ref("channels", "answer"),
            "messages": [{"$ref": f"#/channels/answer/messages/{one}"} for one in (answer, "refused")],
        },
    }


def _fact_message(fact: Kind) -> Document:
    message = _message(f"groundstop.{fact.name}.v{fact.model.version}", fact.says, fact.model.__name__)
    return message | {"headers": _ref("schemas", "FactHeaders")}


def _message(name: str, summary: str, schema: str) -> Document:
    return {"name": name, "summary": summary, "payload": _ref("schemas", schema)}


def _schemas(models: list[type[BaseModel]]) -> Document:
    """JSON Schemas of the models and of everything they are made of, without titles nobody reads."""
    _, together = models_json_schema([(m, "validation") for m in models], ref_template="#/components/schemas/{model}")
    found: Document = together["$defs"]
    return {name: _tidied(schema) for name, schema in found.items()}


def _tidied(schema: Any) -> Any:
    """Without generated titles, and with docstrings cut to their first sentence."""
    if isinstance(schema, list):
        return [_tidied(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _tidied(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if isinstance(said := kept.get("description"), str):
        kept["description"] = first_sentence(said)
    return kept


def _headers() -> Document:
    text = {"type": "string"}
    known = ("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-subject", "traceparent")
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in binary mode, and the W3C trace context. Optional for submissions by hand.",
        "properties": dict.fromkeys(known, text),
    }


def _ref(room: str, name: str) -> Document:
    return {"$ref": f"#/{room}/{name}" if room == "channels" else f"#/components/{room}/{name}"}


def _camel(name: str) -> str:
    first, *rest = name.replace(".", "_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def _command(verb: str) -> str:
    """Commands and facts may share a name (``task.handoff``): a command is called for what one does with it."""
    return _camel(f"ask.{verb}")


class _Dumper(yaml.SafeDumper):
    """Writes everything out: anchors and aliases say nothing in a contract."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text() -> str:
    """The document as YAML."""
    head = "# Generated: python -m groundstop.asyncapi > docs/reference/asyncapi.yaml\n"
    return head + yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    sys.stdout.write(text())
