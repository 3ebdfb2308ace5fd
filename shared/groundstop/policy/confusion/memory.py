"""The last steps of a task, reduced to what repetition can be seen in. Bounded, immutable, folded step by step."""

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import orjson

STEPS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Step:
    """One call: its tool, the digest of tool and arguments, and of what came back (empty: nothing yet)."""

    tool: str
    call: str
    result: str = ""
    error: bool = False

    @classmethod
    def of(cls, tool: str, arguments: Any) -> "Step":
        """The step that calls ``tool`` with ``arguments`` (any JSON value)."""
        return cls(tool, key([tool, arguments]))


@dataclass(frozen=True, slots=True)
class Memory:
    """The last steps, oldest first."""

    steps: tuple[Step, ...] = ()

    def called(self, step: Step) -> "Memory":
        """After a call was proposed."""
        return replace(self, steps=(*self.steps[1 - STEPS_KEPT :], step))

    def answered(self, step: Step, result: Any, *, error: bool) -> "Memory":
        """After its result: the newest such call without a result gets it."""
        for index in range(len(self.steps) - 1, -1, -1):
            seen = self.steps[index]
            if seen.call == step.call and not seen.result:
                done = replace(seen, result=key(result), error=error)
                return replace(self, steps=(*self.steps[:index], done, *self.steps[index + 1 :]))
        return self


EMPTY_MEMORY = Memory()


def key(value: Any) -> str:
    """A short digest of any JSON value: equal values, equal keys, whatever the order of members."""
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError):
        data = repr(value)[:100_000].encode("utf-8", "replace")
    return blake2b(data, digest_size=12).hexdigest()
