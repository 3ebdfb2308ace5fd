"""Deciding the past again, in its order, with the history that each task had at that moment. Pure."""

import heapq
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groundstop.backtest.outcome import Backtest
from groundstop.events import Finding
from groundstop.intent import Intent
from groundstop.policy import EMPTY, Judge, TaskHistory
from pydantic import ValidationError

TASKS_MAX = 100_000
"""Histories of tasks that are kept; the one that was quiet longest goes first."""


@dataclass(frozen=True, slots=True)
class Past:
    """One recorded decision. ``ended_seq`` is where its outcome stands in the log, 0 for none."""

    seq: int
    fact: dict[str, Any]
    status: str = ""
    verdict: str = ""
    undone: bool = False
    ended_seq: int = 0

    @property
    def label(self) -> str:
        """What has become of it, the most telling thing first."""
        if self.undone:
            return "that were undone"
        if self.verdict in ("approved", "denied"):
            return f"that people {self.verdict}"
        return f"that ended {self.status}" if self.status else "still open"


Happening = tuple[str, dict[str, Any], float, str]
"""Tool, arguments, seconds since 1970, and the status it ended with: empty while it is only proposed."""


class Histories:
    """What each task had done when its next intent was judged. Most end before anybody asks: folded when asked."""

    def __init__(self) -> None:
        self._tasks: OrderedDict[tuple[str, str], tuple[TaskHistory, list[Happening]]] = OrderedDict()

    def of(self, key: tuple[str, str]) -> TaskHistory:
        """The history of one task up to now."""
        history, waiting = self._tasks.get(key, (EMPTY, []))
        if waiting:
            for tool, arguments, at_s, status in waiting:
                history = history.ended(tool, arguments, status) if status else history.proposed(tool, arguments, at_s)
            self._tasks[key] = history, []
        return history

    def happened(self, key: tuple[str, str], what: Happening) -> None:
        """One more thing in a task; of tasks that nobody remembers only the beginning counts."""
        if key in self._tasks:
            self._tasks[key][1].append(what)
        elif not what[3]:
            self._tasks[key] = EMPTY, [what]
            if len(self._tasks) > TASKS_MAX:
                self._tasks.popitem(last=False)
            return
        else:
            return
        self._tasks.move_to_end(key)


def replay(judge: Judge, past: Iterable[Past]) -> Backtest:
    """Decide everything again. ``past`` comes in the order of the log and holds whole tasks."""
    result, tasks = Backtest(), Histories()
    ending: list[tuple[int, int, Past]] = []
    for number, one in enumerate(past):
        while ending and ending[0][0] < one.seq:
            _end(tasks, heapq.heappop(ending)[2])
        if one.ended_seq:
            heapq.heappush(ending, (one.ended_seq, number, one))
        _decide(judge, one, tasks, result)
    return result


def _decide(judge: Judge, one: Past, tasks: Histories, result: Backtest) -> None:
    fact, before = one.fact, one.fact.get("judgement") or {}
    try:
        proposal = Intent.model_validate(fact["proposal"])
        at = datetime.fromisoformat(fact["at"])
        findings = [("argument", Finding.model_validate(finding)) for finding in before.get("findings") or ()]
    except (ValidationError, KeyError, TypeError, ValueError):
        result.unreadable += 1
        return
    key = (proposal.tenant, proposal.task)
    # The walk alone: nobody reads the reasons of a million judgements.
    after = judge.walk(proposal, tasks.of(key), now=at, findings=judge.seen(proposal, findings))
    tasks.happened(key, (proposal.tool, proposal.arguments, at.timestamp(), ""))
    was = (str(before.get("route", "")), str(before.get("risk", "")))
    result.note((*was, after.route.value, after.risk.value), one.label, proposal.intent)


def _end(tasks: Histories, one: Past) -> None:
    proposal = one.fact.get("proposal") or {}
    key = (str(proposal.get("tenant")), str(proposal.get("task")))
    tasks.happened(key, (str(proposal.get("tool")), proposal.get("arguments") or {}, 0.0, one.status or "unknown"))
