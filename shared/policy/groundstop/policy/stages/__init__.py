"""The stages of a decision, in order. Each looks at the call and may raise what the walk has reached so far."""

from collections.abc import Callable

from groundstop.policy.stages.alarms import confusion, screens
from groundstop.policy.stages.call import Call
from groundstop.policy.stages.gates import known, schema, scope, size
from groundstop.policy.stages.risks import refusals, risk, rules, settings
from groundstop.policy.stages.routing import confidence, demands, table
from groundstop.policy.walk import Walk

Stage = Callable[[Call, Walk], None]

STAGES: tuple[Stage, ...] = (
    size,
    known,
    schema,
    scope,
    risk,
    settings,
    refusals,
    rules,
    confidence,
    table,
    demands,
    confusion,
    screens,
)
"""Risk is settled before the table is read, and what is asked after it can only hold the call back further."""

__all__ = ["STAGES", "Call", "Stage"]
