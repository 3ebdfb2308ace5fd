"""Seeded draws of user turns, attacks and look-alikes, from the templates written for training."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from bench.judgement.injection_languages import LANGUAGES
from bench.judgement.injection_lookalikes import LOOKALIKE_SLOTS, LOOKALIKES
from bench.judgement.injection_material import SLOTS
from bench.judgement.injection_turns import TURN_ATTACKS, TURN_SLOTS

PER_ATTACK_TEMPLATE = 40
PER_LOOKALIKE_TEMPLATE = 60
LONG_TURNS = 300  # of each label, several sentences of one class after another
ATTACK = 1
HARMLESS = 0
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_ALL_SLOTS = SLOTS | TURN_SLOTS | LOOKALIKE_SLOTS
_LONG_CLASSES = ("persona", "suppression", "hypothetical", "authority", "extraction", "override")


def drawn(template: str, rng: np.random.Generator, slots: dict[str, list[str]] = _ALL_SLOTS) -> str:
    """One turn of a template: choices first, then slots, whose words are not read as templates; lines are kept."""
    while (choice := _CHOICE.search(template)) is not None:
        template = template[: choice.start()] + _pick(choice.group(1).split("|"), rng) + template[choice.end() :]
    return _SLOT.sub(lambda hit: _pick(slots[hit.group(1)], rng), template).strip()


def own_turns(rng: np.random.Generator) -> list[tuple[str, str, int]]:
    """(class, text, label) without repeats; texts that quote an attack are drawn last, from the attacks."""
    found = {text: (kind, ATTACK) for kind, text in _of(TURN_ATTACKS, PER_ATTACK_TEMPLATE, rng)}
    short = [text for text in found if len(text) < 90 and '"' not in text]
    slots = {**_ALL_SLOTS, "attack": short}
    found |= {
        drawn(t, rng, slots): (kind, HARMLESS)
        for kind, templates in LOOKALIKES.items()
        for t in templates
        for _ in range(PER_LOOKALIKE_TEMPLATE)
    }
    found |= dict.fromkeys(_long([TURN_ATTACKS[kind] for kind in _LONG_CLASSES], rng), ("long", ATTACK))
    found |= dict.fromkeys(_long([LOOKALIKES["plain"], LOOKALIKES["wording"]], rng), ("long", HARMLESS))
    for language, (attacks, harmless) in LANGUAGES.items():
        found |= dict.fromkeys((*attacks, *_variants(attacks, rng)), (language, ATTACK))
        found |= dict.fromkeys((*harmless, *_variants(harmless, rng)), (language, HARMLESS))
    return [(kind, text, label) for text, (kind, label) in found.items()]


def _of(kinds: dict[str, list[str]], times: int, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    for kind, templates in kinds.items():
        for template in templates:
            for _ in range(times):
                yield kind, drawn(template, rng)


def _long(classes: Sequence[list[str]], rng: np.random.Generator) -> Iterator[str]:
    for _ in range(LONG_TURNS):
        templates = classes[int(rng.integers(len(classes)))]
        count = int(rng.integers(3, 12))
        yield _pick([" ", "\n", "\n\n"], rng).join(drawn(_pick(templates, rng), rng) for _ in range(count))


def _variants(texts: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    """Two sentences of one language and label after another."""
    for text in texts:
        yield f"{text} {_pick(list(texts), rng)}"


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
