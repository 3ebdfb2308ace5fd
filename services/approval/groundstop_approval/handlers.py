"""Facts in, cases out; and the commands with which people decide."""

from typing import Any

from groundstop import subjects
from groundstop.bus.commands import Command
from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.errors import RequestFailed
from groundstop.events import (
    CaseDecided,
    CaseDue,
    CaseOpened,
    IntentAdmitted,
    IntentClassified,
    IntentCleared,
    Outcome,
)
from groundstop.log import Log
from groundstop.policy import Policy
from groundstop.words import Verdict

from groundstop_approval.cases import Cases, case_id_parts
from groundstop_approval.domain import consequence, decision, expiry, open_case, timer_of

PAGE = 100
PAGE_MAX = 1000


def make_routes(log: Log, policy: Policy) -> dict[str, Route]:
    """What approval does with each kind of fact."""

    async def on_intent_held(held: IntentAdmitted | IntentClassified, _: Delivery) -> None:
        opened = open_case(held, policy)
        await log.publish_once(opened)
        await log.schedule(timer_of(opened), opened.expires_at)

    async def on_case_due(due: CaseDue, _: Delivery) -> CaseDecided | None:
        opened = await log.last_fact(
            CaseOpened, subjects.subject("case.opened", due.tenant, due.agent, due.intent, due.case_kind)
        )
        return None if opened is None else expiry(due, opened)

    def on_case_decided(decided: CaseDecided, _: Delivery) -> IntentCleared | Outcome:
        return consequence(decided, policy)

    return {
        "intent.admitted": Route(IntentAdmitted, on_intent_held),
        "intent.classified": Route(IntentClassified, on_intent_held),
        "case.due": Route(CaseDue, on_case_due),
        "case.decided": Route(CaseDecided, on_case_decided),
    }


def make_commands(log: Log, cases: Cases, clock: Clock) -> dict[str, Command]:
    """What people ask for: the inbox, one case, a decision."""

    async def find(name: str) -> CaseOpened:
        """The case ``name`` means, open or ended. Raises RequestFailed when there is none, or more than one."""
        found = cases.find(name) or await _in_log(log, name)
        if not found:
            raise RequestFailed("not_found", f"no case {name!r}")
        if len(found) > 1:
            raise RequestFailed("ambiguous", f"{name!r} may mean {', '.join(case.case for case in found[:5])}")
        return found[0]

    async def list_cases(_: str, body: dict[str, Any]) -> dict[str, Any]:
        limit = min(int(body.get("limit", PAGE)), PAGE_MAX)
        wanted = [
            case
            for case in cases.all()
            if all(body.get(k) in (None, getattr(case, k)) for k in ("tenant", "agent", "task"))
        ]
        return {"total": len(wanted), "cases": [_shown(case) for case in wanted[:limit]]}

    async def get_case(_: str, body: dict[str, Any]) -> dict[str, Any]:
        opened = await find(str(body.get("case", "")))
        decided = await log.last_fact(CaseDecided, _decided_pattern(opened))
        return {"case": _shown(opened), "decided": None if decided is None else decided.model_dump(mode="json")}

    async def decide(actor: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            verdict = Verdict(str(body.get("verdict", "")))
        except ValueError:
            raise RequestFailed("wrong_verdict", f"verdict {body.get('verdict')!r} is not a verdict") from None
        if verdict in (Verdict.EXPIRED, Verdict.WITHDRAWN):
            raise RequestFailed("wrong_verdict", f"nobody can decide {verdict}")
        opened = await find(str(body.get("case", "")))
        wish = decision(opened, verdict, actor, str(body.get("note", "")), clock(), body.get("answer"))
        timer = subjects.subject("timer.case", opened.tenant, opened.agent, opened.intent, opened.case_kind)
        answer = await log.decide(wish, timer)
        if answer.won:
            return {"won": True, "case": opened.case, "verdict": verdict, "by": actor, "seq": answer.seq}
        if answer.winner is None:
            raise RequestFailed("expired", f"case {opened.case} has just run out of time")
        winner = answer.winner
        raise RequestFailed(
            "already_decided",
            f"case {opened.case} was {winner.verdict} by {winner.by} at {winner.at:%Y-%m-%d %H:%M:%S} UTC",
            {"verdict": winner.verdict, "by": winner.by, "note": winner.note, "seq": answer.seq},
        )

    return {"case.list": list_cases, "case.get": get_case, "case.decide": decide}


def _shown(opened: CaseOpened) -> dict[str, Any]:
    return {"case": opened.case, **opened.model_dump(mode="json")}


def _decided_pattern(opened: CaseOpened) -> str:
    return subjects.any_detail("case.decided", opened.tenant, opened.agent, opened.intent, opened.case_kind)


async def _in_log(log: Log, name: str) -> list[CaseOpened]:
    """Ended cases, and those the fold has not reached yet, by their full id or their intent's."""
    parts = case_id_parts(name)
    intent, kind = parts if parts else (name, None)
    subjects.token(intent, "case")
    pattern = subjects.pattern("case.opened", *((kind.value,) if kind else ()), intent=intent)
    return [CaseOpened.model_validate_json(stored.payload) for stored in await log.newest([pattern])]
