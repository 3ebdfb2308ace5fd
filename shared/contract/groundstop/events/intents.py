"""Facts of an intent's life up to its execution."""

from datetime import datetime
from typing import Any

from groundstop.events.fact import IntentFact, Signature
from groundstop.events.judgement import Call, Judgement
from groundstop.intent import Frozen, Intent, Text
from groundstop.vocabulary import Risk


class IntentSubmitted(IntentFact, Intent):
    """An agent proposes a tool call."""

    kind = "intent.submitted"

    @property
    def seed(self) -> str:
        return self.whose

    def proposal(self) -> Intent:
        """The intent without the envelope."""
        return Intent.model_construct(**{name: getattr(self, name) for name in Intent.model_fields})


class IntentClassified(IntentFact):
    """The judgement of one intent, with the exact call it judged.

    ``proposal`` and ``call`` are None when the message could not be read as an intent at all; it is then refused.
    """

    kind = "intent.classified"

    proposal: Intent | None
    call: Call | None
    judgement: Judgement
    reason: Text = ""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def detail(self) -> tuple[str, ...]:
        return (self.judgement.route.value,)


class Charge(Frozen):
    """One bucket an admission was charged to; ``tat`` is its arrival time afterwards (GCRA), seconds since 1970."""

    bucket: str
    tat: float


class IntentAdmitted(IntentFact):
    """Metered, and waiting for people."""

    kind = "intent.admitted"

    proposal: Intent
    call: Call
    judgement: Judgement
    charges: tuple[Charge, ...] = ()
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""


class IntentCleared(IntentFact):
    """The clearance: permission to execute ``call`` once, before ``expires_at``."""

    kind = "intent.cleared"

    call: Call
    risk: Risk
    user: str = ""
    policy_version: str = ""
    expires_at: datetime
    deadline: datetime | None = None
    by: str = "policy"
    charges: tuple[Charge, ...] = ()
    warning: Text = ""
    """What the agent should be told with its outcome: that its task goes in circles."""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""


class IntentDeferred(IntentFact):
    """Waits for a token until ``until``."""

    kind = "intent.deferred"

    until: datetime
    bucket: str


class Change(Frozen):
    """One difference between two calls: the JSON path of a value, before and after (None: not there)."""

    path: str
    before: Any = None
    after: Any = None


class IntentEdited(IntentFact):
    """People said yes to another call than was proposed: it is metered anew before it is cleared.

    ``approvers`` are whose yes it rests on.
    """

    kind = "intent.edited"

    proposal: Intent
    call: Call
    judgement: Judgement
    asked_digest: str
    approvers: tuple[str, ...] = ()
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""
