"""Check digits and structure of identifiers: each function takes the bare candidate and says whether it can be real.

python-stdnum knows most of them; here are those that it lacks or reads otherwise than their issuers do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from stdnum import bitcoin as _bitcoin
from stdnum import ean as _ean
from stdnum import iban as _iban
from stdnum import luhn as _luhn
from stdnum.au import abn as _abn
from stdnum.au import acn as _acn
from stdnum.au import tfn as _tfn
from stdnum.br import cpf as _cpf
from stdnum.ca import sin as _sin
from stdnum.ch import ssn as _ahv
from stdnum.cn import ric as _ric
from stdnum.de import vat as _vat_de
from stdnum.es import dni as _dni
from stdnum.es import nie as _nie
from stdnum.fr import nir as _nir
from stdnum.gb import nhs as _nhs
from stdnum.in_ import aadhaar as _aadhaar
from stdnum.iso7064 import mod_11_10 as _mod_11_10
from stdnum.nl import bsn as _bsn
from stdnum.pl import pesel as _pesel
from stdnum.tr import tckimlik as _tckimlik

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
Check = Callable[[str], bool]
gs1: Check = _ean.is_valid
nhs: Check = _nhs.is_valid
sin_ca: Check = _sin.is_valid
tfn: Check = _tfn.is_valid
abn: Check = _abn.is_valid
acn: Check = _acn.is_valid
pesel: Check = _pesel.is_valid
nie: Check = _nie.is_valid
vat_de: Check = _vat_de.is_valid
tckn: Check = _tckimlik.is_valid
cpf_br: Check = _cpf.is_valid
bsn_nl: Check = _bsn.is_valid
nir_fr: Check = _nir.is_valid
ric_cn: Check = _ric.is_valid
ahv_ch: Check = _ahv.is_valid


def iban(value: str) -> bool:
    """ISO 13616: length by country, remainder 1 modulo 97."""
    return _iban.is_valid(value.replace("-", ""), check_country=False)


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1."""
    return _luhn.is_valid("".join(map(str, digits(value))))


def dni(value: str) -> bool:
    return _dni.is_valid(value.replace("-", "").zfill(9))


def hetu(value: str) -> bool:
    """Finnish personal identity code, with the century signs of 2023."""
    born, tail = value[:6], value[7:10]
    day, month = int(born[:2]), int(born[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12 and _HETU[int(born + tail) % 31] == value[10].upper() and int(tail) >= 2


def bitcoin(value: str) -> bool:
    """Base58Check, or the Bech32 and Bech32m of every witness version."""
    return _bech32(value) if value[:3].lower() == "bc1" else _bitcoin.is_valid(value)


def _bech32(value: str) -> bool:
    values = [_BECH32.find(c) for c in value.lower()[3:]]
    if min(values) < 0:
        return False
    check = 1
    for item in [3, 3, 0, 2, 3, *values]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ item
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)


def vat_it(value: str) -> bool:
    return any(digits(value)) and luhn(value)


def steuer_id(value: str) -> bool:
    """German tax id: ISO 7064 mod 11,10; no digit of the first ten occurs more than thrice."""
    counts = [value[:10].count(digit) for digit in set(value[:10])]
    return len(value) == 11 and max(counts) <= 3 and _mod_11_10.is_valid(value)


def aadhaar(value: str) -> bool:
    return _aadhaar.is_valid(value.replace(":", ""))


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


def card(value: str) -> bool:
    """Luhn, and a first part and a length that an issuer uses together."""
    plain = "".join(map(str, digits(value)))
    return len(set(plain)) > 1 and _CARD.fullmatch(plain) is not None and luhn(plain)


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


def npi(value: str) -> bool:
    """US provider number: Luhn with the issuer prefix 80840, first digit 1 or 2."""
    ds = digits(value)
    return len(ds) == 10 and ds[0] in (1, 2) and len(set(ds)) > 2 and luhn("80840" + "".join(map(str, ds)))


def medicare_au(value: str) -> bool:
    ds = digits(value)
    return 2 <= ds[0] <= 6 and _weighted(ds, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == ds[8]


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


def id_card_de(value: str) -> bool:
    """German identity card or passport: a check digit, weights 7-3-1 over values base 36 (ICAO 9303).

    The older cards, a T and eight digits, carry their check digit apart.
    """
    compact = value.upper()
    if len(compact) == 9 and compact[0] == "T" and compact[1:].isdigit():
        return True
    body = [int(c, 36) for c in compact[:-1]]
    return len(compact) in (9, 10) and _weighted(body, (7, 3, 1) * 3) % 10 == int(compact[-1])


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


def thai_id(value: str) -> bool:
    ds = digits(value)
    if value.count("-") not in (0, 4) or not 10 <= ds[1] * 10 + ds[2] <= 96:  # provinces
        return False
    return len(ds) == 13 and ds[0] > 0 and (11 - _weighted(ds, range(13, 1, -1)) % 11) % 10 == ds[12]


def za_id(value: str) -> bool:
    ds = digits(value)
    month, day = ds[2] * 10 + ds[3], ds[4] * 10 + ds[5]
    return len(ds) == 13 and 1 <= month <= 12 and 1 <= day <= 31 and ds[10] <= 2 and luhn(value)


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
