"""Metering what people edited: the edited call is charged like a call of its own, and cleared in the people's name."""

from groundstop.events import IntentClassified, IntentCleared, IntentEdited
from groundstop.vocabulary import Route


def as_classified(edited: IntentEdited) -> IntentClassified:
    """The edited call as the meters take it: people have agreed, so it may proceed if there is room."""
    judgement = edited.judgement.model_copy(update={"route": Route.PROCEED, "answer": ""})
    return IntentClassified.caused_by(
        edited, edited.at, edited.actor, proposal=edited.proposal, call=edited.call, judgement=judgement
    )


def cleared_by_people(cleared: IntentCleared, edited: IntentEdited) -> IntentCleared:
    """The clearance, caused by the edit and given by those who said yes to it."""
    return cleared.model_copy(update={"cause": edited.id, "by": ", ".join(edited.approvers)})
