"""Confusion: when an agent runs in circles, and what is done about it."""

from groundstop.policy.confusion.answers import ANSWERS, answer_to
from groundstop.policy.confusion.memory import EMPTY_MEMORY, Memory
from groundstop.policy.confusion.sequence import assess_sequence
from groundstop.policy.confusion.signals import CLEAR, Confusion, Kind, look
from groundstop.policy.confusion.step import Step
from groundstop.policy.confusion.summary import Summary, summarise

__all__ = [
    "ANSWERS",
    "CLEAR",
    "EMPTY_MEMORY",
    "Confusion",
    "Kind",
    "Memory",
    "Step",
    "Summary",
    "answer_to",
    "assess_sequence",
    "look",
    "summarise",
]
