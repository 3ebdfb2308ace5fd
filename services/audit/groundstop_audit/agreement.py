"""What cannot be taken back needs two people where two could do it: the second asks for the same within AGREE_S.

Kept in memory: an audit that starts anew has heard nobody yet, and both ask again.
"""

from collections import OrderedDict
from collections.abc import Mapping

from groundstop.callers import Caller
from groundstop.clock import Clock
from groundstop.commands.base import CUSTODIANS
from groundstop.errors import RequestFailed
from groundstop.events import KeysPublished
from groundstop.log import Log
from groundstop.subjects import KEYS
from groundstop.vocabulary import ErrorCode

AGREE_S = 3600.0
ASKED_MAX = 1000


class Agreement:
    """Who has asked for what. ``people``: how many are needed; None: two wherever two hold a key for it."""

    def __init__(self, log: Log, clock: Clock, people: int | None) -> None:
        self._log = log
        self._clock = clock
        self._people = people
        self._asked: OrderedDict[tuple[str, ...], tuple[str, float]] = OrderedDict()

    async def of(self, caller: Caller, verb: str, about: Mapping[str, str]) -> str:
        """Who asked first, or nobody where one person is enough.

        Raises RequestFailed(second_person_needed) for the first, who has been heard then.
        """
        if await self._needed() < 2:
            return ""
        key, now = (verb, *(f"{name}={value}" for name, value in sorted(about.items()))), self._clock.monotonic()
        first, until = self._asked.get(key, ("", 0.0))
        if first and first != caller.name and now < until:
            del self._asked[key]
            return first
        self._asked[key] = (caller.name, now + AGREE_S)
        self._asked.move_to_end(key)
        if len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        raise RequestFailed(
            ErrorCode.SECOND_PERSON_NEEDED, f"{verb} needs a second person: {caller.name} was heard, another one has to"
            f" ask for the same within {AGREE_S / 60:.0f} minutes", {"by": caller.name},
        )  # fmt: skip

    async def _needed(self) -> int:
        if self._people is not None:
            return self._people
        stored = await self._log.last(KEYS)
        try:
            listed = () if stored is None else KeysPublished.model_validate_json(stored.payload).keys
        except ValueError:
            return 2
        now = self._clock()
        return len({key.name for key in listed if key.role in CUSTODIANS and (key.until is None or now < key.until)})
