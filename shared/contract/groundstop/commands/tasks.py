"""Commands about tasks that wait for a person. Answered by approval."""

from typing import Annotated, Any, Literal

from groundstop.commands.base import PEOPLE, WITH_AGENTS, Answer, Iso, Needed, PersonCommand, Said
from groundstop.vocabulary import ErrorCode
from pydantic import BeforeValidator, StringConstraints

USER_CHARS_MAX = 256
_APPROVAL = "approval"
_NOTE_REQUIRED = {"note": (ErrorCode.NOTE_REQUIRED, "the end of a pause needs a note: why is it safe to go on?")}


class HandedOff(Answer):
    """A hand-off: its case, and the pause that it brought about."""

    handoff: str
    case: str
    tenant: str = ""
    agent: str = ""
    task: str
    control: str = ""
    paused: bool
    seq: int = 0


def _empty_for_none(value: Any) -> Any:
    return "" if value is None else value


class HandOffTask(PersonCommand[HandedOff], verb="task.handoff", answered_by=_APPROVAL, roles=WITH_AGENTS):
    """Ask for a person; the task is paused."""

    tenant: Said = ""
    task: Needed
    reason: Needed
    agent: Said = ""
    user: Annotated[str, StringConstraints(max_length=USER_CHARS_MAX), BeforeValidator(_empty_for_none)] = ""
    id: Said = ""


class GivenBack(Answer):
    """Whether the task is still paused: another halt may cover it."""

    handoff: str
    task: str
    paused: bool


class GiveTaskBack(
    PersonCommand[GivenBack], verb="task.give_back", answered_by=_APPROVAL, roles=PEOPLE, codes=_NOTE_REQUIRED
):
    """End the pause of a task."""

    case: Needed
    note: Needed
    answer: Any = None


class TaskWaiting(Answer):
    """A task that is paused."""

    handoff: str
    case: str
    tenant: str
    agent: str
    task: str
    reason: str = ""
    by: str = ""
    at: Iso
    control: str = ""
    state: Literal["waiting", "taken_over", "abandoned"]


class TaskList(Answer):
    """The tasks that are paused."""

    tasks: tuple[TaskWaiting, ...]
    total: int = 0


class ListTasks(PersonCommand[TaskList], verb="task.list", answered_by=_APPROVAL, roles=PEOPLE):
    """Tasks that are paused."""

    tenant: Said = ""


class TaskIntent(Answer):
    """One intent of a task. ``state`` is open or ended."""

    intent: str
    tool: str
    at: Iso
    state: str
    status: str = ""
    reason: str = ""


class TaskSummary(Answer):
    """What a task has done, what waits, what failed and what was asked, in words and intent by intent."""

    task: str
    intents: tuple[TaskIntent, ...] = ()
    done: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    paused: bool = False


class SummariseTask(PersonCommand[TaskSummary], verb="task.summary", answered_by=_APPROVAL, roles=WITH_AGENTS):
    """What a task has done, what waits and what failed."""

    tenant: Said = ""
    task: Needed
