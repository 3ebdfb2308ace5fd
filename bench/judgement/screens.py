"""Scores the screens beside a naive baseline: python -m bench.judgement.screens

*Left out*: the head that scores a source, a container, a style or a language was trained on no document of it; the
rules are the shipped ones. Said is the worst of each, not the mean. *As shipped*: the packaged heads, which have seen
the development data; an upper bound.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from groundstop.screening import screen
from groundstop.screening.findings import FLAG_AT, PROMPT_INJECTION, Source
from groundstop.screening.injection import BARS, find_injection, views_of
from groundstop.screening.judged import Orders, sigmoid

from bench.judgement import train_orders as training
from bench.judgement.data import rows
from bench.judgement.injection_own_turns import own_turns
from bench.judgement.naive_regexes import naive_flags
from bench.judgement.number_cases import KINDS, numbers
from bench.judgement.orders_material import Document, documents
from bench.judgement.orders_words import MANUAL
from bench.judgement.secret_cases import HARMLESS, secrets, weak
from bench.judgement.trigger_words import TRIGGER_SENTENCES

Row = Mapping[str, object]
FILES: tuple[tuple[str, Source], ...] = (
    ("inj_tool_output", "tool_output"),
    ("inj_tool_description", "tool_description"),
    ("inj_prompt", "user_turn"),
)
SECRET_SEEDS = "abcdefgh"
NUMBERS_EACH = 200
MADE = 1_500  # documents of each label that folds are cut from
CUTS = ("style", "goal", "container", "language")


def flags(text: str, source: Source, orders: Orders | None = None) -> bool:
    """Rules and the given head, on a text of one window."""
    found = find_injection(text, source, tuple(views_of(text)), None, orders)
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
    """The packaged heads and the naive expressions on each file."""
    result: list[str] = []
    for name, source in FILES:
        data = list(rows(name))
        result += lines(f"{name}: as shipped", ((r["source"], r["label"], flags(r["text"], source)) for r in data))
        result += lines(f"{name}: 20 regexes", ((r["source"], r["label"], naive_flags(r["text"])) for r in data))
    return result


def _orders(found: Sequence[training.Row]) -> Orders:
    return Orders(*training.fit(found))


def left_out() -> list[str]:
    """Real sources left out, one after the other."""
    rng = np.random.default_rng(training.SEED)
    made = [*documents(MADE, rng, 1), *documents(MADE, rng, 0)]
    kept = [*made, *training.real_documents(), *training.readmes(0), *training.sources(0)]
    prepared = training.rows_of(kept)
    result = []
    for name, source in FILES[:2]:
        found = []
        for left in sorted({str(r["source"]) for r in rows(name)}):
            orders = _orders([row for row in prepared if kept[row.document].source != left])
            found += [(left, r["label"], flags(r["text"], source, orders)) for r in rows(name) if r["source"] == left]
        result += lines(f"{name}: source left out", found)
    return result + _made_left_out(made, [row for row in prepared if row.document < len(made)])


def _made_left_out(made: Sequence[Document], prepared: Sequence[training.Row]) -> list[str]:
    """Made documents with every style, goal, container and language left out in turn; the worst of each cut."""
    result = ["\nmade documents, left out by one property (head alone): worst first"]
    bar = BARS["tool_output"]
    for cut in CUTS:
        shares = []
        for value in sorted({getattr(one, cut) for one in made if one.label} - {"any"}):
            head = training.fit([row for row in prepared if getattr(made[row.document], cut) != value])
            held = [row for row in prepared if getattr(made[row.document], cut) == value]
            worst = training.worst_of(head, held)
            attacks = [n for n, one in enumerate(made) if one.label and getattr(one, cut) == value]
            caught = sum(sigmoid(worst.get(n, -30.0)) >= bar for n in attacks)
            shares.append((caught / len(attacks), f"{value} {caught / len(attacks):.0%}"))
        mean = statistics.mean(share for share, _ in shares)
        result.append(f"  {cut} (mean {mean:.0%}): " + ", ".join(text for _, text in sorted(shares)))
    return result


def imperatives() -> list[str]:
    """Harmless texts that order: the descriptions of packages kept apart, made documents, short sentences."""
    rng = np.random.default_rng(training.SEED + 1)
    found = [("package descriptions", 0, flags(one.text, "tool_output")) for one in training.readmes(1)]
    found += [("package sources", 0, flags(one.text, "tool_output")) for one in training.sources(1)]
    found += [("made documents", 0, flags(one.text, "tool_output")) for one in documents(600, rng, 0)]
    found += [(f"sentence: {kind}", 0, flags(text, "tool_output")) for kind in MANUAL for text in MANUAL[kind]]
    found += [("trigger words as outputs", 0, flags(text, "tool_output")) for text in TRIGGER_SENTENCES]
    found += [("trigger words as turns", 0, flags(text, "user_turn")) for text in TRIGGER_SENTENCES]
    harmless = [text for _, text, label in own_turns(rng) if not label]
    found += [("look-alikes as turns", 0, flags(text, "user_turn")) for text in harmless[:: len(harmless) // 300]]
    return lines("harmless imperatives (made sentences and documents are of the kind that was trained on)", found)


def positions() -> list[str]:
    """The same attacks at several places of texts of 10, 60 and 500 KB."""
    rng = np.random.default_rng(training.SEED + 2)
    attacks = [one.text[one.span[0] : one.span[1]] for one in documents(60, rng, 1) if one.language == "en"]
    filler = "The meeting about the new office was moved to the large room on the second floor. "
    result = ["\nrecall by size of the text and place in it"]
    for size in (10_000, 60_000, 500_000):
        body = filler * (size // len(filler))
        shares = []
        for part in (0.0, 0.43, 0.97):
            at = len(filler) * int(part * len(body) / len(filler))
            hits = sum(
                _seen(f"{body[:at]}\n{attack}\n{body[at:]}") for attack in attacks[: 30 if size < 100_000 else 8]
            )
            shares.append(f"{part:.0%}: {hits}")
        result.append(f"  {size // 1000:4d} KB  " + "  ".join(shares))
    return result


def _seen(text: str) -> bool:
    return screen(text, "tool_output").flagged(PROMPT_INJECTION)


def personal() -> list[str]:
    """PII by kind, and in all; then numbers that are nobody's."""
    found = [(r["kind"], r["label"], screen(r["text"], "argument").flagged("pii")) for r in rows("pii")]
    result = lines("pii (Presidio recogniser cases; spacy, stanza, transformers, pattern: names, not sought)", found)
    rng = np.random.default_rng(training.SEED)
    alarms = Counter(kind for kind, text in numbers(NUMBERS_EACH, rng) if screen(text, "tool_output").flagged("pii"))
    total = NUMBERS_EACH * len(KINDS)
    return [
        *result,
        "",
        f"numbers that are nobody's: {alarms.total()}/{total} {alarms.total() / total:.2%} {dict(alarms)}",
    ]


