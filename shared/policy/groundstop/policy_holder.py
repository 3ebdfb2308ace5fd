"""The policy in force, the same for every service: published on the bus, followed by all, swapped in one step.

A policy that cannot be loaded is refused where it is published; should one reach the log all the same, or one that
nobody who may has signed, it is passed over and the one before it stays. What was decided under a version goes on under
that version: a service asks for it by name.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from groundstop import subjects
from groundstop.bus.message import Wait
from groundstop.catalogue import Tool
from groundstop.errors import GroundstopError
from groundstop.events import PolicyPublished
from groundstop.ids import derived_id, new_id
from groundstop.log import Log, Stored
from groundstop.log.follow import Follower
from groundstop.log.wire import EXPECTED_SEQ, TTL
from groundstop.policy import Judge, Policy, PolicyError, load_policy, prepare
from structlog.typing import FilteringBoundLogger

VERSIONS_KEPT = 50
UNKNOWN_WAIT_S = 0.05
UNKNOWN_TRIES = 40


class PolicyFollower:
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
        self._log = log
        self._follower = Follower(log, (subjects.POLICY,), self.take, logger)
        self.current = initial
        self.problem = ""
        """Why the newest policy in the log is not the one in force, for ``groundstop status``."""
        self._seq = 0

    async def start(self) -> None:
        """Take what was published so far, then follow."""
        await self._follower.start()

    async def stop(self) -> None:
        """Stop following."""
        await self._follower.stop()

    def take(self, stored: Stored) -> None:
        """Put one published policy in force. Raises BadInput, ValueError for one that counts for nothing."""
        try:
            policy = load_policy(self._log.believed(PolicyPublished, stored).text)
            newest = stored.seq > self._seq
            if newest:
                self._on_change(policy)
        except (ValueError, GroundstopError) as error:
            said = str(error)[:2000].replace("\n", " ")
            self._logger.error("policy_refused", seq=stored.seq, error=said, kept=self.current.version)
            self.problem = (
                f"the policy at sequence {stored.seq} is not in force, {self.current.version} is: {said[:300]}"
            )
            raise
        self._remember(policy)
        if newest:
            self._seq, self.current, self.problem = stored.seq, policy, ""
            self._logger.info("policy_in_force", version=policy.version, name=policy.name)

    def _remember(self, policy: Policy) -> None:
        self._known[policy.version] = policy
        while len(self._known) > VERSIONS_KEPT:
            self._known.pop(next(iter(self._known)))

    def of(self, version: str, tries: int) -> Policy:
        """The policy that decided something. One that has not arrived yet is waited for (Wait), but not for ever."""
        found = self._known.get(version)
        if found is not None:
            return found
        if tries < UNKNOWN_TRIES:
            raise Wait(UNKNOWN_WAIT_S)
        return self.current


class JudgeHolder:
    """The judge of one service, replaced whole when a policy is published: nothing is judged by two.

    A policy in shadow mode decides beside the one that is enforced (the built-in one if there was none), and ``policy``
    goes on being the enforced one. Each method raises PolicyError, and changes nothing, for a policy that cannot be
    prepared.
    """

    def __init__(self, policy: Policy, tools: Iterable[Tool]) -> None:
        self._tools = tuple(tools)
        self.judge: Judge = prepare(policy, self._tools)

    @property
    def policy(self) -> Policy:
        """The policy that is enforced."""
        return self.judge.policy

    def replace_policy(self, policy: Policy) -> None:
        """Judge by ``policy`` from now on."""
        self.judge = prepare(policy, self._tools, enforced=self.policy)


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
    """Every policy that was ever published, oldest first; what is none is set aside."""
    return log.facts(PolicyPublished, [stored async for stored in log.until_now(patterns=(subjects.POLICY,))])


__all__ = ["JudgeHolder", "PolicyError", "PolicyFollower", "a_publication", "published_policies", "store_policy"]
