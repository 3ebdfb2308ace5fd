"""How far somebody reaches: the tenants whose cases, tasks and grants they see, and in whose name they ask. Pure.

All of it comes from the identity that asks and from what a face has signed; a body can narrow it and never widen it.
"""

from groundstop import subjects
from groundstop.callers import AGENT_ROLE, ANY_TENANT
from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode

from groundstop_approval.domain.people import Person

DEFAULT_TENANT = "default"


def sees(person: Person, tenant: str) -> bool:
    """Whether what belongs to ``tenant`` is theirs to see."""
    return person.caller.may_see(tenant) and (person.tenants is None or tenant in person.tenants)


def tenant_of(person: Person, named: str) -> str:
    """The tenant that a request is about: the caller's own, or the one that is named where the caller is bound to none.

    Raises RequestFailed(not_allowed) for another one.
    """
    bound = person.caller.tenant
    tenant = subjects.token(named or (DEFAULT_TENANT if bound == ANY_TENANT else bound), "tenant")
    if not sees(person, tenant):
        raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.name} has nothing to do with tenant {tenant}")
    return tenant


def agent_of(person: Person, named: str) -> str:
    """The agent that a request speaks for: an agent for itself, people for the one that they name, or themselves."""
    agent = named or person.name
    if person.caller.role == AGENT_ROLE and agent != person.name:
        raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.name} cannot speak for agent {agent[:64]}")
    return subjects.token(agent, "agent")


def is_theirs(person: Person, tenant: str, agent: str) -> bool:
    """What an agent may see of what is proposed: its own. People: what is of their tenants."""
    return sees(person, tenant) and (person.caller.role != AGENT_ROLE or agent == person.name)
