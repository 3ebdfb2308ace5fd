"""Check digits and structure of identifiers: each function takes the bare candidate and says whether it can be real."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"

# ISO 13616 registry: length by country.
_IBAN_LENGTH = {
    code: length
    for length, codes in (
        (15, "NO"), (16, "BE"), (18, "DK FI FK FO GL NL SD"), (19, "MK SI"), (20, "AT BA EE KZ LT LU MN XK"),
        (21, "CH HR LI LV"), (22, "BG BH CR DE GB GE IE ME RS VA"), (23, "AE GI IL IQ OM SO TL"),
        (24, "AD CZ ES MD PK RO SA SE SK TN VG"), (25, "LY PT"), (26, "IS TR"),
        (27, "BI DJ FR GR IT MC MR SM"), (28, "AL AZ BY CY DO GT HU LB NI PL SV"), (29, "BR EG PS QA UA"),
        (30, "JO KW MU YE"), (31, "MT SC"), (32, "LC"), (33, "RU"),
    )
    for code in codes.split()
}  # fmt: skip

# Issuer ranges (ISO/IEC 7812) with the lengths in use: Visa, Mastercard, American Express, Diners, JCB,
# Discover and UnionPay, Maestro, UATP.
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}"
    r"|35\d{14,17}|6\d{15,18}|5[0678]\d{11,17}|1\d{14}"
)


def digits(value: str) -> list[int]:
    return [int(c) for c in value if c.isdecimal() and c.isascii()]


def _weighted(values: Sequence[int], weights: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(values, weights, strict=False))


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1."""
    ds = digits(value)[::-1]
    return sum(ds[0::2]) % 10 == -sum(sum(divmod(2 * d, 10)) for d in ds[1::2]) % 10


def card(value: str) -> bool:
    """Luhn, and a first part and a length that an issuer uses together."""
    plain = "".join(map(str, digits(value)))
    return len(set(plain)) > 1 and _CARD.fullmatch(plain) is not None and luhn(plain)


def iban(value: str) -> bool:
    """ISO 13616: length by country, remainder 1 modulo 97."""
    compact = "".join(value.split()).replace("-", "").upper()
    if _IBAN_LENGTH.get(compact[:2]) != len(compact) or not compact.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def aba(value: str) -> bool:
    """US routing number: Federal Reserve district prefix and the 3-7-1 sum."""
    ds = digits(value)
    prefix = ds[0] * 10 + ds[1]
    known = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return len(ds) == 9 and known and any(ds) and _weighted(ds, (3, 7, 1) * 3) % 10 == 0


def ssn(value: str) -> bool:
    """US SSN: no area 000, 666 or 9xx, no group 00, no serial 0000, none of the well-known specimens."""
    ds = "".join(map(str, digits(value)))
    area, group, serial = ds[:3], ds[3:5], ds[5:]
    dead = {"078051120", "123456789", "219099999", "987654320", "111111111", "222222222", "333333333"}
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000" and ds not in dead


def itin(value: str) -> bool:
    ds = "".join(map(str, digits(value)))
    group = int(ds[3:5])
    return ds[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99)


def nhs(value: str) -> bool:
    ds = digits(value)
    return len(ds) == 10 and len(set(ds)) > 1 and (11 - _weighted(ds, range(10, 1, -1)) % 11) % 11 == ds[9]


def npi(value: str) -> bool:
    """US provider number: Luhn with the issuer prefix 80840, first digit 1 or 2."""
    ds = digits(value)
    return len(ds) == 10 and ds[0] in (1, 2) and len(set(ds)) > 2 and luhn("80840" + "".join(map(str, ds)))


def sin_ca(value: str) -> bool:
    ds = digits(value)
    return len(ds) == 9 and ds[0] not in (0, 8) and len(set(ds)) > 1 and luhn(value)


