"""What the services act upon is signed by who may say it: in a service's place on the bus, without its key, nothing is.

The thief has the seeds of services, not their signing keys; or a genuine signature, and puts it elsewhere.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import nats
import pytest
from groundstop import subjects
from groundstop.cli.health import report
from groundstop.clock import Clock
from groundstop.digest import digest
from groundstop.events import (
    Call,
    CaseOpened,
    ExecutionExhausted,
    Fact,
    GrantGiven,
    GrantUsed,
    IntentAdmitted,
    IntentClassified,
    IntentEdited,
    Outcome,
    PolicyPublished,
)
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import read_signer
from groundstop.identity.signatures import new_signer
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.intent import Intent
from groundstop.testing import eventually
from groundstop.vocabulary import Band, Reason, Risk, Route, Status
from nats.aio.client import Client as Connection

from tests.security.conftest import Castle

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 90.0
F = TypeVar("F", bound=Fact)
KINDS = ("intent.admitted", "intent.cleared", "case.opened", "execution.started")
"""What would have followed."""


@asynccontextmanager
async def in_place_of(castle: Castle, name: str) -> AsyncIterator[Connection]:
    """A connection with a service's seed."""
    nc = await nats.connect(**connection_options(castle.settings_as(name)))
    yield nc
    await nc.close()


def signed(castle: Castle, fact: F, name: str) -> F:
    """With the signing key of ``name``."""
    keys = castle.stack.plan.keys
    assert keys is not None
    return read_signer(keys.path / f"{name}.sign").sign(fact)


def judged(route: Route = Route.PROCEED, tool: str = "vault.pay", **fields: str) -> IntentClassified:
    """A judgement that the classifier would write of nobody's proposal."""
    who = {"tenant": "castle", "agent": "keeper", "intent": new_id()} | fields
    arguments = {"amount": 1, "to": "thief"} if tool == "vault.pay" else {"text": f"note of {who['intent']}"}
    proposal = Intent(**who, task=who["intent"], tool=tool, arguments=arguments, confidence=0.99)
    call = Call(
        tool=tool, tool_version="1", arguments=arguments, action_type="payment.send",
        digest=digest(who["tenant"], who["agent"], tool, "1", arguments),
    )  # fmt: skip
    return IntentClassified(
        id=new_id(), at=Clock()(), trace=trace_of(who["intent"]), actor="classifier", **who, task=who["intent"],
        proposal=proposal, call=call, judgement={"risk": Risk.SAFE, "band": Band.HIGH, "route": route},
    )  # fmt: skip


def changed(fact: IntentClassified, **fields: object) -> IntentClassified:
    """After it was signed."""
    return fact.model_copy(update={"judgement": fact.judgement.model_copy(update=fields)})


def for_another(fact: IntentClassified, **fields: Any) -> IntentClassified:
    """A genuine signature, on a fact about another intent."""
    return judged(**fields).model_copy(update={"signature": fact.signature})


Forge = Callable[[Castle], IntentClassified]
JUDGEMENTS: dict[str, tuple[Reason, Forge]] = {
    "not signed": (Reason.UNSIGNED, lambda _: judged()),
    "signed with a key of one's own": (Reason.UNKNOWN_SIGNER, lambda _: new_signer().sign(judged())),
    "signed by the rate-limiter": (Reason.WRONG_SIGNER, lambda c: signed(c, judged(), "rate-limiter")),
    "signed by the owner": (Reason.WRONG_SIGNER, lambda c: signed(c, judged(), "owner")),
    "with another route": (
        Reason.BAD_SIGNATURE, lambda c: changed(signed(c, judged(Route.APPROVE), "classifier"), route=Route.PROCEED),
    ),
    "with another risk": (
        Reason.BAD_SIGNATURE, lambda c: changed(signed(c, judged(), "classifier"), risk=Risk.RISKY),
    ),
    "with other findings": (
        Reason.BAD_SIGNATURE, lambda c: changed(signed(c, judged(), "classifier"), findings=({"kind": "none"},)),
    ),
    "with other arguments": (
        Reason.BAD_SIGNATURE,
        lambda c: (fact := signed(c, judged(), "classifier")).model_copy(
            update={"call": fact.call.model_copy(update={"arguments": {"amount": 10**6, "to": "thief"}})}  # type: ignore[union-attr]
        ),
    ),
    "with other arguments proposed": (
        Reason.BAD_SIGNATURE,
        lambda c: (fact := signed(c, judged(), "classifier")).model_copy(
            update={"proposal": fact.proposal.model_copy(update={"arguments": {"amount": 10**6}})}  # type: ignore[union-attr]
        ),
    ),
    "for another intent": (Reason.BAD_SIGNATURE, lambda c: for_another(signed(c, judged(), "classifier"))),
    "for another tenant": (
        Reason.BAD_SIGNATURE, lambda c: for_another(signed(c, judged(), "classifier"), tenant="rival"),
    ),
}  # fmt: skip


