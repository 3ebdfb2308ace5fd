"""Every command that services answer, declared once: its verb, who answers, who may ask, the request and the answer.

Permissions (groundstop.verbs), services, clients, AsyncAPI and the table of docs/reference/commands.md are made of
these. Pure.
"""

from groundstop.commands import cases, controls, grants, health, record, tasks, tools
from groundstop.commands.base import COMMANDS, Answer, Asked, Command, Handled, OnBehalf, PersonCommand, Problem

__all__ = [
    "COMMANDS",
    "Answer",
    "Asked",
    "Command",
    "Handled",
    "OnBehalf",
    "PersonCommand",
    "Problem",
    "cases",
    "controls",
    "grants",
    "health",
    "record",
    "tasks",
    "tools",
]
