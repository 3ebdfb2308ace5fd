"""Writes the golden files that are missing: ``python tests/contracts/make_golden.py``. None that exists is touched.

A golden file is one fact as it was written on the day its version was released, every field filled in, with the subject
and the pattern under which it may exist once. Old facts stay in logs for as long as their retention; whoever changes a
model finds out here whether they can still be read. In ``commands`` are requests and answers of every command.
"""

import json
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from groundstop.commands import COMMANDS, Command
from groundstop.events import KINDS, Fact
from pydantic import BaseModel

GOLDEN = Path(__file__).parent / "golden"
ASKED = GOLDEN / "commands"
NOON = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
INTENT = "01980000-0000-7000-8000-000000000001"
TEXTS = {
    "id": "5f0c4c39-6f52-5f0a-9c0e-0d3f3a1c2b4d",
    "cause": "0d4bcb9c-1f39-5b3d-a1de-2f5b8a3c9d10",
    "trace": "00-01980000000070008000000000000001-8000000000000001-01",
    "actor": "approval",
    "tenant": "acme",
    "agent": "support",
    "intent": INTENT,
    "task": "ticket-7",
    "tool": "refund.create",
    "tool_version": "1",
    "action_type": "payment.refund",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "call_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "user": "kira",
    "scope": "agent=support",
}
FLOAT = 0.5


def golden_name(model: type[Fact]) -> str:
    """The file of one version of one kind."""
    return f"{model.kind}.v{model.version}.json"


def sample(model: type[BaseModel]) -> dict[str, Any]:
    """Values for every field of a model, by type and name."""
    return {name: _value(field.annotation, name) for name, field in model.model_fields.items()}


def _value(annotation: Any, name: str) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return arguments[0]
    if origin is Annotated:
        return _value(arguments[0], name)
    if origin in (Union, UnionType):
        return _value(next(argument for argument in arguments if argument is not NoneType), name)
    if origin is tuple or origin is list:
        return (_value(arguments[0], name),)
    if origin is dict and arguments[1] is int:
        return {"order": 1}
    if origin is dict:
        return {"order": "A-1001", "amount": 20.5, "lines": [1, True, None]}
    if annotation is Any:
        return {"refund": "R-1"}
    return _plain(annotation, name)


def _plain(annotation: type, name: str) -> Any:
    if issubclass(annotation, BaseModel):
        return sample(annotation)
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    if annotation is datetime:
        return NOON if name == "at" else NOON + timedelta(minutes=5)
    if annotation is bool:
        return True
    return {int: 1, float: FLOAT}.get(annotation, TEXTS.get(name, name.replace("_", "-")))


def golden(model: type[Fact]) -> dict[str, Any]:
    """What the file of ``model`` holds."""
    fact = model.model_validate(sample(model))
    return {"subject": fact.subject(), "once": fact.once(), "body": fact.model_dump(mode="json")}


def golden_command(command: type[Command[Any]]) -> dict[str, Any]:
    """What the file of ``command`` holds."""
    return {
        "requests": [command.parse(sample(command)).body()],
        "answers": [command.reply.model_validate(sample(command.reply)).wire()],
    }


if __name__ == "__main__":
    ASKED.mkdir(parents=True, exist_ok=True)
    for model in KINDS.values():
        file = GOLDEN / golden_name(model)
        if not file.exists():
            file.write_text(json.dumps(golden(model), indent=2) + "\n", encoding="utf-8")
            print("wrote", file.name)
    for verb, command in COMMANDS.items():
        file = ASKED / f"{verb}.json"
        if not file.exists():
            file.write_text(json.dumps(golden_command(command), indent=2) + "\n", encoding="utf-8")
            print("wrote", file.name)
