"""Who asks or says something: the role, the tenant and the name that the bus's permissions guarantee. Pure.

A request is published to ``gs.cmd.<role>.<tenant>.<name>.<verb>``, a fact to
``gs.intake.<role>.<tenant>.<name>.<fact>``. The server lets an identity publish only with its own role, tenant and name
in there, so nothing in a body can change who asks.
"""

from dataclasses import dataclass

from groundstop.errors import BadInput
from groundstop.subjects import ROOT, token
from groundstop.vocabulary import Reason

ANY_TENANT = "~"
"""Stands for every tenant. No tenant can be called so: it is no token."""
OWNER_ROLE = "owner"
AGENT_ROLE = "agent"


@dataclass(frozen=True, slots=True)
class Caller:
    """One identity that asks. ``tenant`` is ANY_TENANT for who is bound to none."""

    role: str
    tenant: str
    name: str

    @property
    def is_owner(self) -> bool:
        """The owner of a stack, and everybody on a bus that asks nobody who they are, may act in anybody's name."""
        return self.role == OWNER_ROLE

    def may_see(self, tenant: str) -> bool:
        """Whether what belongs to ``tenant`` is this caller's to see."""
        return self.tenant in (ANY_TENANT, tenant)

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


def caller_of(subject: str) -> Caller:
    """Who asks on the subject of a command. Raises BadInput for tokens that no identity has."""
    _, _, role, tenant, name, *_ = subject.split(".", 5)
    return Caller(token(role, "role"), tenant if tenant == ANY_TENANT else token(tenant, "tenant"), token(name, "name"))


def command(caller: Caller, verb: str) -> str:
    """Where ``caller`` asks for ``verb`` (dotted, ``case.decide``)."""
    return f"{ROOT}.cmd.{caller.role}.{caller.tenant}.{caller.name}.{verb}"


def commands_of(verb: str) -> str:
    """Where a service listens for ``verb``, whoever asks."""
    return f"{ROOT}.cmd.*.*.*.{verb}"


def intake(caller: Caller, fact_subject: str) -> str:
    """Where ``caller`` says a fact: a subject of the intake, from which the door takes it into the log."""
    return f"{ROOT}.intake.{caller.role}.{caller.tenant}.{caller.name}.{fact_subject.removeprefix(ROOT + '.')}"


def spoken(subject: str) -> tuple[Caller, str]:
    """Who said what is on a subject of the intake, and the fact's own subject. Raises BadInput for no such subject."""
    parts = subject.split(".", 5)
    if len(parts) != 6 or parts[1] != "intake":
        raise BadInput(Reason.INVALID_SUBJECT, f"{subject[:200]!r} is no subject of the intake")
    return caller_of(subject), f"{ROOT}.{parts[5]}"


def service_caller(name: str) -> Caller:
    """A service that asks another one."""
    return Caller(name, ANY_TENANT, name)
