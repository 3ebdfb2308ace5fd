"""Every command is declared once: what services answer, what clients send, what is published follows from it."""

import ast
import json
import time
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import orjson
import pytest
import structlog
import yaml
from groundstop import asyncapi, doctables
from groundstop.bus.answering import answered, the_caller
from groundstop.bus.control_commands import ControlCommands
from groundstop.callers import Caller, command
from groundstop.commands import COMMANDS, Answer, Command, Handled
from groundstop.commands.base import _declared
from groundstop.conformance.approver import LIST, ROW
from groundstop.errors import RequestFailed
from groundstop.verbs import check_may_ask, families_of, verbs_of
from groundstop.vocabulary import ErrorCode
from groundstop_approval.app import make_acts
from groundstop_audit.custody import Custody
from groundstop_executor.previews import make_previewing

from tests.contracts.test_golden import kept

ROOT = Path(__file__).parents[2]
GOLDEN = sorted((Path(__file__).parent / "golden" / "commands").glob("*.json"))
NOTHING = cast("Any", None)
"""Stands for the parts of a service: handlers are made of them, and not called here."""
SERVICES: dict[str, Any] = {
    "approval": (*make_acts(NOTHING, NOTHING), *ControlCommands(NOTHING).commands()),
    "guard": ControlCommands(NOTHING).commands(),
    "audit": Custody(NOTHING, NOTHING, NOTHING, NOTHING).commands(),
    "executor": make_previewing(NOTHING),
}
OPERATOR = Caller("operator", "~", "olga")


def golden(part: str) -> list[Any]:
    """Verb and body of every request, or answer, in the golden files."""
    return [
        pytest.param(file.stem, body, id=f"{file.stem}-{number}")
        for file in GOLDEN
        for number, body in enumerate(json.loads(file.read_text(encoding="utf-8"))[part])
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_what_is_declared_of_it_and_nothing_else(service: str) -> None:
    verbs = [handled.verb for handled in SERVICES[service]]
    assert sorted(verbs) == sorted(verb for verb, found in COMMANDS.items() if service in found.answered_by)


def test_every_command_has_a_service_and_a_golden_file() -> None:
    """Run ``python tests/contracts/make_golden.py`` when a command is new."""
    assert {service for found in COMMANDS.values() for service in found.answered_by} == set(SERVICES)
    assert {file.stem for file in GOLDEN} == set(COMMANDS)
    assert all(found.roles and found.__doc__ for found in COMMANDS.values())


@pytest.mark.parametrize(("verb", "body"), golden("requests"))
def test_a_request_of_an_older_client_is_read_and_sent_on_as_it_was(verb: str, body: dict[str, Any]) -> None:
    """The files hold what clients sent before requests had types; ``tenant`` beside a case was always ignored."""
    asked = COMMANDS[verb].parse(body)
    known = {name: value for name, value in body.items() if name in COMMANDS[verb].model_fields}
    again = COMMANDS[verb].parse(json.loads(json.dumps(asked.body())))
    assert again == asked and set(asked.body()) == set(known)


@pytest.mark.parametrize(("verb", "answer"), golden("answers"))
def test_an_answer_is_on_the_wire_what_it_was(verb: str, answer: dict[str, Any]) -> None:
    """The files hold what services answered before answers had types: to the last field, no more and no less."""
    assert orjson.loads(orjson.dumps(COMMANDS[verb].read(answer).wire())) == answer


@pytest.mark.parametrize(("verb", "answer"), golden("answers"))
def test_what_a_newer_service_added_is_ignored(verb: str, answer: dict[str, Any]) -> None:
    read = COMMANDS[verb].read({**answer, "added_by_a_newer_service": {"any": "thing"}})
    assert kept(answer, read.wire())


@pytest.mark.parametrize("part", ["requests", "answers"])
def test_golden_bodies_fit_the_published_schemas(part: str) -> None:
    components = asyncapi.document()["components"]
    for file in GOLDEN:
        model: Any = COMMANDS[file.stem] if part == "requests" else COMMANDS[file.stem].reply
        schema = {"$ref": f"#/components/schemas/{model.__name__}", "components": components}
        check = jsonschema_rs.validator_for(schema)
        for body in json.loads(file.read_text(encoding="utf-8"))[part]:
            said = {name: value for name, value in body.items() if value is not None or name == "answer"}
            said = {name: int(value) if name == "upto" else value for name, value in said.items()}
            assert [error.message for error in check.iter_errors(said)] == [], file.stem


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("case.decide", {"verdict": "approved"}, "invalid_request", "case is missing"),
    ("case.decide", {"case": "c", "verdict": "maybe"}, "wrong_verdict", "verdict: expected one of approved, denied"),
    ("case.decide", {"case": "c", "verdit": "denied"}, "invalid_request", "'verdit': did you mean verdict"),
    ("case.decide", {"case": "c", "verdict": "denied", "noet": "n"}, "invalid_request", "did you mean note"),
    ("case.edit", {"case": "c", "arguments": {}, "dryRun": True}, "invalid_request", "did you mean dry_run"),
    ("case.list", {"limit": "many"}, "invalid_request", "limit: expected a number, got 'many'"),
    ("case.list", {"limit": 10**9}, "invalid_request", "limit: expected less than or equal to 1000"),
    ("case.list", {"tenant": ["a"]}, "invalid_request", "tenant: expected a valid string, got ['a']"),
    ("case.list", {"order": "random"}, "invalid_request", "order: expected 'oldest', 'newest' or 'expiring'"),
    ("case.decide_many", {"cases": [], "verdict": "denied"}, "invalid_request", "cases: "),
    ("case.decide_many", {"cases": [{"case": "c", "digst": "d"}], "verdict": "denied"}, "invalid_request", "digest"),
    ("grant.give", {"agent": "a", "tool": "t", "until": "tomorrow"}, "invalid_request", "until: expected a time with"),
    ("grant.give", {"agent": "a", "tool": "t", "uses": 0}, "invalid_request", "uses: expected greater than"),
    ("grant.revoke", {"grant": "g", "note": " "}, "note_required", "a revocation needs a note"),
    ("task.give_back", {"case": "c"}, "note_required", "why is it safe to go on?"),
    ("record.hold", {"scope": "tenant=acme", "reason": " "}, "invalid_request", "reason is missing"),
    ("control.put", {"control": {"id": "x"}}, "invalid_request", "control.at is missing"),
]


