"""Amounts of money as people and programs write them, in any locale."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from groundstop.risk.nouns import listed

AMOUNT_CHARS_MAX = 60
MONEY = listed(
    """amount total price sum cost budget payment refundamount transferamount quantityusd notional usd
    eur gbp amountcents amountusd amountincents totalamount limitprice bid maxprice spend credit debit donation
    tip salary amountminor amountdue amountpaid grandtotal subtotal fee fine deposit withdrawal payout bounty wage
    betrag summe preis montant prix somme importe precio monto cantidad importo prezzo valor preco quantia bedrag prijs
    kwota cena сумма цена стоимость tutar fiyat 金额 价格 金額 価格 금액 가격"""
)
_ENDS = (
    "amount",
    "price",
    "betrag",
    "montant",
    "importe",
    "importo",
    "bedrag",
    "kwota",
    "сумма",
    "tutar",
    "金额",
    "金額",
    "금액",
)
PARTS = listed("value units minor cents number total quantity wert valeur")
"""How the number is called inside a money object: ``{"amount": {"value": "10.00", "currency": "EUR"}}``."""
_WHOLE = listed("all max maximum everything full entire balance alles tout todo tutto wszystko все 全部")
_NUMBER = re.compile(r"\d[\d.,'’ _]*\d|\d")
_SCALE = re.compile(r"(?:^|[\d\s])(k|tsd|mille|thousand|tausend|mil|m|mn|mio|mm|million(?:en|es|s)?|millones|milioni|lakh|crore|b|bn|mrd|billion|milliard(?:en|s)?|万|億|亿|тыс|млн)\b\.?", re.I)  # fmt: skip
_TIMES = {
    **dict.fromkeys(("k", "tsd", "mille", "thousand", "tausend", "mil", "тыс"), 1e3),
    **dict.fromkeys(("m", "mn", "mio", "mm", "million", "millionen", "millions", "millones", "milioni", "млн"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "billion", "milliard", "milliarden", "milliards"), 1e9),
    "lakh": 1e5, "crore": 1e7, "万": 1e4, "億": 1e8, "亿": 1e8,
}  # fmt: skip


@lru_cache(4096)
def is_money(name: str) -> bool:
    """True for a parameter, as it is compared, that holds an amount."""
    return name in MONEY or name.endswith(_ENDS)


def amount_of(text: str) -> float | None:
    """The amount in a text, the larger reading where it has two ("1.000"); infinity for "all"; None without any."""
    plain = "".join(_digit(c) for c in unicodedata.normalize("NFKC", text[:AMOUNT_CHARS_MAX])).strip()
    if plain.lower().strip(" .!") in _WHOLE or plain.lower().startswith(("all ", "entire ", "full ", "everything ")):
        return float("inf")
    found = _NUMBER.search(plain)
    if found is None:
        return None
    value = _read(found.group(0))
    behind = plain[found.end() :]
    exponent = re.match(r"[eE]\+?(\d{1,3})\b", behind)
    if exponent:
        value *= 10.0 ** min(int(exponent.group(1)), 300)
    scale = _SCALE.match(behind.lstrip()[:14]) or _SCALE.search(plain[max(0, found.end() - 1) : found.end() + 14])
    if scale is not None and not exponent:
        value *= _TIMES.get(scale.group(1).lower(), 1.0)
    before = plain[: found.start()]
    negative = (
        re.search(r"[-−–](?:[^\w\d]|[A-Za-z$€£¥]){0,5}$", before)
        or (before.rstrip().endswith("(") and ")" in behind)
        or behind.lstrip().startswith("-")
    )
    return -value if negative else value


def _digit(c: str) -> str:
    value = unicodedata.decimal(c, None)
    return str(value) if value is not None else {"٫": ".", "٬": ","}.get(c, c)


def _read(number: str) -> float:
    """A number whose last separator is a decimal one unless exactly three digits follow it, or it stands twice."""
    bare = re.sub(r"['’ _]", "", number)
    marks = [c for c in bare if c in ".,"]
    if not marks:
        return float(bare or 0)
    last = marks[-1]
    whole, _, rest = bare.rpartition(last)
    grouping = len(rest) == 3 and (len(set(marks)) == 1 or marks.count(last) > 1)
    if grouping or marks.count(last) > 1:
        return float(re.sub(r"[.,]", "", bare) or 0)
    return float(f"{re.sub(r'[.,]', '', whole) or 0}.{rest or 0}")
