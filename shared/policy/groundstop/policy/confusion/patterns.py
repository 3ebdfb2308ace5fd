"""Repetition in a list of steps: runs, rounds, returns and restatements."""

from itertools import pairwise

from groundstop.policy.confusion.memory import NOTHING
from groundstop.policy.confusion.step import Step

Steps = tuple[Step, ...]

RESTATED_SHARE = 0.6
"""Two requests are the same in other words when the shorter shares this much with the longer."""


def run(steps: Steps) -> int:
    """How many identical calls stand at the end."""
    length = 0
    for step in reversed(steps):
        if step.call != steps[-1].call:
            break
        length += 1
    return length


def idle_since(steps: Steps, places: list[int], wanted: int) -> int:
    """How many of the newest calls at ``places`` had one result, with no other step bringing anything new between."""
    if len(places) < wanted:
        return 0
    results = {steps[place].result for place in places if steps[place].result}
    if len(results) > 1:
        return 0
    news = [place for place in _news(steps) if place not in places]
    return sum(place > max(news, default=-1) for place in places)


def _news(steps: Steps) -> list[int]:
    """The places of steps whose result says something, is no error and was not seen before."""
    seen: set[str] = set(NOTHING)
    places = []
    for place, step in enumerate(steps):
        if step.result and not step.error and step.result not in seen:
            places.append(place)
        seen.add(step.result)
    return places


def rounds(steps: Steps, length: int) -> int:
    """How many times the last ``length`` calls stand at the end; 0 when they are all one call."""
    calls = [step.call for step in steps]
    pattern = calls[-length:]
    if len(calls) < 2 * length or len(set(pattern)) < 2:
        return 0
    times = 1
    while calls[-length * (times + 1) : -length * times] == pattern:
        times += 1
    return times


def returns(steps: list[Step]) -> int:
    """How many times a value came back that another one had replaced."""
    given_up: set[str] = set()
    count = 0
    for before, after in pairwise(steps):
        if before.call != after.call:
            given_up.add(before.call)
            count += after.call in given_up
    return count


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two requests in prose ask for the same."""
    return bool(one and other) and len(one & other) >= RESTATED_SHARE * min(len(one), len(other))
