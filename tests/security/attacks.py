"""What a stolen agent identity may try: one generator for each kind of attack, endless and seeded."""

import random  # noqa: TID251 - the seed is a parameter of the test
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import orjson
from groundstop.callers import Caller, command
from groundstop.clock import Clock
from groundstop.events import CaseOpened, IntentClassified
from groundstop.ids import new_id
from groundstop.subjects import LANES, STREAM

from tests.security.forging import clearance, decision, nothing_halted

TENANT, AGENT = "acme", "helper"
BIG = 600 * 1024
OWN = f"gs.intake.agent.{TENANT}.{AGENT}."
"""Where the thief may say something."""


@dataclass(frozen=True)
class Booty:
    """What the thief has seen: a case that waits, its judgement, and a submission of its own that ran."""

    opened: CaseOpened
    judged: IntentClassified
    ran: bytes
    ran_subject: str


Message = tuple[str, bytes]
Attack = Callable[[Booty, random.Random], Message]


def _clearance(booty: Booty, chance: random.Random) -> Message:
    fact = clearance(booty.judged, Clock())
    return fact.subject().replace(TENANT, chance.choice((TENANT, "rival"))), fact.model_dump_json().encode()


def _decision(booty: Booty, _: random.Random) -> Message:
    fact = decision(booty.opened, Clock())
    return fact.subject(), fact.model_dump_json().encode()


def _control(_: Booty, chance: random.Random) -> Message:
    fact = nothing_halted(Clock())
    return f"gs.control.{chance.randrange(LANES)}", fact.model_dump_json().encode()


def _foreign(booty: Booty, chance: random.Random) -> Message:
    who = chance.choice(("rival.helper", "acme.other", "rival.boss", "castle.keeper"))
    return f"{OWN}intent.submitted.{who}.{new_id()}", booty.ran.replace(b'"acme"', b'"rival"')


def _again(booty: Booty) -> str:
    return OWN + booty.ran_subject.removeprefix("gs.")


def _replay(booty: Booty, _: random.Random) -> Message:
    return _again(booty), booty.ran


def _swapped(booty: Booty, chance: random.Random) -> Message:
    body = orjson.loads(booty.ran) | {"tool": "vault.pay", "arguments": {"amount": chance.randrange(10**6), "to": "me"}}
    return _again(booty), orjson.dumps(body)


def _posing(booty: Booty, chance: random.Random) -> Message:
    """On its own subject, but in another's name inside."""
    body = orjson.loads(booty.ran) | {"tenant": "rival", "agent": chance.choice(("helper", "boss")), "intent": new_id()}
    return f"{OWN}intent.submitted.{TENANT}.{AGENT}.{new_id()}", orjson.dumps(body)


def _garbage(_: Booty, chance: random.Random) -> Message:
    return f"{OWN}intent.submitted.{TENANT}.{AGENT}.{new_id()}", chance.randbytes(chance.randrange(200))


def _oversized(_: Booty, chance: random.Random) -> Message:
    body = {"tool": "notes.add", "arguments": {"text": "x" * BIG}, "confidence": 1.0}
    return f"{OWN}intent.submitted.{TENANT}.{AGENT}.{new_id()}", orjson.dumps(body)


def _command(booty: Booty, chance: random.Random) -> Message:
    callers = (
        Caller("approver", "~", "alice"), Caller("owner", "~", "owner"), Caller("console", "~", "console"),
        Caller("agent", TENANT, AGENT), Caller("operator", "~", AGENT),
    )  # fmt: skip
    verb = chance.choice(("case.decide", "case.edit", "control.put", "record.remove"))
    return command(chance.choice(callers), verb), orjson.dumps({"case": booty.opened.case, "verdict": "approved"})


def _trick(booty: Booty, chance: random.Random) -> Message:
    own = f"{OWN}intent.submitted.{TENANT}.{AGENT}"
    subjects = (
        own, f"{own}.a.b", f"{own}.>", f"{OWN}intent.submitted.*.{AGENT}.a", "gs.intent.submitted.>", f"GS{own[2:]}.a",
        f"gs.intent.cleared.{TENANT}.{AGENT}", f"gs.intent.cleared.{TENANT}.{AGENT}.{booty.opened.intent}.x",
        f"gs.outcome.{TENANT}.{AGENT}.{booty.opened.intent}.succeeded", "gs.keys.published", "gs.policy.published",
        f"$JS.ACK.{STREAM}.executor.1.1.1.1.1", "_INBOX.AAAAAAAAAAAAAAAAAAAA.1", "$SYS.REQ.SERVER.PING",
    )  # fmt: skip
    return chance.choice(subjects), booty.ran


def _api(_: Booty, chance: random.Random) -> Message:
    verb = chance.choice(
        ("STREAM.DELETE", "STREAM.PURGE", "STREAM.UPDATE", "STREAM.MSG.GET", "STREAM.MSG.DELETE", "CONSUMER.LIST")
    )
    return f"$JS.API.{verb}.{STREAM}", b'{"last_by_subj": "gs.>"}'


ATTACKS: Mapping[str, Attack] = {
    "clearance": _clearance, "decision": _decision, "control": _control, "foreign": _foreign, "replay": _replay,
    "swapped": _swapped, "posing": _posing, "garbage": _garbage, "command": _command, "trick": _trick, "api": _api,
}  # fmt: skip
"""In equal parts; a message that is too large comes once in two hundred, for its weight."""


def volley(booty: Booty, count: int, seed: int) -> Iterator[tuple[str, Message]]:
    """``count`` messages with the names of their attacks."""
    chance, names = random.Random(seed), tuple(ATTACKS)
    for number in range(count):
        name = "oversized" if number % 200 == 199 else names[number % len(names)]
        attack = _oversized if name == "oversized" else ATTACKS[name]
        yield name, attack(booty, chance)
