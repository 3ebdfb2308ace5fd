"""The shop's beginning: customers and orders derived from their numbers, the same on every machine and every start."""

import json
from hashlib import sha256
from typing import NamedTuple, TypedDict

CUSTOMERS = 200
ORDERS = 600
FIRST_ORDER = 1001
_GIVEN = (
    "Ada",
    "Bela",
    "Chidi",
    "Dana",
    "Emre",
    "Farah",
    "Goran",
    "Hana",
    "Iris",
    "Jonas",
    "Kira",
    "Leo",
    "Mina",
    "Noor",
)
_FAMILY = (
    "Abara",
    "Berg",
    "Costa",
    "Dvorak",
    "Eriksen",
    "Fontaine",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kaya",
    "Lund",
)
_STREETS = ("Mill Lane", "Harbour Road", "Station Street", "Orchard Way", "Bridge Street", "Garden Row")
_TOWNS = ("Northfield", "Eastbrook", "Lakeside", "Highbury", "Stonebridge")
_GOODS = (
    ("Desk lamp", 3900),
    ("Notebook, pack of 3", 1250),
    ("Kettle", 4590),
    ("Rucksack", 7900),
    ("Headphones", 12900),
    ("Water bottle", 1890),
    ("Wool blanket", 6400),
    ("Coffee grinder", 8450),
)
_STATUSES = ("processing", "shipped", "delivered", "delivered")


class Customer(NamedTuple):
    """A row of ``customers``."""

    id: str
    name: str
    email: str


class Order(NamedTuple):
    """A row of ``orders``. ``items`` is JSON: a list of {name, quantity, price_cents}."""

    id: str
    customer: str
    placed_on: str
    status: str
    total_cents: int
    address: str
    items: str


def _draw(what: str, number: int, choices: int) -> int:
    """An even-looking number in [0, choices) that depends on nothing but its arguments."""
    return int.from_bytes(sha256(f"{what}:{number}".encode()).digest()[:6], "big") % choices


def customer(number: int) -> Customer:
    """The customer with this number, from 1."""
    given = _GIVEN[_draw("given", number, len(_GIVEN))]
    family = _FAMILY[_draw("family", number, len(_FAMILY))]
    return Customer(f"C-{number:03}", f"{given} {family}", f"{given}.{family}.{number}@customers.example".lower())


def order(number: int) -> Order:
    """The order with this number, from FIRST_ORDER. The first order belongs to the first customer, and so on round."""
    items = [_item(number, line) for line in range(1 + _draw("lines", number, 3))]
    address = (
        f"{1 + _draw('house', number, 120)} {_STREETS[_draw('street', number, len(_STREETS))]}, "
        f"{_TOWNS[_draw('town', number, len(_TOWNS))]}"
    )
    return Order(
        id=f"A-{number}",
        customer=customer(1 + (number - FIRST_ORDER) % CUSTOMERS).id,
        placed_on=f"2026-{1 + _draw('month', number, 12):02}-{1 + _draw('day', number, 28):02}",
        status=_STATUSES[number % len(_STATUSES)],
        total_cents=sum(item["quantity"] * item["price_cents"] for item in items),
        address=address,
        items=json.dumps(items),
    )


class Item(TypedDict):
    """A line of an order."""

    name: str
    quantity: int
    price_cents: int


def _item(number: int, line: int) -> Item:
    name, price = _GOODS[_draw(f"good{line}", number, len(_GOODS))]
    return Item(name=name, quantity=1 + _draw(f"quantity{line}", number, 2), price_cents=price)


def customers() -> list[Customer]:
    """All of them."""
    return [customer(number) for number in range(1, CUSTOMERS + 1)]


def orders() -> list[Order]:
    """All of them. Number modulo 4 says the status: 0 processing, 1 shipped, 2 and 3 delivered."""
    return [order(number) for number in range(FIRST_ORDER, FIRST_ORDER + ORDERS)]
