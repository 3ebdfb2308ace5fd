"""Trains the injection model and writes it into the package: python -m bench.judgement.train_injection

Material: the development data (MIT and Apache-2.0) and sentences written here. Seeded; scikit-learn trains, only here.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from groundstop.screening.features import turn_features
from groundstop.screening.model import Model, normaliser
from groundstop.screening.text import folded
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # scipy ships no types
from sklearn.linear_model import LogisticRegression

from bench.judgement import injection_samples as material
from bench.judgement.data import ROOT, rows
from bench.judgement.injection_material import ATTACKS, HARMLESS, REQUESTS, sentences
from bench.judgement.injection_own_turns import own_turns

SEED = 20240611
TARGET = ROOT / "shared" / "screening" / "groundstop" / "screening" / "data" / "injection.npz"
FEATURE_COUNT_MIN = 3
REGULARISATION = 1.0
TURN_REGULARISATION = 20.0
PASTED = 600  # honest documents that stand for what users paste
PASTED_CHARS = 4_000
POSITIVE_WEIGHT = 1.0
WEIGHT_MIN = 0.02  # smaller weights are dropped from the file
# Bars on the probability, chosen on out-of-fold benign texts (bench.judgement.screens prints what each costs).
BARS = {"tool_output": 0.8, "argument": 0.95, "tool_description": 0.97, "user_turn": 0.75, "agent_turn": 0.9}


_OWN_ANSWER = re.compile(
    r"\b(?:your|the) (?:\w+ )?(?:response|answer|reply|solution|code|implementation|algorithm|elucidation|prompt)\b"
    r"|ignore|instruction|password|prompt|\bDAN\b|rules|code (?:snippet|block|section|excerpt)",
    re.IGNORECASE,
)

# Techniques whose prompts are ordinary questions in another language, or noise: their words teach nothing.
_NO_ATTACK_IN_WORDS = (
    "different_user_input_language",
    "repeated_token_attack",
    "many_shot",
    "virtualization",
    "hypothetical",
)


@dataclass(frozen=True, slots=True)
class Head:
    """Weights by feature name and a bias."""

    weights: dict[str, float]
    bias: float


def fit(names: Sequence[Sequence[str]], scales: Sequence[float], labels: Sequence[int], regularisation: float) -> Head:
    """A logistic regression over binary features, each row scaled."""
    counts = Counter(name for row in names for name in row)
    index = {name: n for n, name in enumerate(sorted(name for name, c in counts.items() if c >= FEATURE_COUNT_MIN))}
    columns, pointers, values = [], [0], []
    for row, scale in zip(names, scales, strict=True):
        known = [index[name] for name in row if name in index]
        columns += known
        values += [scale] * len(known)
        pointers.append(len(columns))
    matrix = csr_matrix((values, columns, pointers), shape=(len(names), len(index)))
    weights = np.where(np.asarray(labels) == 1, POSITIVE_WEIGHT, 1.0)
    model = LogisticRegression(C=regularisation, solver="liblinear", random_state=SEED, max_iter=200)
    model.fit(matrix, labels, sample_weight=weights)
    coefficients = model.coef_[0]
    kept = {name: float(coefficients[n]) for name, n in index.items() if abs(coefficients[n]) >= WEIGHT_MIN}
    return Head(kept, float(model.intercept_[0]))


def fit_document(samples: Sequence[material.Sample]) -> Head:
    return fit(
        [s.names for s in samples], [normaliser(s.words) for s in samples], [s.label for s in samples], REGULARISATION
    )


def turn_rows() -> list[tuple[str, str, int]]:
    """(source, text, label) of user turns: attacks on the assistant, and requests that only sound alike.

    Questions and chores that BIPIA hides in documents are no attacks when a user says them: they are left out.
    """
    prompts = [
        r
        for r in rows("inj_prompt")
        if r["source"] != "bipia_attacks" and not r["kind"].startswith(_NO_ATTACK_IN_WORDS)
    ]
    found = [(r["source"], r["text"], r["label"]) for r in prompts if r["label"] == 0 or not _chore(r["text"])]
    found += [
        ("bipia_attacks", r["text"], 1)
        for r in rows("inj_prompt")
        if r["source"] == "bipia_attacks" and not _chore(r["text"])
    ]
    requests = {r["user_request"]: None for r in rows("intents") if not r["attack"]}
    found += [("intents", text, 0) for text in requests]
    rng = np.random.default_rng(SEED)
    for kind, text in sentences(ATTACKS, 12, rng):
        if kind in ("override", "code"):
            found.append(("own_attack", text, 1))
        elif kind in ("question", "act", "language"):
            found.append(("own", text, 0))
    found += [("own", text, 0) for _, text in sentences({"request": REQUESTS}, 60, rng)]
    found += [("own", text, 0) for _, text in sentences(HARMLESS, 4, rng)]
    found += [("own", text, label) for _, text, label in own_turns(rng)]
    return found + _pasted(rng)


def _chore(text: str) -> bool:
    """A request that speaks neither of the assistant's own answer nor of code to slip in."""
    return not _OWN_ANSWER.search(text)


