"""The delivery policy, stated once: who reads what, how long until a redelivery, how many tries, which delays."""

from groundstop.log.stream import Durable
from groundstop.subjects import INTAKE, control, pattern
from groundstop.vocabulary import CaseKind, Route, Status

CLASSIFIER = Durable(
    "classifier",
    (pattern("intent.classified", Route.REFUSE),),
    ack_wait_s=15,
    # Until there was an intake agents wrote into the log themselves: what is left of that is still judged.
    subjects_before=("gs.intent.submitted.>",),
)
RATE_LIMITER = Durable(
    "rate-limiter",
    (
        *(pattern("intent.classified", route) for route in (Route.PROCEED, Route.CONFIRM, Route.APPROVE)),
        pattern("intent.edited"),
    ),
    ack_wait_s=5,
    one_at_a_time=True,
)
APPROVAL = Durable(
    "approval",
    (
        pattern("intent.classified", Route.CLARIFY),
        pattern("intent.classified", Route.ESCALATE),
        pattern("intent.admitted"),
        pattern("case.decided"),
        *(pattern("case.due", kind) for kind in CaseKind),
        pattern("case.edited"),
        pattern("case.nudge"),
        pattern("execution.exhausted"),
        pattern("grant.used"),
        pattern("task.handoff"),
        pattern("task.resumed"),
        pattern("outcome", Status.UNKNOWN),
    ),
    ack_wait_s=15,
)
NOTIFIER = Durable(
    "notifier",
    (
        *(pattern("case.opened", kind) for kind in CaseKind),
        pattern("case.reminded"),
        pattern("case.escalated"),
        pattern("case.decided"),
        pattern("outcome", Status.FAILED),
        pattern("outcome", Status.UNKNOWN),
        "gs.reviewer.alarmed.*.*",
        control(0),  # every control is on every lane
    ),
    ack_wait_s=15,
)
EXECUTOR = Durable("executor", (pattern("intent.cleared"),), ack_wait_s=10)

DOOR = Durable("door", ("gs.intake.>",), ack_wait_s=15, stream=INTAKE)
"""What agents, people and tools say, before it is a fact: the classifier looks at it and writes it into the log."""

DURABLES = (DOOR, CLASSIFIER, RATE_LIMITER, APPROVAL, NOTIFIER, EXECUTOR)

RETRY_DELAYS_S = (0.2, 1.0, 3.0, 10.0)
"""Before the second, third … try of a message whose handling failed; the last one repeats."""


def retry_delay_s(tries: int) -> float:
    """How long to wait after ``tries`` failed tries, 1 or more."""
    return RETRY_DELAYS_S[min(tries, len(RETRY_DELAYS_S)) - 1]
