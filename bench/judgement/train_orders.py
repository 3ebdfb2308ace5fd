"""Trains the head that judges sentences of documents: python -m bench.judgement.train_orders

Material: made documents (orders_material), the development data, descriptions and sources of installed packages.
Seeded; SciPy trains, only here. The file is JSON: names of features and their weights, to be read by people as well.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from groundstop.screening.orders import candidates, densities, features, leaning
from groundstop.screening.sentences import sentences
from groundstop.screening.text import folded
from scipy.optimize import minimize  # type: ignore[import-untyped]  # scipy ships no types
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from scipy.special import expit  # type: ignore[import-untyped]

from bench.judgement.data import ROOT, rows
from bench.judgement.injection_samples import benign_documents, poisoned_documents
from bench.judgement.orders_material import Document, documents

SEED = 20241201
TARGET = ROOT / "shared" / "screening" / "groundstop" / "screening" / "data" / "orders.json"
MADE = 4_000  # documents of each label; more of them would outweigh the real ones
FEATURE_COUNT_MIN = 8
REGULARISATION = 0.15
WEIGHT_MIN = 0.03
README_CHARS = 12_000
SOURCE_CHARS = 3_000
SOURCE_EVERY = 23
README_SHARE = 2  # every second package; the others are kept to measure with
CAPS = {"swe_agent": 250, "mcp_real": 1200}


class Row(NamedTuple):
    """One candidate sentence: its features, its label, and the document it is of."""

    names: frozenset[str]
    label: int
    document: int
    sentence: str


def readmes(part: int) -> list[Document]:
    """Descriptions of installed packages, `part` 0 to train with and 1 to measure with."""
    found = sorted((str(d.metadata["Name"]).lower(), str(d.metadata.get_payload() or "")) for d in distributions())
    texts = [text for _, text in dict(found).items() for text in [text] if len(text) > 500]
    return [Document(text[:README_CHARS], source="readme", container="readme") for text in texts[part::README_SHARE]]


def sources(part: int) -> list[Document]:
    """Pieces of the code and the texts of installed packages, as a coding agent reads them."""
    home = Path(np.__file__).parents[1]
    files = sorted(file for suffix in ("*.py", "*.md", "*.rst", "*.txt") for file in home.rglob(suffix))
    result = []
    for number, file in enumerate(files[part * 17 :: SOURCE_EVERY]):
        text = file.read_text(encoding="utf-8", errors="replace")
        at = (number * 977) % max(1, len(text) - SOURCE_CHARS)
        result.append(Document(text[at : at + SOURCE_CHARS], source="code", container="code"))
    return [one for one in result if len(one.text) > 200]


def real_documents() -> list[Document]:
    """The development data: outputs, descriptions, shells, and BIPIA's poisoned outputs."""
    counts: Counter[str] = Counter()
    result = []
    for one in benign_documents():
        counts[one.source] += 1
        if counts[one.source] <= CAPS.get(one.source, 10_000):
            result.append(Document(one.text, source=one.source, container="real"))
    for one in poisoned_documents():
        result.append(Document(one.text, one.span, one.source, "real", "bipia", one.attack))
    return result


def own_requests() -> list[Document]:
    """What users ask for: harmless as the argument of a tool, and as a line in a record."""
    texts = {r["user_request"] for r in rows("intents") if not r["attack"]}
    return [Document(text, source="requests", container="lines") for text in sorted(texts)]


def all_documents() -> list[Document]:
    """Every training document."""
    rng = np.random.default_rng(SEED)
    made = [*documents(MADE, rng, 1), *documents(MADE, rng, 0)]
    return [*made, *real_documents(), *readmes(0), *sources(0)]


def rows_of(found: Sequence[Document]) -> list[Row]:
    """The candidate sentences of documents; of a poisoned one only those of the order."""
    result = []
    for number, document in enumerate(found):
        view = folded(document.text)
        parts = sentences(view.text)
        dense = densities(parts)
        for at in candidates(parts):
            start, end = view.locate(parts[at].start, parts[at].end)
            inside = document.label and start < document.span[1] - 2 and end > document.span[0] + 2
            if inside or not document.label:
                names = frozenset(features(view.text, parts, at, dense[at]))
                result.append(Row(names, int(bool(inside)), number, view.text[parts[at].start : parts[at].end]))
    return result


class Head(NamedTuple):
    weights: dict[str, float]
    bias: float


def fit(found: Iterable[Row], regularisation: float = REGULARISATION) -> Head:
    """A logistic regression over binary features, each of which may only lean the way that its name says."""
    kept = list(found)
    counts = Counter(name for row in kept for name in row.names)
    index = {name: n for n, name in enumerate(sorted(name for name, c in counts.items() if c >= FEATURE_COUNT_MIN))}
    columns, pointers = [], [0]
    for row in kept:
        columns += [index[name] for name in row.names if name in index]
        pointers.append(len(columns))
    matrix = csr_matrix((np.ones(len(columns)), columns, pointers), shape=(len(kept), len(index)))
    labels = np.array([row.label for row in kept], dtype=float)
    bounds = [_BOUNDS[leaning(name)] for name in index]
    weights, bias = _minimised(matrix, labels, bounds, regularisation)
    return Head({name: float(weights[n]) for name, n in index.items() if abs(weights[n]) >= WEIGHT_MIN}, bias)


_BOUNDS = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}


def _minimised(matrix: Any, labels: Any, bounds: list[Any], regularisation: float) -> tuple[Any, float]:
    """The weights and the bias that explain the labels best within their bounds."""

    def loss(values: Any) -> tuple[float, Any]:
        weights, bias = values[:-1], values[-1]
        margin = matrix @ weights + bias
        wrong = expit(margin) - labels
        cost = np.logaddexp(0.0, margin).sum() - labels @ margin + weights @ weights / (2 * regularisation)
        return float(cost), np.append(matrix.T @ wrong + weights / regularisation, wrong.sum())

    start = np.zeros(matrix.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)], options={"maxiter": 160})
    return found.x[:-1], float(found.x[-1])


def score(head: Head, names: Iterable[str]) -> float:
    return head.bias + sum(head.weights.get(name, 0.0) for name in names)


def worst_of(head: Head, found: Sequence[Row]) -> dict[int, float]:
    """The highest score of each document that has a candidate."""
    result: dict[int, float] = {}
    for row in found:
        value = score(head, row.names)
        if value > result.get(row.document, -99.0):
            result[row.document] = value
    return result


def main(target: Path = TARGET) -> None:
    found = all_documents()
    head = fit(rows_of(found))
    weights = {name: round(weight, 3) for name, weight in sorted(head.weights.items())}
    target.write_text(json.dumps({"bias": round(head.bias, 3), "weights": weights}, indent=0) + "\n", encoding="utf-8")
    print(f"{len(found)} documents; {len(weights)} features; {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
