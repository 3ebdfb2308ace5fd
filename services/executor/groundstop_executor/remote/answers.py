"""Whose answers count: those that one listed worker of the tool has signed for this very call."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import structlog
from groundstop.catalogue import EffectUnknown, Tool, ToolFailed
from groundstop.events import WorkerKey
from groundstop.identity.signatures import BadSignature
from groundstop.identity.worker_messages import check_answer

_log = structlog.get_logger("executor.answers")


class NobodyThere(ToolFailed):
    """Nobody listens where the call was sent: nothing happened."""


class Believed:
    """The answers to one call. Who answers first that it has the call is the one whose answers count."""

    def __init__(self, tool: str, call: str, workers: Callable[[], tuple[WorkerKey, ...]]) -> None:
        self.refused = ""
        """Why the newest answer did not count."""
        self._tool = tool
        self._call = call
        self._workers = workers
        self._worker = ""

    def passed_over(self, why: str) -> None:
        """Something came that does not count."""
        self.refused = why
        _log.warning("answer_refused", tool=self._tool, call=self._call, why=why)

    def holds(self, answer: Mapping[str, Any]) -> bool:
        """True for an answer that counts; another one is logged."""
        listed = tuple(worker for worker in self._workers() if self._worker in ("", worker.public))
        try:
            self._worker = check_answer(answer, self._call, self._tool, listed).public
        except BadSignature as error:
            self.passed_over(str(error))
            return False
        return True


def read_answer(tool: Tool, data: bytes, believed: Believed | None) -> dict[str, Any] | None:
    """What a worker says; None for what does not count. What cannot be read says nothing about the effect."""
    try:
        answer = orjson.loads(data)
    except orjson.JSONDecodeError:
        answer = None
    if isinstance(answer, dict):
        return answer if believed is None or believed.holds(answer) else None
    if believed is None:
        raise EffectUnknown(f"the worker of {tool.name} answered what cannot be read")
    believed.passed_over("it cannot be read")
    return None


def unbelieved(tool: Tool, believed: Believed | None, *, accepted: bool) -> EffectUnknown:
    """The silence of who should have answered, or what was said instead."""
    if accepted:
        return EffectUnknown(f"the worker of {tool.name} fell silent")
    if believed is not None and believed.refused:
        return EffectUnknown(
            f"no listed worker of {tool.name} has the call ({believed.refused}); whoever answers it needs an identity: "
            f"groundstop keys issue worker --tool {tool.name}"
        )
    return EffectUnknown(f"no worker of {tool.name} said that it has the call")
