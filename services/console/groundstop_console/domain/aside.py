"""Facts that cannot be read: set aside and counted, by the tenant their subject names. They end no page and no fold."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import orjson
from groundstop import subjects
from groundstop.client.trace import Step, steps_of
from groundstop.errors import GroundstopError
from groundstop.events import KINDS
from groundstop.stored import Stored

ASIDE_MAX = 10_000
WHO = ("tenant", "agent", "intent")


class Unreadable(GroundstopError):
    """A message that is no fact, or a fact that says something else than the subject it was stored under."""


@dataclass(slots=True)
class Aside:
    """The newest ASIDE_MAX messages that were set aside; each counts once, however often it is read."""

    _tenants: OrderedDict[int, str] = field(default_factory=OrderedDict)

    def put(self, stored: Stored) -> None:
        """Count one."""
        self._tenants[stored.seq] = tenant_of(stored.subject)
        while len(self._tenants) > ASIDE_MAX:
            self._tenants.popitem(last=False)

    def count(self, sees: Callable[[str], bool] = lambda _: True) -> int:
        """How many are of tenants that somebody ``sees``; those of no tenant are for who sees all."""
        return sum(1 for tenant in self._tenants.values() if sees(tenant))


def tenant_of(subject: str) -> str:
    """The tenant in a fact's subject; empty where there is none."""
    try:
        return subjects.parse(subject).tenant
    except GroundstopError:
        return ""


def agrees(subject: str, fact: object) -> subjects.Address:
    """The address of a fact. Raises Unreadable when its body names somebody else, BadInput for an odd subject."""
    address = subjects.parse(subject)
    if not isinstance(fact, dict):
        raise Unreadable(f"no fact at {subject[:200]}")
    if any(str(fact.get(name, getattr(address, name))) != getattr(address, name) for name in WHO):
        raise Unreadable(f"the fact at {subject[:200]} is somebody else's")
    return address


@dataclass(frozen=True, slots=True)
class Traced:
    """The facts of one intent that can be read, in order, and how many were set aside."""

    tenant: str
    steps: list[Step]
    set_aside: int


def traced(found: Iterable[Stored], sees: Callable[[str], bool]) -> Traced | None:
    """The way of an intent within one tenant; None when nothing of it is anything that somebody ``sees``."""
    own = sorted((one for one in found if sees(tenant_of(one.subject))), key=lambda one: one.seq)
    if not own:
        return None
    tenant = tenant_of(own[0].subject)
    own = [one for one in own if tenant_of(one.subject) == tenant]
    good = [one for one in map(readable, own) if one is not None]
    return Traced(tenant, steps_of(good), len(own) - len(good))


def readable(stored: Stored) -> Stored | None:
    """The message with its known fields as their model reads them; None when it is not the fact its subject says."""
    try:
        raw = orjson.loads(stored.payload)
        address = agrees(stored.subject, raw)
        fact = KINDS[address.kind].model_validate_json(stored.payload)
    except (GroundstopError, ValueError, KeyError):
        return None
    return replace(stored, payload=orjson.dumps(raw | fact.model_dump(mode="json"), default=str))
