"""Confusion: when an agent runs in circles, and what is done about it."""

from groundstop.policy.confusion.answers import ANSWERS, answer_to
from groundstop.policy.confusion.fleet import Astray, Fleet
from groundstop.policy.confusion.memory import EMPTY_MEMORY, Memory
from groundstop.policy.confusion.sequence import assess_sequence
from groundstop.policy.confusion.signals import CLEAR, Confusion, Kind, look
from groundstop.policy.confusion.step import Step
from groundstop.policy.confusion.summary import Summary, summarise
from groundstop.policy.confusion.turns import ignores_request

__all__ = [
    "ANSWERS",
    "CLEAR",
    "EMPTY_MEMORY",
    "Astray",
    "Confusion",
    "Fleet",
    "Kind",
    "Memory",
    "Step",
    "Summary",
    "answer_to",
    "assess_sequence",
    "ignores_request",
    "look",
    "summarise",
]