def _pasted(rng: np.random.Generator) -> list[tuple[str, str, int]]:
    """Honest documents as users paste them."""
    documents = [d for d in material.benign_documents() if d.source != "swe_agent"]
    chosen = rng.choice(len(documents), size=PASTED, replace=False)
    return [(documents[int(at)].source, documents[int(at)].text[:PASTED_CHARS], 0) for at in chosen]


def fit_turn(turns: Sequence[tuple[str, str, int]]) -> Head:
    """The head that judges whole turns; its weights are those of the features of the folded text."""
    names = [sorted(_features_of(text)) for _, text, _ in turns]
    return fit(
        names, [1.0 / max(1.0, len(row) ** 0.5) for row in names], [label for *_, label in turns], TURN_REGULARISATION
    )


@cache
def _features_of(text: str) -> frozenset[str]:
    return frozenset(turn_features(folded(text).text))


def all_documents() -> list[material.Document]:
    """Every training document, tagged; folds leave out by source or by attack."""
    rng = np.random.default_rng(SEED)
    own = material.own_documents(rng)
    benign = material.benign_documents()
    outputs = [d for d in benign if d.source in ("bipia", "llmail_fp", "taubench_runs")]
    attacks = material.own_attacks(rng)
    bipia = material.bipia_attacks()
    placed = list(material.inserted(outputs + own, attacks + attacks, rng))
    placed += material.inserted([d for d in outputs if d.source != "bipia"] + own, bipia * 8, rng)
    return benign + own + placed + material.poisoned_documents()


def model_of(document: Head, turn: Head) -> Model:
    return Model(document.weights, turn.weights, {"document": document.bias, "turn": turn.bias}, dict(BARS))


def to_bytes(document: Head, turn: Head) -> bytes:
    """The npz file: vocabulary as text, half floats, no pickles."""
    names = sorted({*document.weights, *turn.weights})
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        vocabulary=np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
        document=np.array([document.weights.get(n, 0.0) for n in names], dtype=np.float16),
        turn=np.array([turn.weights.get(n, 0.0) for n in names], dtype=np.float16),
        bias=np.array([document.bias, turn.bias], dtype=np.float32),
        bar_names=np.frombuffer("\n".join(BARS).encode(), dtype=np.uint8),
        bars=np.array(list(BARS.values()), dtype=np.float32),
    )
    return buffer.getvalue()


def main(target: Path = TARGET) -> None:
    samples = list(material.samples(all_documents()))
    document = fit_document(samples)
    turn = fit_turn(turn_rows())
    target.write_bytes(to_bytes(document, turn))
    positive = sum(s.label for s in samples)
    print(
        f"{len(samples)} sentences, {positive} attacks; {len(document.weights)} + {len(turn.weights)} features; "
        f"{target.stat().st_size} bytes"
    )


if __name__ == "__main__":
    main()
