"""PII rules for papers, plates and registers: shapes without a check digit, which count where a word names them.

A value that is the whole text (never so in a structure, where its name stands beside it) may count by shape alone.
"""

# ruff: noqa: E501 - one rule a line reads as a table

from __future__ import annotations

from groundstop.screening import checksums as check
from groundstop.screening.pii_rule import PiiRule, pii_rule

_A = r"(?<![A-Za-z0-9-])"
_Z = r"(?![A-Za-z0-9]|-[A-Za-z0-9])"
_PLATE = (
    "(?:licen[cs]e |number )?plates?|registration(?: number)?|car reg|vehicles?|kennzeichen|plaka\\w*|bike|fahrzeug"
)

DOCUMENT_RULES: tuple[PiiRule, ...] = (
    pii_rule("de_licence_plate", "a aa 0|aa aa 0|aaa aa 0|a a 0|aa a 0|aaa a 0|a-aa-0|aa-aa-0|aaa-aa-0|a-aa 0|aa-aa 0|aaa-aa 0|a-a 0|aa-a 0|aaa-a 0|a-a-0|aa-a-0|aaa-a-0", rf"{_A}[A-ZÄÖÜ]{{1,3}}[ -][A-Z]{{1,2}}[ -]?[1-9]\d{{0,3}}[EH]?{_Z}", None, alone=0.2, whole=0.55, named=0.8, context=_PLATE, severity="low"),
    pii_rule("uk_licence_plate", "aa00 aaa|aa00aaa|aa00-aaa", rf"{_A}[A-HJ-PR-Ya-hj-pr-y][A-HJ-PR-Ya-hj-pr-y](?:0[1-9]|[12]\d|5[1-9]|[67]\d)[ -]?[A-HJ-PR-Za-hj-pr-z]{{3}}{_Z}", None, alone=0.3, whole=0.55, named=0.8, context=_PLATE, severity="low"),
    pii_rule("uk_licence_plate_old", "a0 aaa|a00 aaa|a000 aaa|a0aaa|a00aaa|a000aaa|aaa 0|aaa 00|aaa 000", rf"{_A}(?:[A-HJ-NPR-TV-Y]\d{{1,3}} ?[A-HJ-PR-Y]{{3}}|[A-HJ-PR-Y]{{3}} ?\d{{1,3}} ?[A-HJ-NPR-TV-Y]){_Z}", None, alone=0.1, whole=0.5, named=0.75, context=_PLATE, severity="low"),
    pii_rule("tr_licence_plate", "00 a 0|00 aa 0|00 aaa 0|00a0|00aa0|00aaa0", rf"{_A}(?:0[1-9]|[1-7]\d|8[01]) ?(?:[A-Za-z] ?\d{{3,4}}|[A-Za-z]{{2}} ?\d{{2,4}}|[A-Za-z]{{3}} ?\d{{2,4}}|[A-Z] \d{{2}}){_Z}", None, alone=0.2, whole=0.55, named=0.8, context=_PLATE, severity="low"),
    pii_rule("ng_licence_plate", "aaa-000aa|aaa 000aa|aaa000aa", rf"{_A}[A-Za-z]{{3}}[ -]?\d{{3}}[A-Za-z]{{2}}{_Z}", None, alone=0.3, whole=0.6, named=0.85, context=_PLATE, severity="low"),
    pii_rule("in_licence_plate", "aa00aa0000|aa00a0000|aa0aaa0000|aa00aaa0000|aa00000|aa0aa0000", rf"{_A}(?:AN|AP|AR|AS|BR|CG|CH|DD|DL|DN|GA|GJ|HP|HR|JH|JK|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|OR|PB|PY|RJ|SK|TN|TR|TS|UK|UP|WB)\d{{1,2}}[A-Z]{{1,3}}\d{{4}}{_Z}", None, alone=0.5, named=0.85, context=_PLATE, severity="low"),
    pii_rule("de_commercial_register", "aaa 0|aaa0", rf"{_A}HR[AB] ?\d{{1,6}}(?![A-Za-z0-9])", None, alone=0.6, context="handelsregister\\w*|amtsgericht|register", severity="low"),
    pii_rule("de_driving_licence", "aa00000000a|aa000000000", rf"{_A}(?!(?:AT|DE|EE|EL|PT)\d{{9}})[A-Za-z]{{2}}\d{{8}}[A-Za-z0-9]{_Z}", None, alone=0.2, whole=0.55, named=0.85, context="führerschein\\w*|fahrerlaubnis|licen[cs]e|driving", severity="high"),
    pii_rule("it_driving_licence", "aa0000000a|a0a", rf"{_A}(?:[A-Za-z]{{2}}\d{{7}}[A-Za-z]|U1[BCDFGHLMNPRSTUWYXZ0-9]{{7}}[A-Za-z]){_Z}", None, alone=0.25, whole=0.55, named=0.85, context="licen[cs]e|patente|driving", severity="high"),
    pii_rule("kr_driving_licence", "00-00-000000-00|00 00 000000 00", rf"{_A}(?:1[1-9]|2[0-8])([ -])\d{{2}}\1\d{{6}}\1\d{{2}}{_Z}", None, alone=0.6, context="licen[cs]e|driving", severity="high"),
    pii_rule("de_identity_card", "a00|aa0|a0a", rf"{_A}[CFGHJKLMNPRTVWXYZcfghjklmnprtvwxyz](?=[A-Za-z]{{0,4}}\d)[CFGHJKLMNPRTVWXYZ0-9cfghjklmnprtvwxyz]{{7,8}}\d{_Z}", check.id_card_de, alone=0.1, whole=0.5, named=0.85, context="personalausweis\\w*|ausweis\\w*|reisepass\\w*|id card|passport", severity="high"),
    pii_rule("passport_shape", "aa0000000|aaa000000|a00000000|a000a0000", rf"{_A}(?:[A-Za-z]{{2}}\d{{7}}|[A-Za-z]{{3}}\d{{6}}|[ABDEL-Zabdel-z]\d{{8}}|[MSRODGmsrodg]\d{{3}}[A-Za-z]\d{{4}}){_Z}", None, alone=0.1, whole=0.5, named=0.9, context="passnr|passports?(?: number)?|reisepass|pasaporte|passeport|passaporto|여권\\w*", severity="high"),
    pii_rule("sg_fin_shape", "a0000000a", rf"{_A}[STFGMstfgm]\d{{7}}[A-Za-z]{_Z}", None, alone=0.2, whole=0.5, named=0.8, context="nric|fin", severity="high"),
    pii_rule("de_tax_number_slashes", "00/000/0000|000/000/0000|000/0000/0000|00/0000/0000", r"(?<![\w/.-])\d{2,3}/\d{3,4}/\d{4,5}(?![\w/-])", None, alone=0.55, named=0.9, context="steuernummer|st\\.? ?nr|tax|finanzamt", severity="high"),
    pii_rule("de_tax_number_federal", "0000000000000", r"(?<![\w.,/-])(?:0[1-9]|1\d|2[1-8])\d{2}0\d{8}(?![\w/-])", None, alone=0.3, named=0.9, whole=0.55, context="steuernummer|st\\.? ?nr|tax|finanzamt|elster", severity="high"),
    pii_rule("de_postcode", "", r"(?<![\w.,/-])(?!00)\d{5}(?![\w/-]|[.,]\d)", None, alone=0.0, named=0.7, context="plz|postleitzahl", severity="low"),
    pii_rule("uk_postcode_pair", "aa0a 0aa|aa00 0aa|a0 0aa|a00 0aa|aa0 0aa|a0a 0aa", rf"{_A}[A-PR-UWYZ][A-HK-Y]?\d[A-HJKPSTUW\d]? \d[ABD-HJLNP-UW-Z]{{2}}{_Z}", None, alone=0.5, severity="low"),
    pii_rule("ssn_valid_shape", "000000000", r"(?<![\w.,/-])\d{9}(?![\w/-]|[.,]\d)", check.ssn, alone=0.0, named=0.8, context="ssns?|social security", severity="critical"),
)  # fmt: skip
