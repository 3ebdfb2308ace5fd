"""The policies that were published, read from the log: what cannot be read is set aside."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from groundstop import subjects
from groundstop.errors import GroundstopError
from groundstop.events import PolicyPublished
from groundstop.log import Stored
from groundstop.policy import Policy, default_policy, load_policy
from groundstop.policy_file import read_policy
from structlog.typing import FilteringBoundLogger

from groundstop_console.adapters.bus import Bus, BusAway

SHOWN = 2
"""The one in force and the one before it."""


@dataclass(frozen=True, slots=True)
class Version:
    """A policy as a page shows it: ``said`` is its content, ``version`` its name before anything was left out."""

    policy: Policy
    version: str
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Versions:
    """The policy in force, the one before it if there is one, and the newest publication if anybody published."""

    now: Version
    before: Version | None
    published: PolicyPublished | None
    aside: tuple[Stored, ...] = ()

    def narrowed(self, narrow: Callable[[Policy], Policy], notes: bool) -> "Versions":
        """Without what ``narrow`` leaves out; ``notes`` says whether what the publisher wrote is shown."""
        published = self.published
        if published is not None and not notes:
            published = published.model_copy(update={"note": "", "text": ""})
        before = self.before and _version(narrow(self.before.policy), self.before.version)
        return replace(
            self, now=_version(narrow(self.now.policy), self.now.version), before=before, published=published
        )


def _version(policy: Policy, name: str) -> Version:
    return Version(policy, name, policy.model_dump(mode="json"))


async def versions(bus: Bus, file: Path | None, logger: FilteringBoundLogger) -> Versions:
    """What was published and can be read, else the policy of the file, else the built-in one."""
    aside: list[Stored] = []
    published: list[tuple[PolicyPublished, Policy]] = []
    for stored in reversed(await _stored(bus)):
        try:
            fact = PolicyPublished.model_validate_json(stored.payload)
            if len(published) < SHOWN:
                published.append((fact, load_policy(fact.text)))
        except (ValueError, GroundstopError) as error:
            aside.append(stored)
            logger.warning("policy_not_readable", seq=stored.seq, error=repr(error)[:500])
    initial = read_policy(file)
    known = [*(policy for _, policy in published), initial]
    if initial != default_policy():
        known.append(default_policy())
    found = [_version(policy, policy.version) for policy in known[:SHOWN]]
    before = found[1] if len(found) > 1 else None
    return Versions(found[0], before, published[0][0] if published else None, tuple(aside))


async def _stored(bus: Bus) -> list[Stored]:
    try:
        return [stored async for stored in bus.log.until_now(patterns=(subjects.POLICY,))]
    except BusAway:
        return []
