"""What an agent must do: submit intents as facts of its own, once, and hear what became of them."""

from typing import Any

import orjson
from groundstop import subjects
from groundstop.bus.delivery import DOOR
from groundstop.callers import spoken
from groundstop.conformance.steps import Step, expect, require
from groundstop.conformance.subject import Implementation
from groundstop.events import IntentSubmitted, Outcome
from groundstop.ids import derived_id, new_id, trace_of
from groundstop.log import Log
from groundstop.vocabulary import Reason, Status
from nats.aio.msg import Msg

ARGUMENTS = {"order": "A-1001", "note": 'Grüße, 世界 \u2028 "quoted"', "amount": 12.5, "tags": [], "deep": {"x": None}}
SKEW_S = 300.0


class AgentKit:
    """The control plane as an agent sees it."""

    def __init__(self, agent: Implementation, log: Log) -> None:
        self._agent = agent
        self._log = log
        self._intent = new_id()
        self._message: Any = None

    def steps(self) -> list[Step]:
        """In order: later ones build on the intent of the first."""
        return [
            Step("it says who it is", self._agent.hello),
            Step("a submitted intent waits in the intake, on a subject that names it", self._submits),
            Step("its body is a valid IntentSubmitted in its own name", self._body),
            Step("it is published with Nats-Expected-Last-Subject-Sequence: 0", self._once),
            Step("CloudEvents attributes and traceparent are headers", self._headers),
            Step("the same intent submitted again is harmless", self._again),
            Step("the same id with another content is refused as duplicate_id_other_content", self._other),
            Step("a name that no subject may hold is refused before anything is sent", self._bad_name),
            Step("it hears the outcome of its intent", self._outcome),
            Step("fields that it does not know do not disturb it", self._unknown_fields),
            Step("it finds an outcome that was stored before it asked", self._late),
            Step("it can withdraw a proposal", self._withdraws),
        ]

    async def _submit(self, intent: str, **more: Any) -> dict[str, Any]:
        call = {"tool": "orders.note", "arguments": ARGUMENTS, "task": "kit", "confidence": 0.9, **more}
        return await self._agent.ask("submit", intent=intent, **call)

    async def _submits(self) -> None:
        answer = await self._submit(self._intent)
        waits = await self._waiting()
        require(waits is not None, "nothing waits in the intake")
        self._message = waits
        caller, subject = spoken(waits.subject)
        who = (self._agent.tenant, self._agent.agent)
        expect("who speaks", who[1], caller.name)
        expect("of what", subjects.subject("intent.submitted", *who, self._intent), subject)
        expect("the answer's seq", waits.metadata.sequence.stream, answer.get("seq"))
        await self._take_in(waits)

    async def _waiting(self) -> Any:
        """The next message of the intake, as the door gets it; None when there is none."""
        door = await self._agent.nc.jetstream().pull_subscribe_bind(DOOR.name, stream=subjects.INTAKE)
        try:
            return (await door.fetch(1, timeout=0.5))[0]
        except TimeoutError:
            return None
        finally:
            await door.unsubscribe()

    async def _take_in(self, message: Any) -> None:
        """What the door does: the fact is in the log from then on, once, and the intake has room again."""
        fact = IntentSubmitted.model_validate_json(message.data)
        await self._log.publish_once(fact)
        await message.ack_sync()

    async def _body(self) -> None:
        stored = self._message
        fact = IntentSubmitted.model_validate_json(stored.data)
        named = (fact.tenant, fact.agent, fact.intent, fact.actor, fact.tool, fact.task, fact.confidence)
        who = (self._agent.tenant, self._agent.agent)
        expect("who and what", (*who, self._intent, who[1], "orders.note", "kit", 0.9), named)
        expect("arguments", ARGUMENTS, fact.arguments)
        require(fact.at.tzinfo is not None, "at carries no time zone")
        require(abs((fact.at - self._agent.clock()).total_seconds()) < SKEW_S, f"at is {fact.at}, which is not now")

    async def _once(self) -> None:
        headers = self._message.headers or {}
        expect("the header", "0", headers.get("Nats-Expected-Last-Subject-Sequence"))

    async def _headers(self) -> None:
        stored = self._message
        headers = {name.lower(): value for name, value in (stored.headers or {}).items()}
        fact = orjson.loads(stored.data)
        expect("ce-specversion", "1.0", headers.get("ce-specversion"))
        expect("ce-type", "groundstop.intent.submitted.v1", headers.get("ce-type"))
        expect("ce-id", fact["id"], headers.get("ce-id"))
        require(headers.get("traceparent", "").count("-") == 3, "traceparent is no W3C trace context")

    async def _again(self) -> None:
        answer = await self._submit(self._intent)
        require("error" not in answer, f"it answered {answer}")
        if (again := await self._waiting()) is not None:
            await self._take_in(again)  # said twice is in the log once

    async def _other(self) -> None:
        answer = await self._submit(self._intent, arguments={"order": "A-2"})
        expect("error", Reason.DUPLICATE_ID.value, answer.get("error"))
        require(await self._waiting() is None, "it was said all the same")

    async def _bad_name(self) -> None:
        for name in ("a.b", "*", ">", "a b", ""):
            answer = await self._submit(name)
            require(answer.get("error"), f"intent id {name!r} was taken: {answer}")
            require(await self._waiting() is None, f"intent id {name!r} was said")

    def _ends(self, intent: str, status: Status = Status.SUCCEEDED, result: Any = None) -> Outcome:
        return Outcome(
            id=derived_id(intent, "outcome:"), at=self._agent.clock(), trace=trace_of(intent), actor="conformance",
            tenant=self._agent.tenant, agent=self._agent.agent, intent=intent, task="kit", status=status,
            reason_code=Reason.DONE, result=result,
        )  # fmt: skip

    async def _outcome(self) -> None:
        await self._log.publish_once(self._ends(self._intent, result={"n": 1}))
        answer = await self._agent.ask("outcome", intent=self._intent)
        expect("status and result", ("succeeded", {"n": 1}), (answer.get("status"), answer.get("result")))

    async def _unknown_fields(self) -> None:
        intent = new_id()
        await self._submit(intent)
        outcome = self._ends(intent, Status.DENIED)
        body = orjson.dumps({**outcome.model_dump(mode="json"), "brand_new": {"field": [1]}})
        await self._agent.nc.jetstream().publish(outcome.subject(), body)
        expect("status", "denied", (await self._agent.ask("outcome", intent=intent)).get("status"))

    async def _late(self) -> None:
        intent = new_id()
        await self._log.publish_once(self._ends(intent, Status.EXPIRED))
        expect("status", "expired", (await self._agent.ask("outcome", intent=intent)).get("status"))

    async def _withdraws(self) -> None:
        asked: list[dict[str, Any]] = []

        async def approval(message: Msg) -> None:
            asked.append(orjson.loads(message.data))
            await message.respond(orjson.dumps({"won": True, "verdict": "withdrawn", "case": asked[0]["case"]}))

        subject = f"gs.cmd.*.*.{self._agent.agent}.case.withdraw"
        subscription = await self._agent.nc.subscribe(subject, cb=approval)
        try:
            answer = await self._agent.ask("withdraw", intent=self._intent, note="not needed")
        finally:
            await subscription.unsubscribe()
        require(asked and str(asked[0].get("case", "")).startswith(self._intent), f"no request on {subject}: {asked}")
        expect("the answer's verdict", "withdrawn", answer.get("verdict"))