def secret() -> list[str]:
    """Synthetic secrets by name (eight of each), poor ones, and harmless look-alikes."""
    cases = [(name, text) for seed in SECRET_SEEDS for name, text in secrets(seed).items()]
    result = ["\nsecrets (synthetic; written here)"]
    for title, kind in (("by shape", cases), ("poor or odd", list(weak().items()))):
        missed = Counter(name for name, text in kind if not screen(text, "argument").flagged("secret"))
        result.append(f"  {title}: found {len(kind) - missed.total()} of {len(kind)}; missed {dict(missed)}")
    alarms = [name for name, text in HARMLESS.items() if screen(text, "argument").flagged("secret")]
    return [*result, f"  false alarms {len(alarms)} of {len(HARMLESS)}: {alarms}"]


def timing() -> list[str]:
    """All three screens on benign outputs, processor time of texts not met before."""
    texts = [str(r["text"]) for r in rows("inj_tool_output") if not r["label"]]
    rng = np.random.default_rng(training.SEED)
    result = ["\nprocessor time of one screen (injection, secrets and PII)"]
    for size, times in ((200, 60), (2_000, 60), (20_000, 30), (200_000, 5)):
        spent = sorted(_spent_ms(_of_size(texts, size, rng)) for _ in range(times))
        result.append(f"  {size:7d} characters  p50 {statistics.median(spent):7.2f} ms   fastest {spent[0]:7.2f} ms")
    return result


def _of_size(texts: Sequence[str], size: int, rng: np.random.Generator) -> str:
    joined = ""
    while len(joined) < size:
        joined += texts[int(rng.integers(len(texts)))] + "\n\n"
    return joined[:size]


def _spent_ms(text: str) -> float:
    begun = time.process_time()
    screen(text, "tool_output")
    return (time.process_time() - begun) * 1e3


PARTS: tuple[Callable[[], list[str]], ...] = (
    left_out, imperatives, positions, shipped, secret, personal, timing,
)  # fmt: skip


def main() -> None:
    for part in PARTS:
        print("\n".join(part()), flush=True)


if __name__ == "__main__":
    main()
