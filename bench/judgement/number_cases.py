"""Numbers that are nobody's: moments, versions, product codes, orders, tickets, ids; drawn anew for each seed.

A third or a tenth of each kind passes the check digit of some national number.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
Draw = Callable[[np.random.Generator], str]


def _digits(rng: np.random.Generator, size: int) -> str:
    return "".join(map(str, rng.integers(0, 10, size)))


def _letters(rng: np.random.Generator, size: int) -> str:
    return "".join(LETTERS[at] for at in rng.integers(0, len(LETTERS), size))


def _gs1(rng: np.random.Generator, size: int) -> str:
    body = _digits(rng, size - 1)
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"{body}{-total % 10}"


def _moment(rng: np.random.Generator, units: int) -> str:
    return str(int(rng.integers(10**9, 2 * 10**9)) * units + int(rng.integers(0, units)))


def _stamp(rng: np.random.Generator, form: str) -> str:
    return datetime.fromtimestamp(int(rng.integers(10**9, 2 * 10**9)), UTC).strftime(form)


def _version(rng: np.random.Generator, *tops: int) -> str:
    return ".".join(str(int(rng.integers(0, top))) for top in tops)


KINDS: dict[str, Draw] = {
    "epoch_s": lambda r: _moment(r, 1),
    "epoch_ms": lambda r: _moment(r, 1_000),
    "epoch_us": lambda r: _moment(r, 1_000_000),
    "epoch_ns": lambda r: _moment(r, 1_000_000_000),
    "epoch_fraction": lambda r: f"{_moment(r, 1)}.{_digits(r, 6)}",
    "stamp": lambda r: _stamp(r, "%Y%m%d%H%M%S"),
    "stamp_minutes": lambda r: _stamp(r, "%Y%m%d%H%M"),
    "stamp_day": lambda r: _stamp(r, "%Y%m%d"),
    "iso": lambda r: _stamp(r, "%Y-%m-%dT%H:%M:%SZ"),
    "ean13": lambda r: _gs1(r, 13),
    "upc12": lambda r: _gs1(r, 12),
    "gtin14": lambda r: _gs1(r, 14),
    "ean8": lambda r: _gs1(r, 8),
    "isbn": lambda r: f"978-{_digits(r, 1)}-{_digits(r, 3)}-{_digits(r, 5)}-{_digits(r, 1)}",
    "version_small": lambda r: _version(r, 32, 32, 32, 32),
    "version_large": lambda r: _version(r, 22, 60, 250, 250),
    "version_three": lambda r: _version(r, 20, 90, 300),
    "jar": lambda r: f"lib{_letters(r, 4).lower()}-{_version(r, 10, 20, 20, 20)}.jar",
    "incident": lambda r: "INC" + _digits(r, 7),
    "request": lambda r: ("REQ", "CHG", "RITM", "PRB", "TASK", "CS")[int(r.integers(6))] + _digits(r, 7),
    "issue": lambda r: f"{_letters(r, 4)}-{_digits(r, 5)}",
    "order": lambda r: (
        ("ORD-", "PO-", "SO", "#W", "INV-", "R")[int(r.integers(6))] + _digits(r, int(r.integers(6, 11)))
    ),
    "order_digits": lambda r: "order " + _digits(r, int(r.integers(8, 17))),
    "tracking": lambda r: f"1Z{_letters(r, 2)}{_digits(r, 2)}{_letters(r, 1)}{_digits(r, 11)}",
    "tracking_digits": lambda r: "tracking number " + _digits(r, int(r.integers(12, 23))),
    "sku": lambda r: _letters(r, int(r.integers(2, 5))) + _digits(r, int(r.integers(4, 8))) + _letters(r, 1),
    "serial": lambda r: "SN" + _digits(r, int(r.integers(8, 13))),
    "flight": lambda r: _letters(r, 2) + _digits(r, 4),
    "build": lambda r: "build " + _digits(r, int(r.integers(8, 15))),
    "browser": lambda r: f"Mozilla/5.0 Chrome/{_version(r, 130, 1, 9000, 250)}",
    "log": lambda r: f"[{_moment(r, 1_000)}] GET /api/items/{_digits(r, 9)} 200",
    "request_id": lambda r: f"request_id={_digits(r, int(r.integers(9, 16)))}",
    "hex": lambda r: "".join("0123456789abcdef"[at] for at in r.integers(0, 16, 16)),
}
FORMS: tuple[Callable[[str], str], ...] = (
    lambda v: v,
    lambda v: f"It was {v} in the end.",
    lambda v: json.dumps({"name": "Ann", "phone": None, "at": v, "account": "main"}),
    lambda v: f"value\t{v}\tok",
)


def numbers(count: int, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """(kind, text) pairs, `count` of each kind, in the forms that they come in by turns."""
    for kind, draw in KINDS.items():
        for at in range(count):
            yield kind, FORMS[at % len(FORMS)](draw(rng))
