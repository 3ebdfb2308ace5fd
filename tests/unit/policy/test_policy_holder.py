"""The judge of a service: what a published policy replaces, and what one in shadow mode does not."""

import pytest
from groundstop.policy import PolicyError, default_policy
from groundstop.policy.basics import Mode
from groundstop.policy_holder import JudgeHolder

FIRST, SECOND = (default_policy().model_copy(update={"name": name}) for name in ("first", "second"))
TRIED = default_policy().model_copy(update={"name": "tried", "mode": Mode.SHADOW})


def test_a_published_policy_replaces_the_one_before_it() -> None:
    holder = JudgeHolder(FIRST, ())
    holder.replace_policy(SECOND)
    assert (holder.policy.name, holder.judge.policy.name) == ("second", "second")


def test_a_policy_in_shadow_mode_leaves_the_enforced_one_in_force() -> None:
    """Approval took groups and times of a policy that was only tried, and judged edits by the built-in one."""
    holder = JudgeHolder(FIRST, ())
    holder.replace_policy(TRIED)
    holder.replace_policy(TRIED.model_copy(update={"name": "tried again"}))
    assert (holder.policy.name, holder.judge.policy.name) == ("first", "first")


def test_a_policy_that_cannot_be_prepared_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    holder = JudgeHolder(FIRST, ())

    def refused(*_: object, **__: object) -> None:
        raise PolicyError([])

    monkeypatch.setattr("groundstop.policy_holder.prepare", refused)
    with pytest.raises(PolicyError):
        holder.replace_policy(SECOND)
    assert holder.policy.name == "first"
