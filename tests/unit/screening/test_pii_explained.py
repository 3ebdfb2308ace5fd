"""Numbers that a moment, a version, an order or a product explains are nobody's, whatever their check digits say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from groundstop.screening import screen, screen_structure
from groundstop.screening.pii import find_pii

from bench.judgement.number_cases import KINDS, numbers

EACH = 150
SHARE_MAX = 0.005


def _flagged(text: str) -> list[str]:
    return [one.rule for one in find_pii(text) if one.confidence >= 0.5]


@pytest.mark.parametrize("seed", [1, 2])
def test_hardly_any_number_that_is_nobodys_is_flagged(seed: int) -> None:
    rules = Counter(
        f"{kind}: {rule}" for kind, text in numbers(EACH, np.random.default_rng(seed)) for rule in _flagged(text)
    )
    assert rules.total() <= SHARE_MAX * EACH * len(KINDS), rules


@pytest.mark.parametrize("text", ["4.12.3.4", "INC0012345", "upgraded to 4.12.3.4", "1716892025123", "4006381333931"])
def test_what_a_version_a_ticket_a_moment_or_a_product_explains(text: str) -> None:
    assert not screen(text, "argument").flagged("pii")


def test_the_nearest_word_says_what_a_number_is() -> None:
    assert screen("patient record, NHS number 401 023 2137", "argument").flagged("pii")
    assert not screen("NHS order number 4010232137", "argument").flagged("pii")
    assert not screen_structure({"account": "main", "at": 1716892025123}, "argument").flagged("pii")
    assert screen_structure({"order": "A1", "account_number": 88201144}, "argument").flagged("pii")


def test_an_address_is_one_by_its_size_or_by_its_name() -> None:
    assert screen("203.0.113.77 connected", "argument").flagged("pii")
    assert screen("client address 10.1.2.3", "argument").flagged("pii")
    assert screen("listening on 10.1.2.3:8080", "argument").flagged("pii")
