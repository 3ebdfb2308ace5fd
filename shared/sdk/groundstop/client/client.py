"""The asynchronous client: one connection, one identity."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import nats.errors
import orjson
from groundstop import subjects
from groundstop.callers import AGENT_ROLE, ANY_TENANT, OWNER_ROLE, Caller, command
from groundstop.client import record
from groundstop.client.operator import HaltReport, Operator
from groundstop.client.people import People
from groundstop.client.trace import Step, steps_of
from groundstop.clock import Clock
from groundstop.commands import Command
from groundstop.commands.base import A
from groundstop.commands.cases import CaseDetails, CaseRow, DecideCase, Decision, GetCase, ListCases
from groundstop.commands.controls import PublishPolicy
from groundstop.digest import digest
from groundstop.errors import (
    BadInput,
    PermissionDenied,
    RequestFailed,
    StackNotFound,
)
from groundstop.events import KINDS, AgentTurn, Control, Fact, IntentSubmitted, Outcome, PolicyPublished, UserTurn
from groundstop.identity.connecting import connect, identity_of
from groundstop.identity.keyfiles import signer_from
from groundstop.ids import new_id, trace_of
from groundstop.log import Log
from groundstop.log.denials import request as ask
from groundstop.log.denials import subscribe
from groundstop.log.intake import Intake
from groundstop.log.lookup import direct_last
from groundstop.settings import Settings
from groundstop.stack_discovery import settings_for
from groundstop.vocabulary import ErrorCode, Reason, Verdict
from nats.aio.client import Client as Connection
from nats.aio.msg import Msg

ASK_AGAIN_S = 2.0
REQUEST_TIMEOUT_S = 5.0


class DuplicateIntent(BadInput):
    """The intent's id was used before for another call."""

    def __init__(self, intent: str) -> None:
        super().__init__(Reason.DUPLICATE_ID, f"intent {intent} exists already, with other content; use a new id")


class Ticket:
    """A submitted intent. Its outcome arrives once."""

    def __init__(self, intent: str, seq: int, outcome: "asyncio.Future[Outcome]", ask: Callable[[], Any]) -> None:
        self.intent = intent
        self.seq = seq
        self._outcome = outcome
        self._ask = ask

    async def outcome(self, timeout_s: float | None = None) -> Outcome:
        """Wait for the outcome. Raises TimeoutError when it takes longer than ``timeout_s``; the intent goes on."""
        async with asyncio.timeout(timeout_s):
            while True:
                with contextlib.suppress(TimeoutError):
                    return await asyncio.wait_for(asyncio.shield(self._outcome), ASK_AGAIN_S)
                await self._ask()