def tfn(value: str) -> bool:
    return _weighted(digits(value), (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 and any(digits(value))


def abn(value: str) -> bool:
    ds = digits(value)
    return (
        len(ds) == 11
        and ds[0] > 0
        and _weighted([ds[0] - 1, *ds[1:]], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0
    )


def acn(value: str) -> bool:
    ds = digits(value)
    return len(ds) == 9 and any(ds) and (10 - _weighted(ds, range(8, 0, -1)) % 10) % 10 == ds[8]


def medicare_au(value: str) -> bool:
    ds = digits(value)
    return 2 <= ds[0] <= 6 and _weighted(ds, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == ds[8]


def pesel(value: str) -> bool:
    ds = digits(value)
    month, day = (ds[2] * 10 + ds[3]) % 20, ds[4] * 10 + ds[5]
    sane = 1 <= month <= 12 and 1 <= day <= 31
    return len(ds) == 11 and sane and (10 - _weighted(ds, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == ds[10]


def dni(value: str) -> bool:
    compact = value.replace("-", "").replace(" ", "").upper()
    return _DNI[int(compact[:-1]) % 23] == compact[-1]


def nie(value: str) -> bool:
    compact = value.replace("-", "").replace(" ", "").upper()
    return dni(str("XYZ".index(compact[0])) + compact[1:])


def hetu(value: str) -> bool:
    """Finnish personal identity code."""
    born, tail = value[:6], value[7:10]
    day, month = int(born[:2]), int(born[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12 and _HETU[int(born + tail) % 31] == value[10].upper() and int(tail) >= 2


def personnummer(value: str) -> bool:
    ds = digits(value)[-10:]
    month, day = ds[2] * 10 + ds[3], ds[4] * 10 + ds[5]
    return luhn("".join(map(str, ds))) and 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91)


def organisationsnummer(value: str) -> bool:
    ds = digits(value)
    return len(ds) == 10 and ds[2] >= 2 and luhn(value)


def nric(value: str) -> bool:
    """Singapore NRIC and FIN; the M series is accepted by shape."""
    compact = value.upper()
    total = _weighted(digits(compact), (2, 7, 6, 5, 4, 3, 2)) + (4 if compact[0] in "TG" else 0)
    letters = "JZIHGFEDCBA" if compact[0] in "ST" else "XWUTRQPNMLK"
    return compact[0] == "M" or letters[total % 11] == compact[-1]


def _verhoeff_tables() -> tuple[list[list[int]], list[list[int]]]:
    multiply = [[(a + b) % 5 + 5 * 0 if a < 5 and b < 5 else 0 for b in range(10)] for a in range(10)]
    for a in range(10):
        for b in range(10):
            rotate = (a + b) % 5 if a < 5 else (a - b) % 5
            multiply[a][b] = rotate if (a < 5) == (b < 5) else rotate + 5
    base = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    permute = [list(range(10))]
    for _ in range(7):
        permute.append([base[permute[-1][n]] for n in range(10)] if len(permute) > 1 else base)
    return multiply, permute


def verhoeff(value: str) -> bool:
    """Verhoeff's dihedral check, as used by Aadhaar."""
    multiply, permute = _verhoeff_tables()
    check = 0
    for place, digit in enumerate(reversed(digits(value))):
        check = multiply[check][permute[place % 8][digit]]
    return check == 0


def aadhaar(value: str) -> bool:
    ds = digits(value)
    return len(ds) == 12 and ds[0] >= 2 and ds != ds[::-1] and verhoeff(value)


def steuer_id(value: str) -> bool:
    """German tax id: ISO 7064 mod 11,10; one digit of the first ten occurs twice or thrice."""
    ds = digits(value)
    counts = sorted(ds[:10].count(d) for d in set(ds[:10]))
    if len(ds) != 11 or ds[0] == 0 or counts[-1] > 3:
        return False
    return _mod11_10(ds[:10]) == ds[10]


def vat_de(value: str) -> bool:
    ds = digits(value)
    return len(ds) == 9 and ds[0] > 0 and _mod11_10(ds[:8]) == ds[8]


def _mod11_10(ds: Sequence[int]) -> int:
    product = 10
    for digit in ds:
        product = 2 * (((digit + product) % 10) or 10) % 11
    return (11 - product) % 10


def id_card_de(value: str) -> bool:
    """German identity card or passport: a check digit, weights 7-3-1 over values base 36 (ICAO 9303).

    The older cards, a T and eight digits, carry their check digit apart.
    """
    compact = value.upper()
    if len(compact) == 9 and compact[0] == "T" and compact[1:].isdigit():
        return True
    body = [int(c, 36) for c in compact[:-1]]
    return len(compact) in (9, 10) and _weighted(body, (7, 3, 1) * 3) % 10 == int(compact[-1])


def vat_it(value: str) -> bool:
    return any(digits(value)) and luhn(value)


def rrn_kr(value: str) -> bool:
    """Korean registration number: a date and a century digit (the check digit is void for those issued since 2020)."""
    ds = digits(value)
    month, day = ds[2] * 10 + ds[3], ds[4] * 10 + ds[5]
    south_african = value.isdigit() and ds[10] <= 2 and ds[11] >= 8  # the other thirteen digits that begin with a date
    return len(set(ds)) > 2 and 1 <= month <= 12 and 1 <= day <= 31 and 1 <= ds[6] <= 8 and not south_african


def brn_kr(value: str) -> bool:
    ds = digits(value)
    total = _weighted(ds, (1, 3, 7, 1, 3, 7, 1, 3, 5)) + ds[8] * 5 // 10
    return len(ds) == 10 and (10 - total % 10) % 10 == ds[9]


def tckn(value: str) -> bool:
    """Turkish national id: two check digits."""
    ds = digits(value)
    tenth = (7 * sum(ds[0:9:2]) - sum(ds[1:8:2])) % 10
    return len(ds) == 11 and ds[0] > 0 and tenth == ds[9] and sum(ds[:10]) % 10 == ds[10]


def thai_id(value: str) -> bool:
    ds = digits(value)
    if value.count("-") not in (0, 4) or not 10 <= ds[1] * 10 + ds[2] <= 96:  # provinces
        return False
    return len(ds) == 13 and ds[0] > 0 and (11 - _weighted(ds, range(13, 1, -1)) % 11) % 10 == ds[12]


def za_id(value: str) -> bool:
    ds = digits(value)
    month, day = ds[2] * 10 + ds[3], ds[4] * 10 + ds[5]
    return len(ds) == 13 and 1 <= month <= 12 and 1 <= day <= 31 and ds[10] <= 2 and luhn(value)


def bitcoin(value: str) -> bool:
    """Base58Check or Bech32(m) check of a Bitcoin address."""
    return _bech32(value) if value[:3].lower() == "bc1" else _base58check(value)


def _base58check(value: str) -> bool:
    number = 0
    for char in value:
        if char not in _BASE58:
            return False
        number = number * 58 + _BASE58.index(char)
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def _bech32(value: str) -> bool:
    low = value.lower()
    values = [_BECH32.find(c) for c in low[3:]]
    if min(values) < 0:
        return False
    check = 1
    for item in [3, 3, 0, 2, 3, *values]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ item
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)


def dea(value: str) -> bool:
    """US controlled-substances registration: two letters, seven digits, the last of them a check digit."""
    ds = digits(value)
    return len(ds) == 7 and (ds[0] + ds[2] + ds[4] + 2 * (ds[1] + ds[3] + ds[5])) % 10 == ds[6]


_UEN = "XMKECAWLJDB"


def uen_sg(value: str) -> bool:
    """Singapore entity number of a business (eight digits and a letter); the other forms go unchecked."""
    if not value[:8].isdigit() or len(value) != 9:
        return True
    return _UEN[_weighted(digits(value[:8]), (10, 4, 9, 3, 8, 2, 7, 1)) % 11] == value[8].upper()


def dial_us(value: str) -> bool:
    """North American numbers: neither area nor exchange begins with 0 or 1; others are not judged."""
    plain = digits(value)
    return len(plain) != 10 or value[0] in "(0" or (plain[0] > 1 and plain[3] > 1)
