"""The policy in force and its judge: swapped together when another one is published."""

from collections.abc import Iterable

from groundstop.catalogue import Tool
from groundstop.policy import Judge, Policy, prepare


class JudgeHolder:
    """What cases are opened and edits are judged by. A case keeps what was asked when it was opened."""

    def __init__(self, policy: Policy, tools: Iterable[Tool]) -> None:
        self._tools = tuple(tools)
        self.policy = policy
        self.judge: Judge = prepare(policy, self._tools)

    def replace_policy(self, policy: Policy) -> None:
        """Put another policy in force. Raises PolicyError, and changes nothing, when it cannot be prepared."""
        judge = prepare(policy, self._tools)
        self.policy, self.judge = policy, judge
