"""What a program for approvers must do: show cases, decide what was shown, and take no for an answer."""

from typing import Any

import orjson
from groundstop.conformance.steps import Step, expect, require
from groundstop.conformance.subject import Implementation
from nats.aio.msg import Msg

DIGEST = "d" * 64
CASE = "019a0000-0000-7000-8000-000000000001-approval"
SILENT = "019a0000-0000-7000-8000-000000000002-approval"
"""A case whose decision is not answered: the service was lost in the middle."""
ROW = {
    "case": CASE, "kind": "case.opened", "case_kind": "approval", "tenant": "default", "agent": "helper",
    "intent": CASE.removesuffix("-approval"), "task": "kit",
    "question": "May helper run refund.create?", "at": "2026-06-01T12:00:00Z",
    "expires_at": "2026-06-01T13:00:00Z", "time_left_s": 3600.0, "verdicts": ["approved", "denied", "answered"],
    "call": {"tool": "refund.create", "tool_version": "1", "arguments": {"order": "A-1"}, "digest": DIGEST,
             "action_type": "refund.create"},
    "judgement": {"risk": "dangerous", "band": "high", "route": "approve", "reasons": ["it moves money"]},
    "proposal": {"tenant": "default", "agent": "helper", "intent": CASE.removesuffix("-approval"), "task": "kit",
                 "tool": "refund.create", "arguments": {"order": "A-1"}, "confidence": 0.9},
    "need": {"people": 1, "groups": []}, "votes": [], "claimed_by": None, "masked": [], "brand_new": {"field": 1},
}  # fmt: skip
LIST = {
    "counts": {"kind": {"approval": 1}, "risk": {"dangerous": 1}, "agent": {"helper": 1}}, "next": None, "seq": 7,
    "at": "2026-06-01T12:00:00+00:00",
}  # fmt: skip


class ApproverKit:
    """Approval as an approver's program sees it."""

    def __init__(self, approver: Implementation) -> None:
        self._approver = approver
        self._asked: list[tuple[str, dict[str, Any]]] = []
        self._decided = False

    def steps(self) -> list[Step]:
        """In order: the case is decided once."""
        return [
            Step("it says who it is", self._starts),
            Step("it asks case.list in its own name and shows what is open", self._lists),
            Step("it reads a case before it is decided", self._reads),
            Step("a decision names the case, the verdict, the note and the digest that was shown", self._decides),
            Step("a decision that came second is told as already_decided", self._second),
            Step("a refusal is told with its code", self._refused),
            Step("what is decided is shown no more", self._ended),
            Step("a decision that nobody answers is not told as one", self._unanswered),
        ]

    async def _starts(self) -> None:
        await self._approver.hello()
        await self._approver.nc.subscribe(f"gs.cmd.*.*.{self._approver.agent}.case.*", cb=self._answer)
        await self._approver.nc.flush()

    async def _answer(self, message: Msg) -> None:
        verb, body = message.subject.rpartition(".")[2], orjson.loads(message.data or b"{}")
        self._asked.append((verb, body))
        if (verb, body.get("case")) == ("decide", SILENT):
            return
        await message.respond(orjson.dumps(self._say(verb, body)))

    def _say(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        if verb == "list":
            cases = [] if self._decided else [ROW]
            return {**LIST, "cases": cases, "total": len(cases)}
        if body.get("case") == SILENT:
            return {"case": {**ROW, "case": SILENT}, "decided": None, "history": []}
        if body.get("case") != CASE:
            return _error("not_found", "no such case")
        if verb in ("get", "briefing"):
            return {"case": ROW, "decided": None, "history": []}
        if verb == "decide" and self._decided:
            return _error("already_decided", "ann said approved")
        if verb == "decide":
            self._decided = True
            return {"won": True, "case": CASE, "verdict": body.get("verdict"), "by": self._approver.agent, "seq": 9}
        return _error("bad_request", f"no {verb}")

    async def _lists(self) -> None:
        answer = await self._approver.ask("list")
        expect("cases", [CASE], [case["case"] for case in answer.get("cases", [])])

    async def _reads(self) -> None:
        answer = await self._approver.ask("show", case=CASE)
        require(any(verb in ("get", "briefing") for verb, _ in self._asked), "it asked neither case.get nor briefing")
        expect("arguments", ROW["call"]["arguments"], answer.get("arguments"))  # type: ignore[index]

    async def _decides(self) -> None:
        answer = await self._approver.ask("decide", case=CASE, verdict="approved", note="looks right")
        body = next((body for verb, body in self._asked if verb == "decide"), {})
        sent = {name: body.get(name) for name in ("case", "verdict", "note", "digest")}
        expect("the request", {"case": CASE, "verdict": "approved", "note": "looks right", "digest": DIGEST}, sent)
        expect("the answer's verdict", "approved", answer.get("verdict"))

    async def _second(self) -> None:
        answer = await self._approver.ask("decide", case=CASE, verdict="denied", note="too late")
        expect("error", "already_decided", answer.get("error"))

    async def _refused(self) -> None:
        answer = await self._approver.ask("decide", case="unknown-approval", verdict="approved", note="")
        expect("error", "not_found", answer.get("error"))

    async def _ended(self) -> None:
        expect("cases", [], (await self._approver.ask("list")).get("cases"))

    async def _unanswered(self) -> None:
        """Whether it counts is not known then: who is told that it does looks no further."""
        answer = await self._approver.ask("decide", case=SILENT, verdict="approved", note="anybody there?")
        require(bool(answer.get("error")), f"it answered {answer}")
        require(any(body.get("case") == SILENT for verb, body in self._asked if verb == "decide"), "it asked nobody")


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
