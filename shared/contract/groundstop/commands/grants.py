"""Commands about standing grants: what an agent may do without asking again. Answered by approval."""

from typing import Annotated

from groundstop.commands.base import (
    GRANTING,
    Answer,
    Count,
    DigestText,
    Flag,
    Iso,
    Moment,
    Needed,
    PersonCommand,
    Said,
    Seconds,
)
from groundstop.vocabulary import ErrorCode
from pydantic import Field, StringConstraints

USES_MAX = 1_000
DAYS_MAX = 30
DAY_S = 86_400.0
_APPROVAL = "approval"
_NOTE_REQUIRED = {"note": (ErrorCode.NOTE_REQUIRED, "a revocation needs a note")}


class Grant(Answer):
    """A standing grant. ``ended`` says how: revoked, used_up or expired; empty while it is in force."""

    grant: str
    tenant: str
    agent: str
    tool: str
    tool_version: str = ""
    condition: str = ""
    uses: int
    by: str
    note: str = ""
    used: int = 0
    left: int
    until: Iso
    at: Iso
    active: bool
    ended: str = ""
    revoked_by: str = ""


class GiveGrant(PersonCommand[Grant], verb="grant.give", answered_by=_APPROVAL, roles=GRANTING):
    """Let an agent run a tool unasked."""

    tenant: Said = ""
    agent: Needed
    tool: Needed
    uses: Count = Field(default=1, ge=1, le=USES_MAX)
    ttl_s: Seconds = Field(default=DAY_S, ge=1, le=DAYS_MAX * DAY_S)
    until: Moment = None
    condition: Said = ""
    tool_version: DigestText = ""
    note: Said = ""


class GrantList(Answer):
    """Standing grants, the oldest first."""

    grants: tuple[Grant, ...]
    total: int = 0


class ListGrants(PersonCommand[GrantList], verb="grant.list", answered_by=_APPROVAL, roles=GRANTING):
    """Standing grants; ``all``: ended ones, too."""

    tenant: Said = ""
    agent: Said = ""
    tool: Said = ""
    all: Flag = False


class GrantUse(Answer):
    """The use number ``n`` of a grant, for one intent."""

    n: int
    intent: str
    at: Iso
    digest: str


class GrantDetails(Answer):
    """A grant and its uses."""

    grant: Grant
    used: tuple[GrantUse, ...] = ()


class GetGrant(PersonCommand[GrantDetails], verb="grant.get", answered_by=_APPROVAL, roles=GRANTING):
    """One grant with its uses."""

    grant: Needed


class RevokeGrant(
    PersonCommand[Grant], verb="grant.revoke", answered_by=_APPROVAL, roles=GRANTING, codes=_NOTE_REQUIRED
):
    """End a grant: no further use can be recorded."""

    grant: Annotated[str, StringConstraints(max_length=20_000)]
    note: Needed
