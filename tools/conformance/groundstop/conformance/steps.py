"""Steps of a check and how they are told: one line each, passed or failed, with what was expected and what came."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Tell = Callable[[str], None]


class Failed(Exception):
    """A step found something else than the contract says."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing an implementation must do. ``says`` is the sentence of the contract that it checks."""

    says: str
    check: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Score:
    """How a check ended."""

    passed: int
    failed: int

    @property
    def conforms(self) -> bool:
        """True when nothing failed."""
        return self.failed == 0 and self.passed > 0


def expect(what: str, wanted: Any, came: Any) -> None:
    """Raises Failed when what came is not what is wanted."""
    if came != wanted:
        raise Failed(f"{what}: expected {wanted!r}, got {came!r}")


def require(holds: object, why: str) -> None:
    """Raises Failed with ``why``."""
    if not holds:
        raise Failed(why)


async def checked(steps: list[Step], tell: Tell) -> Score:
    """Every step in order; a failed one does not keep the others from being tried."""
    passed = 0
    for number, step in enumerate(steps, 1):
        try:
            await step.check()
        except Exception as error:
            tell(f"FAIL {number:2} {step.says}\n        {_reason(error)}")
        else:
            passed += 1
            tell(f"pass {number:2} {step.says}")
    return Score(passed, len(steps) - passed)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
