"""From a clearance to an outcome: is it to be believed, what was tried already, what comes next."""

from collections import OrderedDict

from groundstop import subjects
from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery
from groundstop.catalogue import Catalogue, Tool
from groundstop.clock import Clock
from groundstop.digest import digest
from groundstop.errors import BadInput
from groundstop.events import IntentCleared
from groundstop.log import Log
from groundstop.vocabulary import Reason, Status

from groundstop_executor.attempt.claims import Claims, halted_wait
from groundstop_executor.attempt.execution import PlanExecution
from groundstop_executor.attempt.records import Facts
from groundstop_executor.clearance_check import ClearanceCheck
from groundstop_executor.domain import (
    NO_ATTEMPTS,
    Attempts,
    End,
    Nothing,
    fold,
    plan,
    target_of,
    too_late,
)
from groundstop_executor.in_flight import AttemptsInFlight
from groundstop_executor.liveness import LiveExecutors

FRESH_S = 30.0
"""A quarter of the stream's duplicate window: room for hosts whose clocks disagree, and for a slow claim."""
KEPT_MAX = 512
UNDECLARED_TIMEOUT_S = 300.0
ASKED_TRIES = 3
ASKED_EVERY = 8
"""What is halted asks the log what became of it in its first tries, and then in every eighth."""


class Executions:
    """Executes clearances for one executor."""

    def __init__(
        self,
        *,
        name: str,
        log: Log,
        catalogue: Catalogue,
        plan_execution: PlanExecution,
        claims: Claims,
        in_flight: AttemptsInFlight,
        live_executors: LiveExecutors,
        trust: ClearanceCheck,
        clock: Clock,
    ) -> None:
        self._name = name
        self._log = log
        self._plan_execution = plan_execution
        self._claims = claims
        self._flights = in_flight
        self._live_executors = live_executors
        self._trust = trust
        self._clock = clock
        self._chains = {tool.name: _chain(tool, catalogue) for tool in catalogue}
        self._kept: OrderedDict[str, Facts] = OrderedDict()

    def routes(self) -> dict[str, Route]:
        """What the executor does with each kind of fact."""
        return {"intent.cleared": Route(IntentCleared, self.on_intent_cleared)}

    async def on_intent_cleared(self, cleared: IntentCleared, delivery: Delivery) -> Facts:
        """Execute the clearance, or end it, or ask for it again later (Wait). Raises BadInput when it is refused."""
        try:
            await self._trust.check(cleared, delivery)
        except BadInput as error:
            if await self._trust.first(cleared, delivery):  # nobody else can clear it now: say that it has ended
                await self._log.publish_once(
                    self._plan_execution.end(cleared, End(Status.FAILED, error.reason, str(error)))
                )
            raise
        chain = self._chains.get(cleared.call.tool) or undeclared(cleared)
        if chain is None:
            return self._plan_execution.end(
                cleared, End(Status.FAILED, Reason.TOOL_MISSING, f"no tool {cleared.call.tool!r} here")
            )
        if not _digest_holds(cleared):
            return self._plan_execution.end(
                cleared, End(Status.FAILED, Reason.DIGEST_MISMATCH, "the clearance is for another call")
            )
        if self._untried(cleared, delivery):
            attempts = NO_ATTEMPTS
        elif cleared.whose in self._kept:
            await self._trust.check_unused(cleared, delivery)
            return self._kept[cleared.whose]  # it ended here; the log did not take, or did not answer, what we said
        else:
            self._hold_back(cleared, delivery)
            attempts = await self._attempts(cleared)
        move = plan(
            attempts, chain, cleared, self._clock(), lambda executor, attempt: self._alive(cleared, executor, attempt)
        )
        if isinstance(move, Nothing):
            await self._trust.check_unused(cleared, delivery)
        facts = await self._plan_execution.execute(move, cleared, chain, attempts, delivery)
        self._keep(cleared, facts)
        return facts

    def _untried(self, cleared: IntentCleared, delivery: Delivery) -> bool:
        """True when the log need not be asked: if there was a claim, its id is certainly still known to the server."""
        age_s = self._clock().timestamp() - delivery.time_ns / 1e9
        return delivery.tries == 1 and age_s < FRESH_S and self._trust.recent(cleared, FRESH_S)

    def _hold_back(self, cleared: IntentCleared, delivery: Delivery) -> None:
        """Many may wait for one resume: most of the time they need not ask the log before they go on waiting."""
        asks = delivery.tries <= ASKED_TRIES or delivery.tries % ASKED_EVERY == 0
        if not asks and not too_late(NO_ATTEMPTS, cleared, self._clock()) and self._claims.halted(target_of(cleared)):
            raise halted_wait(delivery.tries)

    def _alive(self, cleared: IntentCleared, executor: str, attempt: int) -> bool:
        """Of ourselves we know better than by a beat what is in the air."""
        return self._flights.holds(cleared, attempt) if executor == self._name else self._live_executors.alive(executor)

    def _keep(self, cleared: IntentCleared, facts: Facts) -> None:
        self._kept[cleared.whose] = facts
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)

    async def _attempts(self, cleared: IntentCleared) -> Attempts:
        who = (cleared.tenant, cleared.agent, cleared.intent)
        kinds = ("execution.started", "execution.failed", "execution.exhausted", "outcome")
        return fold(await self._log.newest([subjects.any_detail(kind, *who) for kind in kinds]), self._log.fact)


def _chain(tool: Tool, catalogue: Catalogue) -> tuple[Tool, ...]:
    """A tool and its fallbacks; the catalogue has checked that they are there."""
    return (tool, *(entry for name in tool.fallbacks if (entry := catalogue.get(name)) is not None))


def undeclared(cleared: IntentCleared) -> tuple[Tool, ...] | None:
    """A tool behind an MCP gateway need not be in the catalogue: it counts as dangerous, and whoever proposed the call
    makes it, once. None for any other."""
    call = cleared.call
    if not call.tool.startswith("mcp."):
        return None
    return (Tool(name=call.tool, version=call.tool_version, action_type=call.action_type, risk=cleared.risk,
                 worker=True, attempts=1, timeout_s=UNDECLARED_TIMEOUT_S, pauses_task=False),)  # fmt: skip


def _digest_holds(cleared: IntentCleared) -> bool:
    call = cleared.call
    try:
        return call.digest == digest(cleared.tenant, cleared.agent, call.tool, call.tool_version, call.arguments)
    except BadInput:
        return False
