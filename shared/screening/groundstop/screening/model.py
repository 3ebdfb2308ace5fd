"""The small trained model: logistic regressions over named sentence features, read from one packaged file.

Trained by bench/judgement/train_injection.py. Weights are half floats; the vocabulary is text, so that what a score is
made of can be read.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp, sqrt

from groundstop.screening.features import Segment, segments, sentence_features, turn_features

MODEL_FILE = "injection.npz"
HEADS = ("document", "turn")


@dataclass(frozen=True, slots=True)
class Model:
    """Weight of each feature and bias for each head, and the bar of each source kind (on the probability)."""

    document: dict[str, float]
    turn: dict[str, float]
    bias: dict[str, float]
    bars: dict[str, float]


@dataclass(frozen=True, slots=True)
class Scored:
    """A span of the text and how likely it is an order to the assistant, 0..1."""

    start: int
    end: int
    probability: float


@cache
def load_model() -> Model:
    """The packaged model, read once. Raises FileNotFoundError when the package is incomplete."""
    raw = resources.files("groundstop.screening").joinpath("data", MODEL_FILE).read_bytes()
    return parse_model(raw)


def parse_model(raw: bytes) -> Model:
    """A model from the bytes of its npz file (no pickles are read)."""
    import numpy as np  # only who screens needs it: the console and approval do not

    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        names = bytes(file["vocabulary"]).decode("utf-8").split("\n")
        weights = {head: file[head].astype(float).tolist() for head in HEADS}
        bias = dict(zip(HEADS, file["bias"].astype(float).tolist(), strict=True))
        bar_names = bytes(file["bar_names"]).decode("utf-8").split("\n")
        bars = dict(zip(bar_names, file["bars"].astype(float).tolist(), strict=True))
    tables = {head: {n: w for n, w in zip(names, weights[head], strict=True) if w} for head in HEADS}
    return Model(tables["document"], tables["turn"], bias, bars)


def score_sentences(model: Model, text: str, parts: list[Segment] | None = None) -> list[Scored]:
    """Every sentence of a document with its probability of being an order to the reading assistant."""
    parts = segments(text) if parts is None else parts
    table, bias = model.document, model.bias["document"]
    lists = sentence_features(text, parts)
    return [
        Scored(part.start, part.end, _sigmoid(bias + _sum(table, set(names)) * normaliser(len(part.words))))
        for part, names in zip(parts, lists, strict=True)
    ]


def score_turn(model: Model, text: str) -> float:
    """Probability that a whole user or agent turn is an attack."""
    names = turn_features(text)
    return _sigmoid(model.bias["turn"] + _sum(model.turn, names) / max(1.0, len(names) ** 0.5))


def normaliser(words: int) -> float:
    """Long sentences have more features; without this they would score high for their length."""
    return sqrt(8.0 / (words + 4.0))


def _sum(table: dict[str, float], names: set[str]) -> float:
    known: list[float] = list(filter(None, map(table.get, names)))
    return sum(known)


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, value))))