async def ended(castle: Castle, intent: str) -> Outcome:
    """How an intent ended."""

    async def found() -> Outcome | None:
        return await castle.owner.outcome_of(intent)

    return await eventually(found, "the end of the intent", WITHIN_S)


async def refused(castle: Castle, subject: str, reason: Reason) -> None:
    """Wait until a service says that it refused what came on ``subject``, for that reason."""

    async def said() -> bool:
        return subject in [fact.original_subject for fact in (await castle.dead()).get(reason.value, [])]

    await eventually(said, f"{subject} to be refused as {reason}", WITHIN_S)


async def nothing_followed(castle: Castle, intent: str, but: str = "") -> None:
    patterns = [subjects.pattern(kind, intent=intent) for kind in KINDS if kind != but]
    assert await castle.log.newest(patterns) == []


@pytest.mark.parametrize("how", JUDGEMENTS)
async def test_a_judgement_that_the_classifier_did_not_make_is_metered_by_nobody(castle: Castle, how: str) -> None:
    """A dangerous payment with route proceed: not cleared, not admitted, not run; its intent ends and says why."""
    reason, forge = JUDGEMENTS[how]
    forged, before = forge(castle), castle.effects()
    async with in_place_of(castle, "classifier") as nc:
        await nc.publish(forged.subject(), forged.model_dump_json().encode())
        await nc.flush()
        assert (await ended(castle, forged.intent)).reason_code is reason
        await refused(castle, forged.subject(), reason)
    await nothing_followed(castle, forged.intent)
    assert castle.did_more(before, "thief") == []


@pytest.mark.parametrize("elsewhere", ["intent", "tenant", "agent"])
async def test_a_genuine_judgement_counts_nowhere_else(castle: Castle, elsewhere: str) -> None:
    """Signed, and stored under another subject than its own: it is what that subject says, or it is nothing."""
    genuine = signed(castle, judged(), "classifier")
    other = {"intent": new_id(), "tenant": "rival", "agent": "other"}[elsewhere]
    where = genuine.subject().replace(getattr(genuine, elsewhere), other)
    async with in_place_of(castle, "classifier") as nc:
        await nc.publish(where, genuine.model_dump_json().encode())
        await nc.flush()
        await refused(castle, where, Reason.IDENTITY_MISMATCH)
    assert await castle.log.newest([subjects.pattern(kind, intent=where.split(".")[5]) for kind in KINDS]) == []


@pytest.mark.parametrize("route", [Route.REFUSE, Route.CLARIFY, Route.ESCALATE])
async def test_judgements_that_go_to_others_are_checked_by_them(castle: Castle, route: Route) -> None:
    """Refusals go to the classifier itself, doubts and orders to approval."""
    forged = judged(route)
    async with in_place_of(castle, "classifier") as nc:
        await nc.publish(forged.subject(), forged.model_dump_json().encode())
        await nc.flush()
        outcome = await ended(castle, forged.intent)
    assert outcome.reason_code is Reason.UNSIGNED
    assert outcome.status is (Status.REFUSED if route is Route.REFUSE else Status.FAILED)
    await nothing_followed(castle, forged.intent)


def admission(judgement: IntentClassified) -> IntentAdmitted:
    return IntentAdmitted.caused_by(
        judgement, Clock()(), "rate-limiter", proposal=judgement.proposal, call=judgement.call,
        judgement=judgement.judgement,
    )  # fmt: skip


