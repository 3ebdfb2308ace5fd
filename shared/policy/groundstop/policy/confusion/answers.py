"""What is done about confusion: one ladder, climbed by how far a signal is beyond its threshold."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from groundstop.policy.confusion.signals import Confusion
from groundstop.policy.thresholds import Answer, ConfusionLimits
from groundstop.vocabulary import Route


@dataclass(frozen=True, slots=True)
class Response:
    """An answer in full: the route it asks for at least, and what the agent is told."""

    answer: Answer
    route: Route
    says: str


ANSWERS: Mapping[Answer, Response] = MappingProxyType(
    {
        Answer.NONE: Response(Answer.NONE, Route.PROCEED, ""),
        Answer.WARN: Response(Answer.WARN, Route.PROCEED, "the agent is warned"),
        Answer.RESET: Response(
            Answer.RESET, Route.PROCEED, "the agent is given a summary of the task and asked to start afresh from it"
        ),
        Answer.CLARIFY: Response(Answer.CLARIFY, Route.CLARIFY, "the agent has to ask back before it goes on"),
        Answer.HANDOFF: Response(Answer.HANDOFF, Route.ESCALATE, "the task is handed to a person"),
    }
)


def answer_to(confusion: Confusion, limits: ConfusionLimits) -> Response:
    """The rung for this confusion: one rung per step beyond the threshold. What still moves is only warned about."""
    if not confusion.confused or not limits.answers:
        return ANSWERS[Answer.NONE]
    rung = 0 if confusion.moving else min(confusion.excess, len(limits.answers) - 1)
    return ANSWERS[limits.answers[rung]]
