"""Runs one attempt: claimed under the fence, checked once more, run where it can be stopped."""

import asyncio
from contextlib import suppress
from typing import Any

from groundstop.bus.message import Wait
from groundstop.catalogue import Catalogue, Isolation, Tool, ToolContext, ToolFailed
from groundstop.events import IntentCleared

from groundstop_executor.attempt.claims import Claims
from groundstop_executor.in_flight import (
    CANCELLED_BEFORE_EFFECT,
    FINISHED,
    NEVER_STARTED,
    UNKNOWN,
    Attempt,
    AttemptsInFlight,
    NotBegun,
)
from groundstop_executor.isolation.runner import Runner

WAITING_PER_SLOT_MAX = 4
BUSY_WAIT_S = 0.5


class AttemptRunner:
    """Runs attempts for one executor; at most as many of a tool at a time as its entry allows."""

    def __init__(self, catalogue: Catalogue, runner: Runner, claims: Claims, in_flight: AttemptsInFlight) -> None:
        self._runner = runner
        self._claims = claims
        self._in_flight = in_flight
        self._slots = {tool.name: asyncio.Semaphore(tool.concurrency) for tool in catalogue if tool.concurrency}
        self._waiting = dict.fromkeys(self._slots, 0)

    async def claim(self, running: Attempt, cleared: IntentCleared, tool: Tool, tries: int) -> None:
        """Enter the attempt among those in flight and claim it. Raises Wait; then nothing of it is left.

        It is in the ledger before its claim is sent: a halt that comes meanwhile counts it if the claim was accepted.
        """
        if tool.name in self._slots:
            await self._take_slot(tool)
        running.killable = tool.isolation is Isolation.PROCESS or not tool.function
        self._in_flight.open(running)
        try:
            await self._claims.hold(running, cleared, tries)
        except BaseException:
            self._close(running, tool, "")
            raise

    async def run(self, running: Attempt, cleared: IntentCleared, tool: Tool) -> Any:
        """Run the tool; the moment it stops, the ledger knows how it ended. Raises what the tool did."""
        ended = UNKNOWN
        try:
            result = await running.run(
                self._runner.run(tool, cleared.call.arguments, context_of(cleared, running.attempt), running)
            )
            ended = FINISHED
            return result
        except NotBegun as error:
            running.halted_by = running.halted_by or str(error)
            raise
        except ToolFailed:
            ended = CANCELLED_BEFORE_EFFECT if running.halted_by else FINISHED
            raise
        finally:
            if not running.began and running.halted_by:
                ended = NEVER_STARTED
            elif not running.began and ended is UNKNOWN:
                ended = CANCELLED_BEFORE_EFFECT
            self._close(running, tool, ended)

    async def verify(self, tool: Tool, cleared: IntentCleared, attempt: int, result: Any) -> bool | None:
        """What the tool's verify says; None when it cannot tell, fails or takes too long."""
        with suppress(Exception):
            return await self._runner.verify(tool, cleared.call.arguments, result, context_of(cleared, attempt))
        return None

    async def _take_slot(self, tool: Tool) -> None:
        if self._waiting[tool.name] >= WAITING_PER_SLOT_MAX * tool.concurrency:
            raise Wait(BUSY_WAIT_S)
        self._waiting[tool.name] += 1
        try:
            await self._slots[tool.name].acquire()
        finally:
            self._waiting[tool.name] -= 1

    def _close(self, running: Attempt, tool: Tool, ended: str) -> None:
        self._in_flight.close(running, ended)
        if (slot := self._slots.get(tool.name)) is not None:
            slot.release()


def context_of(cleared: IntentCleared, attempt: int) -> ToolContext:
    """What a tool may know of its attempt. Its fields have been checked where they came from."""
    return ToolContext.model_construct(
        intent=cleared.intent,
        attempt=attempt,
        idempotency_key=cleared.intent,
        tenant=cleared.tenant,
        agent=cleared.agent,
        task=cleared.task,
        user=cleared.user,
    )