def edited(judgement: IntentClassified) -> IntentEdited:
    return IntentEdited.caused_by(
        judgement, Clock()(), "approval", proposal=judgement.proposal, call=judgement.call,
        judgement=judgement.judgement, asked_digest="0", approvers=("alice",),
    )  # fmt: skip


def exhausted(judgement: IntentClassified) -> ExecutionExhausted:
    return ExecutionExhausted.caused_by(
        judgement, Clock()(), "executor", call=judgement.call, risk=Risk.SAFE, reason_code=Reason.TOOL_FAILED,
        attempts=3,
    )  # fmt: skip


FACTS: dict[str, tuple[str, Callable[[IntentClassified], Fact]]] = {
    "admitted": ("rate-limiter", admission),
    "edited": ("approval", edited),
    "exhausted": ("executor", exhausted),
}


@pytest.mark.parametrize("signer", ["", "classifier", "owner"])
@pytest.mark.parametrize("what", FACTS)
async def test_what_follows_a_judgement_is_checked_by_who_builds_upon_it(
    castle: Castle, what: str, signer: str
) -> None:
    """Admitted opens no case, edited is not metered, exhausted asks nobody to do it by hand; each ends its intent."""
    writer, make = FACTS[what]
    forged = make(judged(Route.APPROVE))
    if signer:
        forged = signed(castle, forged, signer)
    reason = Reason.WRONG_SIGNER if signer else Reason.UNSIGNED
    async with in_place_of(castle, writer) as nc:
        await nc.publish(forged.subject(), forged.model_dump_json().encode())
        await nc.flush()
        intent = forged.intent  # type: ignore[attr-defined]  # each of them is about one
        assert (await ended(castle, intent)).reason_code is reason
        await refused(castle, forged.subject(), reason)
    await nothing_followed(castle, intent, but="intent.admitted")


async def test_an_unknown_end_that_no_executor_has_signed_asks_nobody(castle: Castle) -> None:
    """A reconciliation is work for people: only who ran something may ask for it."""
    judgement = signed(castle, judged(), "classifier")
    forged = Outcome.caused_by(
        judgement, Clock()(), "executor", status=Status.UNKNOWN, reason_code=Reason.EFFECT_UNKNOWN, tool="vault.pay"
    )
    async with in_place_of(castle, "executor") as nc:
        await nc.publish(forged.subject(), forged.model_dump_json().encode())
        await nc.flush()
        await refused(castle, forged.subject(), Reason.UNSIGNED)
    await nothing_followed(castle, forged.intent)


async def test_a_grant_that_approval_has_not_signed_clears_nothing(castle: Castle) -> None:
    """Given or used: neither the grant nor the use counts, and what it was to cover waits for people."""
    now, grant = Clock()(), new_id()
    who = {"tenant": "castle", "agent": "keeper", "intent": grant, "task": grant}
    given = GrantGiven(
        id=derived_id(grant, "forged"), at=now, actor="alice", **who, tool="vault.pay", uses=9, until=now.replace(
            year=now.year + 1), by="alice",
    )  # fmt: skip
    judgement = judged(Route.APPROVE)
    used = GrantUsed(
        id=derived_id(grant, "used"), at=now, actor="approval", **who, number=1, by="alice",
        cleared_intent=judgement.intent, cleared_task=judgement.task, call=judgement.call, risk=Risk.SAFE,
    )  # fmt: skip
    async with in_place_of(castle, "approval") as nc:
        for fact in (given, used):
            await nc.publish(fact.subject(), fact.model_dump_json().encode())
        await nc.flush()
        await refused(castle, used.subject(), Reason.UNSIGNED)
    await nothing_followed(castle, judgement.intent)
    answer = await castle.owner.request("grant.list", tenant="castle", tool="vault.pay", all=True)
    assert grant not in [one["grant"] for one in answer["grants"]]


