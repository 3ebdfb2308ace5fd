"""The PII screen: check digits decide, then the words beside a number."""

from __future__ import annotations

import pytest
from groundstop.screening import checksums as check
from groundstop.screening import screen, screen_structure

PERSONAL = {
    "email": "write to jane.doe@example.org today",
    "credit_card": "pay with 4111 1111 1111 1111 please",
    "iban": "IBAN GB82 WEST 1234 5698 7654 32",
    "us_ssn": "her SSN is 536-90-4399",
    "aba_routing": "routing number 121000358",
    "uk_nhs": "NHS number 401 023 2137",
    "phone": "call +44 20 7946 0958",
    "ipv4": "from 203.0.113.77",
    "bitcoin_address": "send to 16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ",
    "date_of_birth": "born on 1984-03-12 in Oslo",
    "bank_account": "account number 88201144",
    "in_aadhaar": "Aadhaar 3123 4567 8909",
    "es_nif": "DNI 12345678Z",
    "pl_pesel": "PESEL 44051401458",
    "passport": "passport number CD7654321",
    "uk_licence_plate": "the vehicle with plate LK23 XRT was towed",
    "tr_licence_plate": "plaka 41 KLM 207",
    "in_licence_plate": "registration MH12QR4821",
    "de_commercial_register": "Amtsgericht Bonn HRB 40211",
    "de_postcode": "PLZ 53113 Bonn",
    "us_dea_number": "prescriber DEA AP5836727",
    "de_tax_number_slashes": "laut Bescheid 133/8150/8159",
}
IMPERSONAL = (
    "order #W4776164 shipped on 2024-05-28",
    "card ending 1112",
    "4111 1111 1111 1112",
    "GB82 WEST 1234 5698 7654 33",
    "version 1.2.3, build 20240528123456",
    "3f2b8c1e-9a4d-4c7b-8f21-6d5e4c3b2a19",
    "price 1299.00, quantity 100000",
    "flight HAT201 from LGA to PHX",
    "commit 8f953371d3e85eddb89b05ed6b9e680791055315",
    "timestamp 1716892025",
    "10115 rows and 34 ABC 12",
    "invalid TIN 600-000-000",
    "std::vector<int> and a[::2]",
    "call 123-456-7890",
)


@pytest.mark.parametrize("kind", PERSONAL)
def test_a_personal_value_is_found_and_named(kind: str) -> None:
    findings = screen(PERSONAL[kind], "tool_output")
    assert findings.flagged("pii")
    assert kind in {f.rule for f in findings.of("pii")}


@pytest.mark.parametrize("text", IMPERSONAL)
def test_numbers_that_are_nobodys_are_left_alone(text: str) -> None:
    assert not screen(text, "tool_output").flagged("pii")


def test_the_name_of_a_field_is_context() -> None:
    assert screen_structure({"ssn": "536904399"}, "argument").flagged("pii")
    assert not screen_structure({"order_id": "536904399"}, "argument").flagged("pii")


def test_a_number_in_a_structure_is_read_as_text() -> None:
    findings = screen_structure({"card": 4111111111111111}, "argument")
    assert [f.path for f in findings.of("pii")] == ["$.card"]


@pytest.mark.parametrize(
    ("function", "right", "wrong"),
    [
        (check.luhn, "79927398713", "79927398710"),
        (check.iban, "DE89370400440532013000", "DE89370400440532013001"),
        (check.aba, "121000358", "121000359"),
        (check.nhs, "4010232137", "4010232138"),
        (check.npi, "1234567893", "1234567894"),
        (check.aadhaar, "312345678909", "312345678908"),
        (check.dni, "12345678Z", "12345678A"),
        (check.nie, "X9613851N", "X9613851M"),
        (check.pesel, "44051401458", "44051401459"),
        (check.steuer_id, "12345678903", "12345678904"),
        (check.bitcoin, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp"),
        (check.tckn, "10000000146", "10000000145"),
    ],
)
def test_a_check_digit_tells_right_from_wrong(function, right: str, wrong: str) -> None:  # type: ignore[no-untyped-def]
    assert function(right)
    assert not function(wrong)
