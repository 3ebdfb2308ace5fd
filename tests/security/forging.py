"""What a thief builds: clearances, decisions and controls that look right."""

from datetime import timedelta
from typing import Any

from groundstop import subjects
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.events import CaseDecided, CaseOpened, Control, IntentClassified, IntentCleared
from groundstop.ids import derived_id, new_id
from groundstop.testing import eventually
from groundstop.vocabulary import Reason, Verdict

WITHIN_S = 60.0


async def held(client: Client, owner: Client, amount: int = 1) -> CaseOpened:
    """An intent that waits for people: submitted by the thief's own agent, which is its right."""
    ticket = await client.submit("vault.pay", {"amount": amount, "to": "thief"}, confidence=0.99)

    async def opened() -> CaseOpened | None:
        return await owner.log.last_fact(CaseOpened, subjects.pattern("case.opened", intent=ticket.intent))

    return await eventually(opened, "a case", WITHIN_S)


async def classified(owner: Client, intent: str) -> IntentClassified:
    """The judgement of an intent that was submitted."""

    async def found() -> IntentClassified | None:
        return await owner.log.last_fact(IntentClassified, subjects.pattern("intent.classified", intent=intent))

    return await eventually(found, "a judgement", WITHIN_S)


def clearance(judged: IntentClassified, clock: Clock, **fields: Any) -> IntentCleared:
    """A clearance as the rate-limiter would write it, but for ``fields``."""
    assert judged.call is not None
    usual = {
        "call": judged.call,
        "risk": judged.judgement.risk,
        "policy_version": judged.judgement.policy_version,
        "expires_at": clock() + timedelta(minutes=5),
    }
    return IntentCleared.caused_by(judged, clock(), "rate-limiter", **(usual | fields))


def decision(opened: CaseOpened, clock: Clock) -> CaseDecided:
    """A yes that nobody has said."""
    return CaseDecided.caused_by(
        opened, clock(), "approval",
        case_kind=opened.case_kind, verdict=Verdict.APPROVED, by="alice", reason_code=Reason.APPROVED,
        call=opened.call, risk=opened.judgement.risk, approvers=("alice",), asked_digest=opened.call.digest,
        policy_version=opened.judgement.policy_version,
    )  # fmt: skip


def nothing_halted(clock: Clock) -> Control:
    """A resume of everything."""
    control = new_id()
    return Control(
        id=derived_id(control, "forged"), at=clock(), actor="olga", control=control, action="resume", scope="all",
        reason="go on", by="olga",
    )  # fmt: skip