async def test_a_case_that_approval_has_not_signed_is_in_no_inbox(castle: Castle) -> None:
    """Nobody is asked to say yes to it, and who says it all the same is told that there is no such case."""
    judgement = judged(Route.APPROVE)
    forged = CaseOpened.caused_by(
        judgement, Clock()(), "approval", case_kind="approval", question="?", call=judgement.call,
        judgement=judgement.judgement, proposal=judgement.proposal, expires_at=Clock()().replace(year=2099),
    )  # fmt: skip
    async with in_place_of(castle, "approval") as nc:
        await nc.publish(forged.subject(), forged.model_dump_json().encode())
        await nc.flush()
        await refused(castle, forged.subject(), Reason.UNSIGNED)
    with pytest.raises(Exception, match="no case"):
        await castle.owner.approve(forged.case)


async def test_a_forged_policy_leaves_the_one_before_it_in_force(castle: Castle) -> None:
    """Approval may store policies and has not signed one: no service seats it, and each says so to who asks."""
    text = "name: forged\nrules: [{id: all, match: {tools: '*'}, route: proceed}]\n"
    fact = PolicyPublished(
        id=new_id(), at=Clock()(), actor="olga", policy_version="0" * 12, text=text, by="olga", note="all is well"
    )
    async with in_place_of(castle, "approval") as nc:
        for payload in (fact.model_dump_json().encode(), signed(castle, fact, "executor").model_dump_json().encode()):
            await nc.publish(fact.subject(), payload)
        await nc.publish(fact.subject(), b"no policy at all")
        await nc.flush()
    ticket = await castle.owner.submit("notes.add", {"text": "still governed"}, confidence=0.99)
    assert (await ticket.outcome(WITHIN_S)).policy_version != fact.policy_version
    held = await castle.owner.submit("vault.pay", {"amount": 1, "to": "thief"}, confidence=0.99)

    async def waits() -> bool:
        return await castle.log.last(subjects.pattern("case.opened", intent=held.intent)) is not None

    await eventually(waits, "a person to be asked", WITHIN_S)

    async def all_say_so() -> bool:
        assert castle.stack.state is not None
        said = await report(castle.stack.state)
        return all(
            any(line.startswith(f"{service}: ") and words in line for line in said[where])
            for service in ("classifier", "rate-limiter", "approval")
            for where, words in (("problems", "is not in force"), ("set_aside", "set aside"))
        )

    await eventually(all_say_so, "status to say what was forged", WITHIN_S)


async def test_a_revoked_key_ends_and_a_rotated_one_counts_a_moment_longer(castle: Castle) -> None:
    """What was on its way while the key changed is not lost; a thief gets no such grace."""
    keys = castle.stack.plan.keys
    assert keys is not None
    for name in ("second", "third"):
        await castle.issue(name, "classifier")
    old = {name: read_signer(keys.path / f"{name}.sign") for name in ("second", "third")}
    keys.rotate("second", Clock()())
    keys.revoke("third", Clock()())
    await castle.take_effect()
    rotated, ended_key = old["second"].sign(judged(tool="notes.add")), old["third"].sign(judged(tool="notes.add"))
    fresh = signed(castle, judged(tool="notes.add"), "second")
    async with in_place_of(castle, "classifier") as nc:
        for fact in (rotated, ended_key, fresh):
            await nc.publish(fact.subject(), fact.model_dump_json().encode())
        await nc.flush()
    assert (await ended(castle, rotated.intent)).status is Status.SUCCEEDED
    assert (await ended(castle, fresh.intent)).status is Status.SUCCEEDED
    assert (await ended(castle, ended_key.intent)).reason_code is Reason.WRONG_SIGNER


async def test_a_judgement_that_is_stored_again_is_metered_once(castle: Castle) -> None:
    """The genuine article, again and again: one clearance, one effect, and no second charge that could throttle it."""
    genuine = signed(castle, judged(tool="notes.add"), "classifier")
    async with in_place_of(castle, "classifier") as nc:
        for _ in range(3):
            await nc.publish(genuine.subject(), genuine.model_dump_json().encode())
        await nc.flush()
    assert (await ended(castle, genuine.intent)).status is Status.SUCCEEDED
    assert castle.effects().count(f"note note of {genuine.intent}") == 1
