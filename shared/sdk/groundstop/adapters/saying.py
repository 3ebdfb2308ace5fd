"""What a model is told of a call that was not done, so that it neither repeats nor forgets it. Pure."""

from collections.abc import Mapping
from typing import Any

import orjson
from groundstop.events import Outcome
from groundstop.vocabulary import Status

_SAID: Mapping[Status, str] = {
    Status.DENIED: "A person denied the call, and it was not made",
    Status.EXPIRED: "Nobody allowed the call in time, and it was not made",
    Status.REFUSED: "The policy refused the call, and it was not made",
    Status.THROTTLED: "The call was not made: too many of its kind",
    Status.NEEDS_CLARIFICATION: "The call was not made: it needs a clarification",
    Status.FAILED: "The call failed",
    Status.UNKNOWN: "Nobody knows whether the call took effect; a person looks into it, do not repeat it",
    Status.CANCELLED: "The call was withdrawn, and it was not made",
}


def said(outcome: Outcome) -> str:
    """An outcome that is not good, in words for a model."""
    answer = f" A person answered: {plain(outcome.result)}" if outcome.result is not None else ""
    retry = f" Try again in {outcome.retry_after_s:.0f} s." if outcome.retry_after_s else ""
    what = _SAID.get(outcome.status, "The call was not made")
    return f"{what}: {outcome.reason or outcome.reason_code}.{answer}{retry}"


def plain(value: Any) -> str:
    """A result as text: itself where it is one, JSON otherwise."""
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
