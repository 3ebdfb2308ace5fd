"""Standing grants: given, used, revoked."""

from datetime import datetime

from groundstop.events.fact import IntentFact, Signature
from groundstop.events.judgement import Call
from groundstop.intent import Text, Token
from groundstop.vocabulary import Risk
from pydantic import Field


class GrantFact(IntentFact):
    """A fact about a standing grant. It is kept like an intent, under the grant's id.

    Grants change one fact at a time: each is stored only if it follows the newest one that its writer knew.
    """

    @property
    def grant(self) -> str:
        """The id people and commands use."""
        return self.intent

    def changes(self) -> str:
        """The pattern of every fact about this grant."""
        return f"gs.grant.*.{self.tenant}.{self.agent}.{self.intent}.*"


class GrantGiven(GrantFact):
    """``by`` allows ``agent`` to run ``tool`` up to ``uses`` times until ``until``, while ``condition`` (CEL) holds."""

    kind = "grant.given"

    tool: str
    condition: str = ""
    uses: int = Field(ge=1)
    until: datetime
    by: Token
    groups: tuple[str, ...] = ()
    """The groups that the giver was in."""
    note: Text = ""
    face: str = ""
    """The face that vouched for the giver; empty: the directory says who they are."""
    tool_version: str = ""
    tool_digest: str = ""
    """What the tool was declared to be (groundstop.catalogue); empty in grants of older versions."""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def detail(self) -> tuple[str, ...]:
        return ("0",)


class GrantUsed(GrantFact):
    """One use of a grant: the clearance of ``cleared_intent`` follows from it."""

    kind = "grant.used"

    number: int = Field(ge=1)
    by: str
    cleared_intent: Token
    cleared_task: Token
    call: Call
    risk: Risk
    user: str = ""
    policy_version: str = ""
    deadline: datetime | None = None
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def detail(self) -> tuple[str, ...]:
        return (str(self.number),)

    def once(self) -> str:
        return self.subject()


class GrantRevoked(GrantFact):
    """The end of a grant before its time."""

    kind = "grant.revoked"

    by: Token
    note: Text = ""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def detail(self) -> tuple[str, ...]:
        return ("end",)
