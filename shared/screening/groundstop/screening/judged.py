"""The head that judges sentences of documents: features and weights by name, so that a score can be taken apart.

Trained by bench/judgement/train_orders.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp

from groundstop.screening.orders import candidates, densities, features, telling
from groundstop.screening.sentences import Sentence, sentences

ORDERS_FILE = "orders.json"
EVIDENCE_MAX = 4
SCORED_MAX = 160  # candidate sentences of one window that are weighed; those that speak of more ideas first


@dataclass(frozen=True, slots=True)
class Orders:
    """Weight of each feature, and the bias."""

    weights: dict[str, float]
    bias: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A span of the text, how likely it is an order to its reader (0..1), and what speaks for that most."""

    start: int
    end: int
    probability: float
    evidence: tuple[str, ...] = ()


@cache
def load_orders() -> Orders:
    """The packaged head, read once. Raises FileNotFoundError when the package is incomplete."""
    raw = resources.files("groundstop.screening").joinpath("data", ORDERS_FILE).read_text(encoding="utf-8")
    parsed = json.loads(raw)
    return Orders(dict(parsed["weights"]), float(parsed["bias"]))


def score_orders(head: Orders, text: str, parts: list[Sentence] | None = None) -> list[Scored]:
    """Every sentence of a folded text that could be an order, with its probability of being one."""
    parts = sentences(text) if parts is None else parts
    chosen = candidates(parts)
    if not chosen:
        return []
    if len(chosen) > SCORED_MAX:
        chosen = sorted(sorted(chosen, key=lambda at: -telling(parts[at].mask))[:SCORED_MAX])
    dense = densities(parts)
    return [_scored(head, text, parts, at, dense[at]) for at in chosen]


def _scored(head: Orders, text: str, parts: list[Sentence], at: int, density: int) -> Scored:
    known = [(head.weights[name], name) for name in features(text, parts, at, density) if name in head.weights]
    total = head.bias + sum(weight for weight, _ in known)
    part = parts[at]
    return Scored(
        part.start, part.end, sigmoid(total), tuple(name for _, name in sorted(known)[: -EVIDENCE_MAX - 1 : -1])
    )


def sigmoid(value: float) -> float:
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, value))))