@pytest.mark.parametrize(("verb", "body", "code", "text"), WRONG)
def test_what_is_wrong_is_named(verb: str, body: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(RequestFailed) as refused:
        COMMANDS[verb].parse(body)
    assert refused.value.code == code and text in str(refused.value), str(refused.value)


@pytest.mark.parametrize("body", [{"case": "c", "tenant": "acme"}, {"case": "c", "cases": ["c"]}])
def test_a_field_that_is_no_misspelling_is_ignored(body: dict[str, Any]) -> None:
    """A newer client may send more than an older service knows."""
    assert COMMANDS["case.claim"].parse(body) == COMMANDS["case.claim"].parse({"case": "c"})


def test_many_and_long_unknown_fields_cost_little() -> None:
    """A body may have as many as fit into a message; they must not keep a service from its work."""
    body = {"case": "c"} | {f"field_{number}": 1 for number in range(50_000)} | {"x" * 200_000: 1}
    began = time.process_time()
    assert COMMANDS["case.claim"].parse(body).body() == {"case": "c"}
    assert time.process_time() - began < 1.0


def test_an_answer_is_still_the_object_that_it_was() -> None:
    """Programs that were written for dicts go on working: by key, with ``in``, ``get`` and ``**``."""
    until = "2026-06-01T12:00:00+00:00"
    answer = COMMANDS["case.claim"].read({"case": "c", "claimed_by": "ann", "claimed_until": until})
    assert answer["claimed_until"] == until and answer.get("other", 1) == 1
    assert "claimed_by" in answer and "votes" not in answer
    assert {**answer} == answer.wire()


def test_an_answer_that_cannot_be_read_is_an_error_of_its_own() -> None:
    with pytest.raises(RequestFailed, match=r"case\.claim was answered in a way") as failed:
        COMMANDS["case.claim"].read({"claimed_by": "alice"})
    assert failed.value.code == ErrorCode.UNREADABLE


def test_the_kit_answers_as_approval_does() -> None:
    """The conformance kit stands in for approval; an implementation may rely on all that is declared."""
    listed = COMMANDS["case.list"].read({**LIST, "cases": [ROW], "total": 1})
    shown = COMMANDS["case.get"].read({"case": ROW, "decided": None, "history": []})
    assert listed["cases"][0] == shown["case"]


def test_every_code_that_is_raised_is_of_the_contract() -> None:
    """Codes are members of ErrorCode; the console alone has one that never was on the wire."""
    written = {
        node.args[0].value
        for folder in ("shared", "tools", "services")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "RequestFailed" and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    assert written == set()


def test_the_page_has_the_declared_commands_and_codes() -> None:
    """Run ``python -m groundstop.doctables docs/reference/commands.md`` when a command has changed."""
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert doctables.filled(page) == page
    table = page.split("## Answers")[1].split("Times are RFC 3339")[0]
    assert [code.value for code in ErrorCode if f"`{code}`" not in table] == []


async def test_a_new_command_is_its_declaration_and_its_handler() -> None:
    """From the two follow permissions, validation, the answer's type, AsyncAPI and the table of the docs."""

    class Greeting(Answer):
        """What was said."""

        text: str

    try:

        class Greet(Command[Greeting], verb="demo.greet", answered_by="greeter", roles=frozenset({"operator"})):
            """Say hello."""

            name: str

        async def greet(caller: Caller, asked: Greet) -> Greeting:
            if asked.name == "nobody":
                raise KeyError(asked.name)
            return Greeting(text=f"{caller.name} greets {asked.name}")

        handled: Handled[Caller] = Greet.handled_by(greet)

        async def ask(who: Caller, body: bytes) -> dict[str, Any]:
            return await answered(handled, the_caller, command(who, "demo.greet"), body, structlog.get_logger())

        assert Greet.read(await ask(OPERATOR, b'{"name": "ann"}')).text == "olga greets ann"
        assert (await ask(OPERATOR, b'{"nme": "ann"}'))["error"]["message"] == "unknown field 'nme': did you mean name?"
        assert (await ask(Caller("agent", "acme", "a"), b'{"name": "x"}'))["error"]["code"] == "not_allowed"
        told = await ask(OPERATOR, b'{"name": "nobody"}')
        assert told["error"] == {"code": "failed", "message": "demo.greet failed here: KeyError"}, (
            "nobody waits for ever"
        )
        assert "demo.greet" in verbs_of("operator") and families_of("greeter") == ("demo",)
        with pytest.raises(RequestFailed):
            check_may_ask(Caller("agent", "acme", "a"), "demo.greet")
        document = yaml.safe_load(asyncapi.text())
        assert document["operations"]["askDemoGreet"]["reply"]["messages"][0]["$ref"].endswith("/greeting")
        assert document["components"]["schemas"]["Greet"]["required"] == ["name"]
        assert "| `demo.greet` | Say hello. | `name` | `text` | operator | greeter |" in doctables.commands()
        with pytest.raises(TypeError, match="declared twice"):

            class Again(Command[Greeting], verb="demo.greet"):
                """Once more."""
    finally:
        _declared.pop("demo.greet")
