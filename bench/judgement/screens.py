"""Scores the screens on the development data by source, beside a naive baseline: python -m bench.judgement.screens

Two readings of the injection screen are printed. *Left out*: the model that scores a source was trained on no row of it
 (for BIPIA neither its contexts nor its attacks); the rules are the shipped ones, whose authors had seen BIPIA.
*As shipped*: the packaged model, which has seen the rows; an upper bound.
"""

from __future__ import annotations

import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from groundstop.screening import screen
from groundstop.screening.findings import FLAG_AT, PROMPT_INJECTION, Source
from groundstop.screening.injection import find_injection, views_of
from groundstop.screening.model import Model

from bench.judgement import injection_samples as material
from bench.judgement import train_injection as training
from bench.judgement.data import rows
from bench.judgement.injection_own_turns import own_turns
from bench.judgement.injection_turns import TURN_ATTACKS
from bench.judgement.naive_regexes import naive_flags
from bench.judgement.secret_cases import HARMLESS, secrets

Row = Mapping[str, object]
FILES: tuple[tuple[str, Source], ...] = (
    ("inj_tool_output", "tool_output"),
    ("inj_tool_description", "tool_description"),
    ("inj_prompt", "user_turn"),
)
ATTACK_FOLDS = 5
SECRET_SEEDS = "abcdefgh"
REPEATED_CHARS = 80  # of the letters of two texts that count as one
OWN_JUDGED = 100  # of each class


def flags(text: str, source: Source, model: Model | None = None) -> bool:
    """Rules and the given model, on a text short enough to be read whole."""
    found = find_injection(text, source, tuple(views_of(text)), model)
    return any(f.kind == PROMPT_INJECTION and f.confidence >= FLAG_AT[f.kind] for f in found)


def counts(found: Iterable[tuple[str, int, bool]]) -> dict[str, list[int]]:
    """(benign, flagged benign, attacks, flagged attacks) by source, from (source, label, flagged)."""
    table: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for source, label, flagged in found:
        table[source][2 * label] += 1
        table[source][2 * label + 1] += flagged
    return dict(table)


def lines(title: str, found: Iterable[tuple[str, int, bool]]) -> list[str]:
    """A table as text."""
    table = counts(found)
    table["all"] = [sum(row[i] for row in table.values()) for i in range(4)]
    result = [f"\n{title}", f"  {'source':24s} {'false alarms':>20s} {'recall':>20s}"]
    for source, (benign, alarms, attacks, hits) in sorted(table.items(), key=lambda item: (item[0] == "all", item[0])):
        left = f"{alarms}/{benign} {alarms / benign:6.2%}" if benign else "-"
        right = f"{hits}/{attacks} {hits / attacks:6.2%}" if attacks else "-"
        result.append(f"  {source:24s} {left:>20s} {right:>20s}")
    return result


def shipped() -> list[str]:
    """The packaged model and the naive expressions on each file."""
    result: list[str] = []
    for name, source in FILES:
        data = list(rows(name))
        result += lines(f"{name}: as shipped", ((r["source"], r["label"], flags(r["text"], source)) for r in data))
        result += lines(f"{name}: 20 regexes", ((r["source"], r["label"], naive_flags(r["text"])) for r in data))
    return result


NO_TURNS = training.Head({}, -30.0)


def fitted(
    keep: Callable[[material.Document], bool],
    prepared: list[tuple[material.Document, list[material.Sample]]],
    turn: training.Head = NO_TURNS,
) -> Model:
    """A model of the documents that `keep` allows, with the given head for turns."""
    head = training.fit_document([s for document, samples in prepared if keep(document) for s in samples])
    return training.model_of(head, turn)


def turn_without(source: str, turns: list[tuple[str, str, int]]) -> training.Head:
    """The head for turns without a source and what others repeat of it."""
    return training.fit_turn([t for t in turns if not t[0].startswith(source)])


def left_out() -> list[str]:
    """Tool outputs and descriptions by source left out, BIPIA's attacks also by kind left out."""
    prepared = [(d, list(material.samples([d]))) for d in training.all_documents()]
    turns = training.turn_rows()
    outputs, described = list(rows("inj_tool_output")), list(rows("inj_tool_description"))
    found, tools = [], []
    for source in sorted({r["source"] for r in outputs}):
        keep = lambda d, s=source: d.source != s and not d.attack.startswith(s)  # noqa: E731 - one rule, used once
        model = fitted(keep, prepared, turn_without(source, turns))
        found += [
            (source, r["label"], flags(r["text"], "tool_output", model)) for r in outputs if r["source"] == source
        ]
    for source in sorted({r["source"] for r in described}):
        keep = lambda d, s=source: d.source != s  # noqa: E731 - one rule, used once
        model = fitted(keep, prepared, turn_without(source, turns))
        tools += [(source, 0, flags(r["text"], "tool_description", model)) for r in described if r["source"] == source]
    result = lines("inj_tool_output: source left out (rules and model)", found)
    result += lines("inj_tool_description: source left out (rules and model)", tools)
    return result + _by_attack_kind(prepared)


