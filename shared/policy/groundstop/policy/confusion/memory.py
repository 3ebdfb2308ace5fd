"""The last steps of a task. Bounded, immutable, folded step by step."""

from dataclasses import dataclass
from typing import Any

from groundstop.policy.confusion.step import Step, key

STEPS_KEPT = 48


@dataclass(frozen=True, slots=True)
class Memory:
    """The last steps, oldest first; ``count`` is how many there have been altogether."""

    steps: tuple[Step, ...] = ()
    count: int = 0

    def called(self, step: Step) -> "Memory":
        """After a call was proposed."""
        return Memory((*self.steps[1 - STEPS_KEPT :], step), self.count + 1)

    def answered(self, call: str, result: Any, *, error: bool, rejected: bool = False) -> "Memory":
        """After the result of ``call`` (as in Step): the newest such call without one gets it.

        ``rejected``: people or the policy said no.
        """
        for index in range(len(self.steps) - 1, -1, -1):
            seen = self.steps[index]
            if seen.call == call and not seen.result:
                done = Step(seen.tool, call, key(result), error, rejected, seen.words, seen.target, seen.act)
                return Memory((*self.steps[:index], done, *self.steps[index + 1 :]), self.count)
        return self


EMPTY_MEMORY = Memory()
NOTHING = frozenset((key(None), key(""), key([]), key({})))
"""Digests of results that say nothing: they are neither progress nor its absence."""
