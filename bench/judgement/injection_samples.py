"""Training samples for the injection model: sentences with their documents around them, labelled, tagged by origin."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from groundstop.screening.features import segments, sentence_features

from bench.judgement.data import rows
from bench.judgement.injection_material import ATTACKS, HARMLESS, sentences

ATTACKS_PER_GROUP = 5  # the BIPIA attacks come in order, five of a kind
OWN_PER_TEMPLATE = 30
HARMLESS_PER_TEMPLATE = 40
SHELL_CHARS = 3_000


@dataclass(frozen=True, slots=True)
class Document:
    """A text, where it came from, and the injected span if any (`attack` names its kind, as bipia:7 or own:act)."""

    source: str
    text: str
    attack: str = ""
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sentence: feature names, number of words, label, and the tags that folds are cut by."""

    names: tuple[str, ...]
    words: int
    label: int
    source: str
    attack: str


def bipia_attacks() -> list[tuple[str, str]]:
    """(group, text) of the BIPIA attacks of the development data; the order of the file gives the groups."""
    texts = [(row["kind"], row["text"]) for row in rows("inj_prompt") if row["source"] == "bipia_attacks"]
    counts = {"text": 0, "code": 0}
    result = []
    for kind, text in texts:
        result.append((f"bipia:{kind}{counts[kind] // ATTACKS_PER_GROUP}", text))
        counts[kind] += 1
    return result


def benign_documents() -> list[Document]:
    """Tool outputs without and descriptions with nothing hidden in them."""
    outputs = [Document(r["source"], r["text"]) for r in rows("inj_tool_output") if r["label"] == 0]
    described = [Document(r["source"], r["text"]) for r in rows("inj_tool_description")]
    shells = [step.get("result") for r in rows("loops") if r["source"] == "swe_agent_demos" for step in r["steps"]]
    return outputs + described + [Document("swe_agent", str(text)[:SHELL_CHARS]) for text in shells if text]


def poisoned_documents() -> list[Document]:
    """BIPIA's poisoned outputs, with the span of the attack located."""
    attacks = bipia_attacks()
    result = []
    for row in rows("inj_tool_output"):
        if row["label"]:
            hit = next(((g, row["text"].find(t.strip()), t) for g, t in attacks if t.strip() in row["text"]), None)
            if hit is not None:
                group, at, text = hit
                result.append(Document(row["source"], row["text"], group, (at, at + len(text.strip()))))
    return result


def own_documents(rng: np.random.Generator) -> list[Document]:
    """Documents made of harmless sentences, as prose, lines, JSON and bullet lists."""
    pool = [text for _, text in sentences(HARMLESS, HARMLESS_PER_TEMPLATE, rng)]
    rng.shuffle(pool)
    result = []
    for start in range(0, len(pool) - 6, 6):
        part = pool[start : start + 6]
        shape = int(rng.integers(4))
        lines = [
            "\n".join(part),
            " ".join(part),
            json.dumps([{"id": n, "text": t} for n, t in enumerate(part)]),
            "\n- ".join(part),
        ]
        result.append(Document("own", lines[shape]))
    return result


def inserted(contexts: list[Document], attacks: list[tuple[str, str]], rng: np.random.Generator) -> Iterator[Document]:
    """Each attack placed at the start, in the middle or at the end of a random context."""
    for group, text in attacks:
        context = contexts[int(rng.integers(len(contexts)))]
        cuts = [0, len(context.text), _line_end(context.text, rng)]
        cut = cuts[int(rng.integers(3))]
        gap = ["\n", "\n\n", " "][int(rng.integers(3))]
        before = context.text[:cut] + (gap if cut else "")
        yield Document(
            context.source, before + text + gap + context.text[cut:], group, (len(before), len(before) + len(text))
        )


def _line_end(text: str, rng: np.random.Generator) -> int:
    places = [i for i, c in enumerate(text) if c == "\n" or (c == " " and text[i - 1 : i] in ".,!")]
    return places[int(rng.integers(len(places)))] if places else len(text)


def samples(documents: Iterable[Document]) -> Iterator[Sample]:
    """Labelled sentences. Of a poisoned document only the injected ones: the rest is in its clean twin."""
    for document in documents:
        parts = segments(document.text)
        code = document.text.find("```", *document.span)
        end = code if code > document.span[0] else document.span[1]
        for part, names in zip(parts, sentence_features(document.text, parts), strict=True):
            inside = bool(document.attack) and part.start < end and part.end > document.span[0] + 3
            if inside or not document.attack:
                yield Sample(tuple(sorted(set(names))), len(part.words), int(inside), document.source, document.attack)


def own_attacks(rng: np.random.Generator) -> list[tuple[str, str]]:
    """(group, text) of the attacks written for training."""
    return [(f"own:{kind}", text) for kind, text in sentences(ATTACKS, OWN_PER_TEMPLATE, rng)]
