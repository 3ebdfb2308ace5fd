"""Which role may publish which facts to the intake: one table for the server's permissions and the classifier. Pure.

A row is the subject of a fact behind ``gs.``, with ``{tenant}`` and ``{name}`` in the places that the publisher's
identity fills. An identity that is bound to no tenant has ``*`` there.
"""

from collections.abc import Mapping

from groundstop.callers import AGENT_ROLE, ANY_TENANT, OWNER_ROLE, Caller
from groundstop.errors import BadInput
from groundstop.vocabulary import Reason

_IN_ITS_OWN_NAME = (
    "intent.submitted.{tenant}.{name}.*",
    "turn.user.{tenant}.{name}.*",
    "turn.agent.{tenant}.{name}.*",
    "feedback.{tenant}.{name}.*.*",
    "cost.recorded.{tenant}.{name}.*.*",
)
SAYS: Mapping[str, tuple[str, ...]] = {
    AGENT_ROLE: _IN_ITS_OWN_NAME,
    "operator": (
        "intent.submitted.{tenant}.{name}.*",
        "turn.user.{tenant}.{name}.*",
        "feedback.{tenant}.*.*.{name}",
        "intent.undone.{tenant}.*.*",
    ),
    "approver": ("feedback.{tenant}.*.*.{name}",),
    "console": (
        "intent.submitted.{tenant}.{name}.*",
        "feedback.{tenant}.*.*.*",
        "cost.recorded.{tenant}.*.*.*",
        "intent.undone.{tenant}.*.*",
    ),
    OWNER_ROLE: (*(row.replace("{name}", "*") for row in _IN_ITS_OWN_NAME), "intent.undone.{tenant}.*.*"),
}
"""Role to what it may publish. A gateway publishes as the agents of its tenant."""

SAID_KINDS = tuple(dict.fromkeys(row.partition(".{tenant}")[0] for rows in SAYS.values() for row in rows))
"""Every kind of fact that begins in the intake."""


def rows_of(role: str, tenant: str, name: str) -> list[str]:
    """The subjects, behind ``gs.``, that one identity may publish on."""
    wide = "*" if tenant == ANY_TENANT else tenant
    return [row.replace("{tenant}", wide).replace("{name}", name) for row in SAYS.get(role, ())]


def check_speaker(caller: Caller, fact_subject: str) -> None:
    """Raises BadInput(identity_mismatch) for a fact that is not the caller's to say."""
    said = fact_subject.split(".")[1:]
    if not any(_covers(row.split("."), said) for row in rows_of(caller.role, caller.tenant, caller.name)):
        raise BadInput(Reason.IDENTITY_MISMATCH, f"{caller} may not say {fact_subject[:200]!r}")


def _covers(row: list[str], said: list[str]) -> bool:
    return len(row) == len(said) and all(want in ("*", have) for want, have in zip(row, said, strict=True))
