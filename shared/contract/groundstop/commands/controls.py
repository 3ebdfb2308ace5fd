"""Commands about halts, answered by every guard and by approval; and about the policy, answered by approval."""

from groundstop.commands.base import CUSTODIANS, OPERATING, Answer, Command, Iso, PersonCommand
from groundstop.events import Control, Halt, PolicyPublished

CONTROL_SERVERS = ("guard", "approval")


class ControlTable(Answer):
    """The halts in force and the sequence of their table. ``problem``: why what was written last counts for nothing."""

    seq: int
    halts: tuple[Halt, ...] = ()
    problem: str = ""


class GetControls(Command[ControlTable], verb="control.get", answered_by=CONTROL_SERVERS, roles=OPERATING):
    """The halts in force, and the sequence of their table."""


class ControlWritten(Answer):
    """The control that is in force, and its sequence."""

    control: Control
    seq: int


class PutControl(Command[ControlWritten], verb="control.put", answered_by=CONTROL_SERVERS, roles=OPERATING):
    """Replace the table of halts by one that its author signed."""

    control: Control
    expected: int | None = None
    """The sequence of the table that it replaces: what the control itself says."""


class PolicyInForce(Answer):
    """The policy that was put in force."""

    version: str
    by: str
    at: Iso


class PublishPolicy(PersonCommand[PolicyInForce], verb="policy.publish", answered_by="approval", roles=CUSTODIANS):
    """Put a policy in force, as its author has signed it."""

    fact: PolicyPublished
