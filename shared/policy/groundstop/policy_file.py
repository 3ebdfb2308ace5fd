"""Reading the policy a deployment runs with: the only place where a policy touches the disk."""

from pathlib import Path

from groundstop.policy import Policy, default_policy, load_policy


def read_policy(path: Path | None) -> Policy:
    """The policy in a file, or the built-in one. Raises PolicyError naming the line, OSError when it cannot be read."""
    return default_policy() if path is None else load_policy(path.read_text(encoding="utf-8"))
