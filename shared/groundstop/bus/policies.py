"""The policy in force, the same for every service: published on the bus, followed by all, swapped in one step.

A policy that cannot be loaded is refused where it is published; should one reach the log all the same it is passed over
and the one before it stays. What was decided under a version goes on under that version: a service asks for it by name.
"""

from collections.abc import Callable
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from groundstop import subjects
from groundstop.bus.message import Wait
from groundstop.errors import GroundstopError
from groundstop.events import PolicyPublished
from groundstop.ids import derived_id, new_id
from groundstop.log import Log
from groundstop.log.follow import Follower
from groundstop.log.wire import EXPECTED_SEQ, TTL
from groundstop.policy import Policy, PolicyError, load_policy

VERSIONS_KEPT = 50
UNKNOWN_WAIT_S = 0.05
UNKNOWN_TRIES = 40


class Policies:
    """The current policy and those before it. ``on_change`` is called with each new one, before it counts."""

    def __init__(
        self,
        log: Log,
        initial: Policy,
        logger: FilteringBoundLogger,
        on_change: Callable[[Policy], None] = lambda _: None,
    ) -> None:
        self._logger = logger
        self._on_change = on_change
        self._known: dict[str, Policy] = {initial.version: initial}
        self._follower = Follower(log, (subjects.POLICY,), lambda stored: self.take(stored.payload), logger)
        self.current = initial

    async def start(self) -> None:
        """Take what was published so far, then follow."""
        await self._follower.start()

    async def stop(self) -> None:
        """Stop following."""
        await self._follower.stop()

    def take(self, payload: bytes) -> None:
        """Put one published policy in force, or pass it over with a log line."""
        try:
            policy = load_policy(PolicyPublished.model_validate_json(payload).text)
            self._on_change(policy)
        except (ValueError, GroundstopError) as error:
            self._logger.error("policy_refused", error=str(error)[:2000], kept=self.current.version)
            return
        self._known[policy.version] = policy
        self.current = policy
        while len(self._known) > VERSIONS_KEPT:
            self._known.pop(next(iter(self._known)))
        self._logger.info("policy_in_force", version=policy.version, name=policy.name)

    def of(self, version: str, tries: int) -> Policy:
        """The policy that decided something. One that has not arrived yet is waited for (Wait), but not for ever."""
        found = self._known.get(version)
        if found is not None:
            return found
        if tries < UNKNOWN_TRIES:
            raise Wait(UNKNOWN_WAIT_S)
        return self.current


def a_publication(text: str, by: str, note: str, at: datetime) -> PolicyPublished:
    """The fact that puts a policy in force. Raises PolicyError with every mistake and its line."""
    policy = load_policy(text)
    return PolicyPublished(
        id=derived_id(new_id(), "policy.published"),
        at=at,
        actor=by,
        policy_version=policy.version,
        text=text,
        by=by,
        note=note,
    )


async def store_policy(log: Log, fact: PolicyPublished) -> None:
    """Put a policy in force. Raises PolicyError; nothing is changed then.

    Two people publishing at once: the second is refused and may look at what the first one wrote.
    """
    if load_policy(fact.text).version != fact.policy_version:
        raise GroundstopError(f"the text is not that of version {fact.policy_version}")
    before = await log.last(subjects.POLICY)
    ack = await log.publish_checked(fact, {EXPECTED_SEQ: str(before.seq if before else 0), TTL: "never"})
    if not ack.stored:
        raise GroundstopError("somebody else published a policy at the same moment; look at it, then publish again")


async def published_policies(log: Log) -> list[PolicyPublished]:
    """Every policy that was ever published, oldest first."""
    return [
        PolicyPublished.model_validate_json(stored.payload)
        async for stored in log.until_now(patterns=(subjects.POLICY,))
    ]


__all__ = ["Policies", "PolicyError", "a_publication", "published_policies", "store_policy"]
