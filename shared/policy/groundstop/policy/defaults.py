"""The policy that holds when nobody published one."""

from groundstop.policy.model import Policy


def default_policy() -> Policy:
    """The built-in policy: every default of every section."""
    return Policy()
