"""A whole check: the kit on one side of a bus, the implementation on the other."""

import nats.errors
from groundstop import natspy
from groundstop.clock import Clock
from groundstop.conformance.agent import AgentKit
from groundstop.conformance.approver import ApproverKit
from groundstop.conformance.steps import Score, Step, Tell, checked
from groundstop.conformance.subject import Implementation
from groundstop.conformance.worker import WorkerKit
from groundstop.errors import StackNotFound
from groundstop.identity.connecting import ONCE, connection_options
from groundstop.log import Log
from groundstop.settings import Settings

ROLES = ("agent", "approver", "worker")


async def check(role: str, settings: Settings, tell: Tell) -> Score:
    """Check whoever answers on ``gs.conformance.<role>``. Raises StackNotFound.

    The bus must have the log on it and no services: the kit plays them.
    """
    clock = Clock()
    try:
        nc = await natspy.connect(**connection_options(settings), connect_timeout=3, **ONCE)
    except (OSError, nats.errors.Error) as error:
        raise StackNotFound(f"no bus at {settings.nats_url}: {error}") from error
    log = Log(nc, clock)
    await log.start()
    try:
        return await checked(_steps(role, Implementation(nc, role, clock), log), tell)
    finally:
        await log.stop()
        await nc.close()


def _steps(role: str, implementation: Implementation, log: Log) -> list[Step]:
    if role == "agent":
        return AgentKit(implementation, log).steps()
    if role == "worker":
        return WorkerKit(implementation).steps()
    return ApproverKit(implementation).steps()
