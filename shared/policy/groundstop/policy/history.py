"""What happened in a task so far, folded fact by fact: what conditions can read and confusion is judged by."""

from dataclasses import dataclass, replace
from typing import Any

from groundstop.policy.confusion.memory import EMPTY_MEMORY, Memory
from groundstop.policy.confusion.step import Step, key


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """The history of one task. Immutable: each method answers a new one. Memory is bounded."""

    calls: int = 0
    succeeded: int = 0
    failed: int = 0
    refused: int = 0
    denied: int = 0
    spent: float = 0.0
    started_s: float | None = None
    tools: frozenset[str] = frozenset()
    memory: Memory = EMPTY_MEMORY

    def proposed(self, tool: str, arguments: dict[str, Any], at_s: float = 0.0) -> "TaskHistory":
        """After a call was proposed. ``at_s`` is in seconds since 1970."""
        return replace(
            self,
            calls=self.calls + 1,
            started_s=at_s if self.started_s is None else self.started_s,
            tools=self.tools if tool in self.tools or len(self.tools) >= 200 else self.tools | {tool},
            memory=self.memory.called(Step.of(tool, arguments)),
        )

    def ended(self, tool: str, arguments: dict[str, Any], status: str, result: Any = None) -> "TaskHistory":
        """After the outcome of a call: ``status`` as in groundstop.vocabulary.Status."""
        good = status in ("succeeded", "completed_manually")
        failed = status in ("failed", "unknown")
        rejected = status in ("refused", "denied", "needs_clarification")
        return replace(
            self,
            succeeded=self.succeeded + good,
            failed=self.failed + failed,
            refused=self.refused + (status == "refused"),
            denied=self.denied + (status in ("denied", "expired")),
            memory=self.memory.answered(key([tool, arguments]), result, error=failed, rejected=rejected),
        )

    def view(self, now_s: float) -> dict[str, Any]:
        """What a condition sees as ``task``."""
        return {
            "calls": self.calls,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "refused": self.refused,
            "denied": self.denied,
            "spent": float(self.spent),
            "tools": sorted(self.tools),
            "age_s": 0.0 if self.started_s is None else max(0.0, now_s - self.started_s),
        }


EMPTY = TaskHistory()