def _by_attack_kind(prepared: list[tuple[material.Document, list[material.Sample]]]) -> list[str]:
    poisoned = material.poisoned_documents()
    kinds = sorted({d.attack for d in poisoned})
    caught: Counter[str] = Counter()
    total = Counter(d.attack for d in poisoned)
    for fold in range(ATTACK_FOLDS):
        held_out = set(kinds[fold::ATTACK_FOLDS])
        model = fitted(lambda d, h=held_out: d.attack not in h, prepared)  # type: ignore[misc]
        caught.update(d.attack for d in poisoned if d.attack in held_out and _model_alone(d.text, model))
    shown = ", ".join(f"{k.removeprefix('bipia:')} {caught[k] / total[k]:.0%}" for k in kinds)
    return [f"\nBIPIA by kind of attack left out (model alone): {caught.total()}/{total.total()}", f"  {shown}"]


def _model_alone(text: str, model: Model) -> bool:
    found = find_injection(text, "tool_output", tuple(views_of(text)), model)
    return any(f.rule.startswith("model.") and f.confidence >= FLAG_AT[f.kind] for f in found)


def turns_left_out() -> list[str]:
    """User turns with the source left out of the turn model, and what other sources repeat of it."""
    turns = training.turn_rows()
    found: dict[Source, list[tuple[str, int, bool]]] = {"user_turn": [], "argument": [], "tool_output": []}
    for source in sorted({r["source"] for r in rows("inj_prompt")}):
        judged = [r for r in rows("inj_prompt") if r["source"] == source]
        repeated = {_letters(r["text"]) for r in judged}
        kept = [t for t in turns if t[0] != source and _letters(t[1]) not in repeated]
        model = training.model_of(training.Head({}, -30.0), training.fit_turn(kept))
        for kind, table in found.items():
            table += [(source, r["label"], flags(r["text"], kind, model)) for r in judged]
    titles = {kind: f"inj_prompt as {kind}: source left out (rules and the model of turns)" for kind in found}
    return [line for kind, table in found.items() for line in lines(titles[kind], table)] + _own_by_class(turns)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())[:REPEATED_CHARS]


def _own_by_class(turns: list[tuple[str, str, int]]) -> list[str]:
    """Attacks written for training, by class, judged by a model that saw no template of the class."""
    rng = np.random.default_rng(training.SEED)
    own = [row for row in own_turns(rng) if row[2]]
    shown = []
    for kind in TURN_ATTACKS:
        held_out = {text for name, text, _ in own if name == kind}
        model = training.model_of(
            training.Head({}, -30.0), training.fit_turn([t for t in turns if t[1] not in held_out])
        )
        judged = sorted(held_out)[:: max(1, len(held_out) // OWN_JUDGED)]
        shown.append(f"{kind} {sum(flags(text, 'user_turn', model) for text in judged) / len(judged):.0%}")
    return ["\nattacks written here, class left out (rules and model)", "  " + ", ".join(shown)]


def personal() -> list[str]:
    """PII by kind, and in all."""
    found = [(r["kind"], r["label"], screen(r["text"], "argument").flagged("pii")) for r in rows("pii")]
    return lines(
        "pii (Presidio recogniser cases; spacy, stanza, transformers, pattern: names, which are not sought)", found
    )


def secret() -> list[str]:
    """Synthetic secrets by name (eight of each) and harmless look-alikes."""
    cases = [
        (name, screen(text, "argument").flagged("secret"))
        for seed in SECRET_SEEDS
        for name, text in secrets(seed).items()
    ]
    missed = Counter(name for name, hit in cases if not hit)
    alarms = [name for name, text in HARMLESS.items() if screen(text, "argument").flagged("secret")]
    return [
        "\nsecrets (synthetic)",
        f"  found {sum(hit for _, hit in cases)} of {len(cases)}; missed {dict(missed)}",
        f"  false alarms {len(alarms)} of {len(HARMLESS)}: {alarms}",
    ]


def timing() -> list[str]:
    """All three screens on about 2 KB of benign material of each kind, processor time."""
    result = ["\nprocessor time of one screen (injection, secrets and PII), 2 KB"]
    for prefix in ("bipia-table", "bipia-email", "bipia-code", "taubench", "llmail"):
        text = " ".join(r["text"] for r in rows("inj_tool_output") if r["id"].startswith(prefix) and not r["label"])[
            :2048
        ]
        screen(text, "tool_output")
        spent = sorted(_spent_ms(text) for _ in range(100))
        result.append(f"  {prefix:14s} p50 {statistics.median(spent):5.2f} ms   fastest {spent[0]:5.2f} ms")
    return result


def _spent_ms(text: str) -> float:
    begun = time.process_time()
    screen(text, "tool_output")
    return (time.process_time() - begun) * 1e3


def main() -> None:
    for part in (left_out, turns_left_out, shipped, secret, personal, timing):
        print("\n".join(part()))


if __name__ == "__main__":
    main()
