"""Which clearances count: signed by who may clear, for an intent that was judged so, given once.

Digest and expiry are looked at where the clearance is planned; the tenant is part of the digest and of the subject.
"""

from datetime import timedelta

from groundstop import subjects
from groundstop.bus.keys import Keys
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import IntentClassified, IntentCleared, IntentEdited
from groundstop.log import Log
from groundstop.vocabulary import Reason


class ClearanceCheck:
    """Refuses clearances. Without ``keys`` nobody signs in this deployment, and only repetition is refused."""

    def __init__(self, log: Log, keys: Keys | None, clock: Clock) -> None:
        self._log = log
        self._keys = keys
        self._clock = clock
        self._policies: set[str] = set()

    async def check(self, cleared: IntentCleared, delivery: Delivery) -> None:
        """Raise BadInput with the reason when a clearance does not count, Wait while its key is not known here yet."""
        if self._keys is None:
            return
        self._keys.check(cleared, delivery.time_ns, delivery.tries)
        if cleared.policy_version not in self._policies:
            await self._check_policy(cleared)
            self._policies.add(cleared.policy_version)

    def recent(self, cleared: IntentCleared, within_s: float) -> bool:
        """False for one that was signed so long ago that it may have been used and forgotten: the log must be asked."""
        return abs(self._clock() - cleared.at) < timedelta(seconds=within_s)

    async def _check_policy(self, cleared: IntentCleared) -> None:
        """A version is known by an intent that was judged under it, in the log, where only the classifier says so."""
        who = (cleared.tenant, cleared.agent, cleared.intent)
        classified = await self._log.last_fact(IntentClassified, subjects.any_detail("intent.classified", *who))
        edited = await self._log.last_fact(IntentEdited, subjects.any_detail("intent.edited", *who))
        judged = {fact.judgement.policy_version for fact in (classified, edited) if fact is not None}
        if cleared.policy_version not in judged:
            said = ", ".join(sorted(judged)) or "none"
            raise BadInput(Reason.WRONG_POLICY, f"cleared under policy {cleared.policy_version!r}, judged under {said}")

    async def first(self, cleared: IntentCleared, delivery: Delivery) -> bool:
        """True when the log holds no clearance of this intent before this one."""
        stored = await self._log.first(cleared.subject())
        return stored is None or stored.seq >= delivery.seq

    async def check_unused(self, cleared: IntentCleared, delivery: Delivery) -> None:
        """Raise BadInput for a second clearance of an intent that was dealt with."""
        if not await self.first(cleared, delivery):
            raise BadInput(Reason.CLEARANCE_USED, f"intent {cleared.intent} has had its one clearance")