class Client(People):
    """Use ``async with Client.open(...)``, or ``await client.connect()`` and ``await client.close()``."""

    def __init__(
        self, settings: Settings, *, tenant: str = "default", agent: str = "agent", clock: Clock | None = None
    ):
        self.tenant = subjects.token(tenant, "tenant")
        self.agent = subjects.token(agent, "agent")
        self._settings = settings
        self._clock = clock or Clock()
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self.nc: Connection
        self.log: Log
        self.intake: Intake

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        *,
        tenant: str = "default",
        agent: str = "agent",
        data: Path | None = None,
        settings: Settings | None = None,
        seed_file: Path | None = None,
    ) -> AsyncIterator["Client"]:
        """A connected client of the stack that is found (see groundstop.stack_discovery).

        ``seed_file`` says who we are (groundstop keys issue agent); otherwise GROUNDSTOP_NATS_SEED_FILE does, or the
        stack's owner does who finds it by its data folder. Raises StackNotFound, NotAllowed.
        """
        found = settings or settings_for(data)
        mine = found if seed_file is None else found.model_copy(update={"nats_seed_file": seed_file})
        client = cls(mine, tenant=tenant, agent=agent)
        await client.connect()
        try:
            yield client
        finally:
            await client.close()

    @property
    def settings(self) -> Settings:
        """Where it connects, as whom, and whom it believes."""
        return self._settings

    async def connect(self) -> None:
        """Connect and listen for outcomes. Raises StackNotFound when nobody answers, NotAllowed for who we are not."""
        try:
            self.nc = await connect(
                self._settings,
                name=f"client {self.tenant}/{self.agent}",
                allow_reconnect=True,
                connect_timeout=3,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.2,
                ping_interval=1,
                max_outstanding_pings=2,
                error_cb=_quiet,
                reconnect_to_server_handler=None,
            )
        except (OSError, nats.errors.Error) as error:
            raise StackNotFound(f"no bus at {self._settings.nats_url}: {error}") from error
        self.log = Log(self.nc, self._clock, signer=signer_from(self._settings), face=True)
        await self.log.start()
        self.intake = self.log.intake(self.caller)
        try:
            await subscribe(self.nc, f"gs.outcome.{self.tenant}.{self.agent}.>", cb=self._on_outcome)
        except PermissionDenied:
            await self.close()
            raise

    @property
    def caller(self) -> Caller:
        """In whose name requests are made: our identity's, or the owner's on a bus that asks nobody."""
        identity = identity_of(self._settings)
        if identity is None:
            return Caller(OWNER_ROLE, ANY_TENANT, self.agent)
        if identity.role in (AGENT_ROLE, "gateway"):
            return Caller(AGENT_ROLE, self.tenant, self.agent)
        return Caller(identity.role, identity.tenant, self.agent)

    async def close(self) -> None:
        """Wait for outstanding publishes and disconnect."""
        await self.log.stop()
        await self.nc.close()

    # agents

    async def submit(
        self,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        task: str | None = None,
        step: int = 0,
        confidence: float | None = None,
        reasoning: str = "",
        assumptions: Sequence[str] = (),
        user: str = "",
        deadline: datetime | None = None,
        intent: str | None = None,
        tool_version: str = "1",
    ) -> Ticket:
        """Propose a tool call. Returns when the bus has stored it.

        Submitting the same call under the same ``intent`` id again is harmless and gives the same ticket.
        Raises pydantic.ValidationError for values no intent may have, BadInput for arguments that JSON cannot carry
        exactly or that are too large, DuplicateIntent.
        """
        fresh = intent is None
        intent = intent or new_id()
        submitted = IntentSubmitted(
            id=intent,
            at=self._clock(),
            trace=trace_of(intent),
            actor=self.agent,
            tenant=self.tenant,
            agent=self.agent,
            intent=intent,
            task=task or intent,
            step=step,
            tool=tool,
            tool_version=tool_version,
            arguments=dict(arguments or {}),
            confidence=confidence,
            reasoning=reasoning,
            assumptions=tuple(assumptions),
            user=user,
            deadline=deadline,
        )
        self._check(submitted)
        waiting = self._waiting.setdefault(intent, asyncio.get_running_loop().create_future())
        if not fresh and await self._was_submitted(submitted):
            return Ticket(intent, 0, waiting, lambda: self._ask(submitted))
        ack = await self.intake.put(submitted)
        if not ack.stored:
            await self._check_same(submitted, await self.intake.taken(submitted.subject()))
        return Ticket(intent, ack.seq, waiting, lambda: self._ask(submitted))

    def _check(self, submitted: IntentSubmitted) -> None:
        digest(self.tenant, self.agent, submitted.tool, submitted.tool_version, submitted.arguments)
        size, most = len(submitted.model_dump_json()), self.nc.max_payload - 4096
        if size > most:
            raise BadInput(Reason.PAYLOAD_TOO_LARGE, f"the intent has {size} bytes, the bus carries at most {most}")

    async def _was_submitted(self, submitted: IntentSubmitted) -> bool:
        """Whether the log holds this call already, from an earlier try. Raises DuplicateIntent for another call."""
        stored = await direct_last(self.nc, submitted.subject())
        if stored is not None:
            await self._check_same(submitted, stored.payload)
        return stored is not None

    async def _check_same(self, submitted: IntentSubmitted, first: bytes) -> None:
        before = decoded(submitted.subject(), first)
        same = ("tool", "tool_version", "arguments")
        if before is None or any(getattr(before, name) != getattr(submitted, name) for name in same):
            raise DuplicateIntent(submitted.intent)
        await self._ask(submitted)

    async def _ask(self, submitted: IntentSubmitted) -> None:
        """Look in the log: an outcome may have passed while the connection was away."""
        pattern = subjects.any_detail("outcome", submitted.tenant, submitted.agent, submitted.intent)
        stored = await direct_last(self.nc, pattern)
        outcome = None if stored is None else self.log.fact(Outcome, stored)
        if outcome is not None:
            self._resolve(outcome)

    async def _on_outcome(self, message: Msg) -> None:
        outcome = decoded(message.subject, message.data)
        if isinstance(outcome, Outcome) and outcome.subject() == message.subject:
            self._resolve(outcome)

    def _resolve(self, outcome: Outcome) -> None:
        waiting = self._waiting.pop(outcome.intent, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)

    async def turn(self, text: str, *, task: str, user: str = "", by_agent: bool = False) -> str:
        """Record one turn of a task's conversation; answers the turn's id.

        What the user said is what arguments are traced to: a recipient or an account that neither the user named nor
        the catalogue owns, but only a tool's output brought in, holds a risky call for a person.
        """
        turn = new_id()
        model = AgentTurn if by_agent else UserTurn
        fact = model(
            id=turn, at=self._clock(), trace=trace_of(turn), actor=self.agent, tenant=self.tenant, agent=self.agent,
            intent=turn, task=task, text=text, user=user,
        )  # fmt: skip
        await self.intake.say(fact)
        return turn

    async def outcome_of(self, intent: str) -> Outcome | None:
        """The outcome of any intent, None while it has none."""
        return await self.log.last_fact(Outcome, subjects.pattern("outcome", intent=subjects.token(intent, "intent")))

    async def submission(self, intent: str) -> IntentSubmitted:
        """What was proposed as ``intent``; an agent may ask for its own. Raises BadInput for one the log has not."""
        token = subjects.token(intent, "intent")
        subject = subjects.subject("intent.submitted", self.tenant, self.agent, token)
        if token in self._waiting:  # ours, and perhaps still in the intake
            return IntentSubmitted.model_validate_json(await self.intake.taken(subject))
        if self.caller.role != AGENT_ROLE:
            return await record.submission(self.log, intent)
        stored = await direct_last(self.nc, subject)
        if stored is None:
            raise BadInput(Reason.INVALID_FIELDS, f"there is no intent {intent!r}")
        return IntentSubmitted.model_validate_json(stored.payload)

    # users

    async def feedback(self, intent: str, rating: str, comment: str = "") -> bool:
        """Say ``up`` or ``down`` to what became of an intent, once per user; late is fine. False: said before."""
        return await record.feedback(
            self.intake, self._clock, self.agent, await self.submission(intent), rating, comment
        )

    async def record_cost(
        self,
        intent: str,
        *,
        cost: float = 0.0,
        tokens_in: int = 0,
        tokens_out: int = 0,
        human_s: float = 0.0,
        source: str = "",
        entry: str | None = None,
    ) -> bool:
        """Record what was spent for an intent: money in the deployment's currency, model tokens, seconds of a person.

        With an ``entry`` of your own recording it twice is harmless; False: it was there before.
        """
        return await record.record_cost(
            self.intake, self._clock, self.agent, await self.submission(intent),
            entry=entry, source=source, cost=cost, tokens_in=tokens_in, tokens_out=tokens_out, human_s=human_s,
        )  # fmt: skip

    # approvers

    async def ask(self, command: Command[A]) -> A:
        """A command of groundstop.commands in this client's name. Raises RequestFailed with the service's answer."""
        return command.read(await self._asked(command.verb, command.body()))

    async def request(self, verb: str, **body: Any) -> dict[str, Any]:
        """A request by its verb, as JSON is sent and answered: for what has no declaration. Raises RequestFailed."""
        answer = await self._asked(verb, body)
        if problem := answer.get("error"):
            raise RequestFailed(problem["code"], problem["message"], problem)
        return answer

    async def _asked(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            reply = await ask(self.nc, command(self.caller, verb), orjson.dumps(body), timeout_s=REQUEST_TIMEOUT_S)
        except nats.errors.NoRespondersError as error:
            raise RequestFailed(ErrorCode.UNAVAILABLE, f"no service answers {verb!r}") from error
        except TimeoutError as error:
            raise RequestFailed(ErrorCode.TIMEOUT, f"{verb!r} was not answered in {REQUEST_TIMEOUT_S:g} s") from error
        answer: dict[str, Any] = orjson.loads(reply.data)
        return answer

    async def cases(self, limit: int = 100, **where: Any) -> list[CaseRow]:
        """Open cases, oldest first."""
        return list((await self.ask(ListCases(limit=limit, **where))).cases)

    async def case(self, case: str) -> CaseDetails:
        """One case, by its id, its intent's or the beginning of either, with the decision where there is one."""
        return await self.ask(GetCase(case=case))

    async def decide(self, case: str, verdict: Verdict | str, note: str = "", answer: Any = None) -> Decision:
        """Decide a case. Raises RequestFailed (already_decided, expired, not_found …); the first decision wins."""
        return await self.ask(DecideCase(case=case, verdict=verdict, note=note, answer=answer))

    async def approve(self, case: str, note: str = "") -> Decision:
        """Say yes."""
        return await self.decide(case, Verdict.APPROVED, note)

    async def deny(self, case: str, note: str = "") -> Decision:
        """Say no."""
        return await self.decide(case, Verdict.DENIED, note)

    async def watch(self, patterns: Sequence[str] = subjects.STORED) -> AsyncIterator[Fact]:
        """Facts as they are stored, from now on, for people's eyes: what passes while disconnected is not shown."""
        arrived: asyncio.Queue[Fact] = asyncio.Queue(10_000)

        async def receive(message: Msg) -> None:
            fact = decoded(message.subject, message.data)
            if fact is not None and not arrived.full():
                arrived.put_nowait(fact)

        subscriptions = [await subscribe(self.nc, pattern, cb=receive) for pattern in patterns]
        try:
            while True:
                yield await arrived.get()
        finally:
            for subscription in subscriptions:
                await subscription.unsubscribe()

    # operators

    async def publish_policy(self, text: str, note: str = "") -> PolicyPublished:
        """Put a policy in force in this client's name. Raises PolicyError with every mistake and its line."""
        from groundstop.policy_holder import a_publication  # loads the policy engine, which agents do without

        fact = self.log.signed(a_publication(text, self.agent, note, self._clock()))
        await self.ask(PublishPolicy(fact=fact))
        return fact

    @property
    def operator(self) -> Operator:
        """Halts, resumes, the roster."""
        people = self._settings.resume_people
        return Operator(self.nc, self.log, self._clock, self.agent, people, caller=self.caller)

    async def halt(
        self, scope: str = "all", reason: str = "", wait_s: float = 3.0, *, drill: bool = False
    ) -> HaltReport:
        """Stop everything in ``scope`` and wait until every executor has said so; see HaltReport."""
        return await self.operator.halt(scope, reason, wait_s, drill=drill)

    async def resume(self, control: str, note: str, stage: str = "") -> Control:
        """Lift one halt, or one stage of it; see Operator.resume."""
        return await self.operator.resume(control, note, stage)

    async def trace(self, intent: str) -> list[Step]:
        """Every fact about one intent, in order."""
        return steps_of(await self.log.newest(subjects.everything_of(subjects.token(intent, "intent"))))


def decoded(subject: str, payload: bytes) -> Fact | None:
    """The fact in a message, None when it is none."""
    parts = subject.split(".", 3)
    model = KINDS.get(".".join(parts[1:3])) or KINDS.get(parts[1] if len(parts) > 1 else "")
    try:
        return None if model is None else model.model_validate_json(payload)
    except ValueError:
        return None


async def _quiet(_: Exception) -> None:
    """Connection errors show as failed calls; the client does not print them a second time."""
