"""What a call costs, by table."""

import math
from typing import Any

import pytest
from groundstop.catalogue import Cost
from pydantic import ValidationError

FEE = Cost(per_call=0.3, argument="payment.amount", share=0.015)


@pytest.mark.parametrize(
    ("arguments", "micros"),
    [
        ({"payment": {"amount": 100}}, 1_800_000),
        ({"payment": {"amount": 0.01}}, 300_150),
        ({"payment": {"amount": -100}}, 300_000),
        ({"payment": {"amount": True}}, 300_000),
        ({"payment": {"amount": "100"}}, 300_000),
        ({"payment": {"amount": math.inf}}, 300_000),
        ({"payment": {"amount": math.nan}}, 300_000),
        ({"payment": {"amount": 10**30}}, 300_000),
        ({"payment": [100]}, 300_000),
        ({}, 300_000),
    ],
)
def test_a_call_costs_its_fee_and_a_share_of_what_it_is_about(arguments: dict[str, Any], micros: int) -> None:
    assert FEE.micros(arguments) == micros


@pytest.mark.parametrize("fields", [{"per_call": -1}, {"share": 1.1}, {"per_call": math.inf}, {"per_cal": 1}])
def test_a_cost_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Cost(**fields)
