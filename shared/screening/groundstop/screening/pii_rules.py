"""The PII rules: shape, check digit, the words that name the kind, and how sure each of them makes us."""

# ruff: noqa: E501 - one rule a line reads as a table

from __future__ import annotations

import ipaddress
import re

from groundstop.screening import checksums as check
from groundstop.screening.pii_rule import PiiRule
from groundstop.screening.pii_rule import pii_rule as _rule


def _address(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False) if "/" in value else ipaddress.ip_address(value.split("%")[0])
    except ValueError:
        return False
    return True


def _mac(value: str) -> bool:
    plain = re.sub(r"[^0-9A-Fa-f]", "", value).upper()
    return len(plain) == 12 and plain not in ("000000000000", "FFFFFFFFFFFF")


def _phone(value: str) -> bool:
    count = len(check.digits(value))
    return 8 <= count <= 15 and len(set(check.digits(value))) > 2


def _phone_national(value: str) -> bool:
    return _phone(value) and len(check.digits(value)) >= 10 and check.dial_us(value) and not value.startswith("000")


def _rvnr(value: str) -> bool:
    """German pension insurance number: letter as two digits, weights, sum of digits modulo 10; day 1-31 or 51-81."""
    day, month = int(value[2:4]), int(value[4:6])
    if not (1 <= day <= 31 or 51 <= day <= 81) or month > 12:
        return False
    plain = value[:8] + f"{ord(value[8]) - 64:02d}" + value[9:11]
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(plain, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return total % 10 == int(value[11])


def _kvnr(value: str) -> bool:
    plain = f"{ord(value[0]) - 64:02d}" + value[1:9]
    total = sum(sum(divmod(int(d) * (1 + n % 2), 10)) for n, d in enumerate(plain))
    return total % 10 == int(value[9])


_D = r"(?<![\w.,#/:+-])"  # not inside a longer word or number
_E = r"(?![\w/-]|[.,:]\d)"
_S = r"[ .-]?"

RULES: tuple[PiiRule, ...] = (
    _rule("email", "@", r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,6}(?:[A-Za-z]{2,24}|xn--[a-z0-9-]{2,59})(?![\w-])", alone=0.95),
    _rule("iban", "aa00", r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])", check.iban, alone=0.98, severity="high"),
    _rule("credit_card", "0000000000000|0000-0000|0000 0000|000 000000|000-000000", rf"{_D}\d(?:[ -]?\d){{12,18}}{_E}", check.card, alone=0.8, named=0.98, context="card|visa|mastercard|amex|credit|debit|kreditkarte|carte|tarjeta|pan|cc", severity="high", self_evident=True),
    _rule("bitcoin_address", "", r"(?<![A-Za-z0-9])(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})(?![A-Za-z0-9])", check.bitcoin, alone=0.97, severity="high"),
    _rule("ethereum_address", "0a", r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{40}(?![0-9a-fA-F])", None, alone=0.8, severity="high"),
    _rule("us_ssn", "000-00-0000|000 00 0000|000.00.0000", rf"{_D}\d{{3}}([- .])\d{{2}}\1\d{{4}}{_E}", check.ssn, alone=0.75, context="ssn|social security|social sec|ss#|soc sec", severity="critical"),
    _rule("us_ssn_plain", "000000000|00000-0000|000-000000", rf"{_D}(?:\d{{9}}|\d{{5}}-\d{{4}}|\d{{3}}-\d{{6}}){_E}", check.ssn, alone=0.2, whole=0.45, context="ssns?|social security|social sec|ss#|soc sec", severity="critical"),
    _rule("us_itin", "00-0000|000000000|00 0000|00000-0000|000-000000", rf"{_D}9\d{{2}}[- ]?\d{{2}}[- ]?\d{{4}}{_E}", check.itin, alone=0.4, whole=0.55, context="itin|tax ?id|taxpayer", severity="high"),
    _rule("aba_routing", "000000000|0000-0000-0|00000000-0|0000-00000", rf"{_D}\d{{4}}-?\d{{4}}-?\d{_E}", check.aba, alone=0.35, whole=0.6, context="aba|routing|rtn|bank|wire|transit", severity="high"),
    _rule("uk_nhs", "000 000 0000|000-000-0000|0000000000|000000 0000|000 0000000", rf"{_D}\d{{3}}[- ]?\d{{3}}[- ]?\d{{4}}{_E}", check.nhs, alone=0.4, whole=0.6, context="nhs|national health|patient|hospital", severity="high"),
    _rule("us_npi", "0000000000|0000-000-000|0000 000 000|0000000 000", rf"{_D}[12]\d{{3}}[- ]?\d{{3}}[- ]?\d{{3}}{_E}", check.npi, alone=0.35, whole=0.55, context="npi|provider"),
    _rule("us_mbi", "0aa0-a|0a00-a|0aa0a|0a00a", r"(?<![A-Za-z0-9])[1-9][AC-HJKMNP-RT-Yac-hjkmnp-rt-y][AC-HJKMNP-RT-Yac-hjkmnp-rt-y0-9]\d-?[AC-HJKMNP-RT-Yac-hjkmnp-rt-y][AC-HJKMNP-RT-Yac-hjkmnp-rt-y0-9]\d-?[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]{2}\d{2}(?![A-Za-z0-9-])", None, alone=0.75, context="mbi|medicare", severity="high"),
    _rule("uk_nino", "aa000000a|aa 00 00 00 a|aa 00 00 00a|aa000000 a|aa 000000", r"(?<![A-Za-z0-9])(?!(?:BG|GB|KN|NK|NT|TN|ZZ|bg|gb|kn|nk|nt|tn|zz))(?![DFIQUVdfiquv])[A-Za-z](?![DFIQUVOdfiquvo])[A-Za-z] ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d](?![A-Za-z0-9])", None, alone=0.75, context="nino|national insurance|ni number", severity="high"),
    _rule("ca_sin", "000 000 000|000-000-000|000000000", rf"{_D}\d{{3}}([- ]?)\d{{3}}\1\d{{3}}{_E}", check.sin_ca, alone=0.35, whole=0.55, context="sin|social insurance|nas", severity="critical"),
    _rule("au_tfn", "000 000 000|000000000|000000 000|000 000000", rf"{_D}\d{{3}} ?\d{{3}} ?\d{{3}}{_E}", check.tfn, alone=0.3, whole=0.5, context="tfn|tax file", severity="high"),
    _rule("au_abn", "00 000 000|00000000000|00 00000", rf"{_D}\d{{2}} ?\d{{3}} ?\d{{3}} ?\d{{3}}{_E}", check.abn, alone=0.5, context="abn|business number", severity="low"),
    _rule("au_acn", "000 000 000|000000000|000000 000|000 000000", rf"{_D}\d{{3}} ?\d{{3}} ?\d{{3}}{_E}", check.acn, alone=0.3, whole=0.5, context="acn|company number", severity="low"),
    _rule("au_medicare", "0000 00000|0000000000|000000000 0", rf"{_D}[2-6]\d{{3}} ?\d{{5}} ?\d{_E}", check.medicare_au, alone=0.35, whole=0.55, context="medicare", severity="high"),
    _rule("pl_pesel", "00000000000", rf"{_D}\d{{11}}{_E}", check.pesel, alone=0.45, context="pesel", severity="high", whole=0.55, self_evident=True),
    _rule("tr_national_id", "00000000000", rf"{_D}[1-9]\d{{10}}{_E}", check.tckn, alone=0.45, context="turkish id|türk\\w*|kişi|vatandaş\\w*|tckn|tc ?kimlik|kimlik|t[. ]?c[. ]?", severity="high", whole=0.55, self_evident=True),
    _rule("de_tax_id", "00000000000", rf"{_D}[1-9]\d{{10}}{_E}", check.steuer_id, alone=0.5, context="steuer-?id\\w*|idnr|tax id|steueridentifikationsnummer|steuer", severity="high"),
    _rule("de_vat_id", "aa00000000|aa 000000000|aa000 000|aa 000 000|aa-000|aa.000|aa 000-000", r"(?<![A-Za-z0-9])(?:DE|de)[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d{3}(?![A-Za-z0-9])", None, alone=0.55, context="ust\\W?id\\w*|vat|umsatzsteuer", severity="low", self_evident=True),
    _rule("de_social_security", "00000000a000", r"(?<![A-Za-z0-9])\d{2}(?:0[1-9]|[1-8]\d|9[0-9])\d{4}[A-Z]\d{3}(?![A-Za-z0-9])", _rvnr, alone=0.7, context="rvnr|sozialversicherung\\w*|rentenversicherung\\w*", severity="high"),
    _rule("de_health_insurance", "a000000000", r"(?<![A-Za-z0-9])[A-Za-z]\d{9}(?![A-Za-z0-9])", lambda v: _kvnr(v.upper()), alone=0.6, context="kvnr|krankenkasse|versichertennummer|egk", severity="high"),
    _rule("es_nif", "0000000a|0000000-a", r"(?<![A-Za-z0-9])\d{7,8}-?[A-Za-z](?![A-Za-z0-9])", check.dni, alone=0.6, context="nif|dni|identidad", severity="high"),
    _rule("es_nie", "a0000000", r"(?<![A-Za-z0-9])[XYZxyz]\d{7}-?[A-Za-z](?![A-Za-z0-9])", check.nie, alone=0.75, context="nie|extranjero", severity="high", self_evident=True),
    _rule("fi_identity_code", "000000-000|000000+000|000000a000", r"(?<!\d)\d{6}[+\-A-FU-Yu-y]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y](?![A-Za-z0-9])", check.hetu, alone=0.75, context="hetu|henkil\\w+", severity="high"),
    _rule("se_personnummer", "000000-0000|000000+0000|0000000000", rf"{_D}(?:18|19|20)?\d{{6}}[-+]?\d{{4}}{_E}", check.personnummer, alone=0.5, context="personnummer|pnr|personal identity", severity="high"),
    _rule("se_organisationsnummer_dashed", "000000-0000", rf"{_D}\d{{6}}-\d{{4}}{_E}", check.organisationsnummer, alone=0.5, severity="low"),
    _rule("se_organisationsnummer", "000000-0000|0000000000", rf"{_D}\d{{6}}-?\d{{4}}{_E}", check.organisationsnummer, alone=0.35, whole=0.45, context="orgnummer|organisationsnummer|org\\.? ?nr|company identity", severity="low"),
    _rule("sg_nric", "a0000000a", r"(?<![A-Za-z0-9])[STFGMstfgm]\d{7}[A-Za-z](?![A-Za-z0-9])", check.nric, alone=0.75, context="nric|fin", severity="high"),
    _rule("sg_uen", "0000000a|a00aa", r"(?<![A-Za-z0-9])(?:\d{8}[A-Z]|(?:19|20)\d{7}[A-Z]|[RST]\d{2}[A-Z]{2}\d{4}[A-Z])(?![A-Za-z0-9])", check.uen_sg, alone=0.3, whole=0.5, context="uen", severity="low"),
    _rule("in_aadhaar", "0000 0000 0000|0000-0000-0000|0000:0000:0000|000000000000", rf"{_D}[2-9]\d{{3}}([- :]?)\d{{4}}\1\d{{4}}{_E}", check.aadhaar, alone=0.55, context="aadhaar|uidai|aadhar", severity="critical"),
    _rule("in_pan", "aaaaa0000a", r"(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])", None, alone=0.65, context="pan|permanent account", severity="high"),
    _rule("in_gstin", "00aaaaa0000a", r"(?<![A-Za-z0-9])(?:0[1-9]|[12]\d|3[0-7])[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z](?![A-Za-z0-9])", None, alone=0.8, context="gstins?", severity="low"),
    _rule("in_voter", "aaa0000000", r"(?<![A-Za-z0-9])[A-Za-z]{3}\d{7}(?![A-Za-z0-9])", None, alone=0.3, whole=0.5, context="voter|epic|elector\\w*|vote"),
    _rule("it_fiscal_code", "aaaaaa00a00a000a", r"(?<![A-Za-z0-9])[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z](?![A-Za-z0-9])", None, alone=0.85, context="codice fiscale|fiscal", severity="high"),
    _rule("it_vat", "00000000000", rf"{_D}\d{{11}}{_E}", check.vat_it, alone=0.25, whole=0.5, context="partita iva|p\\.? ?iva|vat", severity="low"),
    _rule("kr_rrn", "000000-0000000|0000000000000", rf"{_D}\d{{6}}-?[1-8]\d{{6}}{_E}", check.rrn_kr, alone=0.55, context="rrn|frn|resident registration|korean", severity="critical"),
    _rule("kr_brn", "000-00-00000|0000000000|00000-00000|000-0000000", rf"{_D}\d{{3}}-?\d{{2}}-?\d{{5}}{_E}", check.brn_kr, alone=0.4, whole=0.55, context="brn|business registration", severity="low"),
    _rule("th_tnin", "0000000000000|0-0000|00-0|0-0-0", rf"{_D}[1-9](?:-?\d){{12}}{_E}", check.thai_id, alone=0.5, context="tnin|ประชาชน|citizen|thai", severity="high"),
    _rule("za_id", "0000000000000", rf"{_D}\d{{13}}{_E}", check.za_id, alone=0.45, context="resident number|refugee id|id number|south african|rsa id|sa id", severity="high", whole=0.55, self_evident=True),
    _rule("passport", "", r"(?<![A-Za-z0-9])(?:[A-Za-z]{2,3}\d{6,8}|[A-Za-z]\d{7,8}|\d{9}|[A-Za-z]\d{3}[A-Za-z]\d{4}|[CFGHJKLMNPRTVWXYZ0-9cfghjklmnprtvwxyz]{9,10})(?![A-Za-z0-9])", None, alone=0.0, context="passnr|pass-nr|passports?(?: number)?|reisepass|pasaporte|passeport|passaporto|travel document", severity="high"),
    _rule("national_id_card", "", r"(?<![A-Za-z0-9])[A-Za-z0-9]{8,12}(?![A-Za-z0-9])", lambda v: sum(c.isdigit() for c in v) >= 5, alone=0.0, named=0.7, context="personalausweis\\w*|id card|identity card|carta d|ausweis\\w*|national id|medicare id", severity="high"),
    _rule("driver_licence", "", r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,2}\d{6,13}[A-Za-z0-9]?|[A-Za-z]{2,5}9?\d{6}[A-Za-z0-9]{5,7}|\d{2}-\d{2}-\d{6}-\d{2}|[A-Z]{2}\d{7}[A-Z])(?![A-Za-z0-9])", None, alone=0.0, context="driver'?s? licen[cs]e|driving licen[cs]e|licen[cs]e(?: number| no)?|dl number|führerschein\\w*|fuhrerschein\\w*|fahrerlaubnis|patente", severity="high"),
    _rule("uk_driving_licence", "000000aa0aa|000000a00aa", r"(?<![A-Za-z0-9])[A-Za-z]{2,5}9{0,3}\d[0156]\d[0-3]\d{2}[A-Za-z9]{2}\d[A-Za-z]{2}(?![A-Za-z0-9])", lambda v: len(v) == 16, alone=0.8, context="licen[cs]e|driving", severity="high"),
    _rule("tax_number", "", r"(?<![A-Za-z0-9])\d{2,3}[-/ ]?\d{3,4}[-/ ]?\d{3,5}(?:[-/ ]?\d{3,4})?(?![A-Za-z0-9])", None, alone=0.0, context="tins?|tax id|steuernummer|bir|ein|tax number|taxpayer", severity="high"),
    _rule("bank_account", "", rf"{_D}\d{{8,17}}{_E}", None, alone=0.0, named=0.75, context="account(?: number| no\\.?| #)?|acct|a/c|konto\\w*|bank account|cuenta|iban", severity="high"),
    _rule("us_dea_number", "aa0000000", r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z9]\d{7}(?![A-Za-z0-9])", check.dea, alone=0.4, whole=0.6, context="dea|certificate|prescriber", severity="high"),
    _rule("medical_or_case_number", "", r"(?<![A-Za-z0-9])[A-Z]{1,2}\d{7,9}(?![A-Za-z0-9])", None, alone=0.0, named=0.7, context="certificate number|lanr|bsnr|arztnummer|betriebsstättennummer|mrn|medical record"),
    _rule("certificate_number_de", "", r"(?<![A-Za-z0-9])\d{9}(?![A-Za-z0-9])", None, alone=0.0, named=0.75, context="lanr|bsnr|arztnummer|betriebsstättennummer"),
    _rule("uk_postcode", " 0aa|00aa|0a0aa|a00aa", r"(?<![A-Za-z0-9])(?:GIR 0AA|(?![QVX])[A-Z](?:\d[A-HJKPSTUW]?|\d\d|[A-HK-Y]\d[ABEHMNPRVWXY]?|[A-HK-Y]\d\d) ?\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])", None, alone=0.45, whole=0.55, context="postcode|post code|address|lives?|street|road", severity="low"),
    _rule("phone", "+0", r"(?<![\w.#/:$€£-])\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,5}){1,5}(?![\w-]|[.,]\d)", _phone, alone=0.8, context="phone|tel|mobile|cell|call|fax|whatsapp|handy|telefon"),
    _rule("phone_national", "000-000|000 000|000.000|)000|) 000|00 000|00-000", r"(?<![\w.#/:$€£+-])(?:\(0?\d{2,4}\) ?\d{3,4}[ .-]?\d{4}|0 ?(?:\(\d{2,4}\)|\d{2,4})[ -]\d{3,4}(?:[ -]?\d{2,4}){1,2}|\d{3}[-.]\d{3}[-.]\d{4}|0\d{2}[ -]\d{7})(?![\w-]|[.,]\d)", _phone_national, alone=0.6, context="phone|tel|mobile|cell|call|fax|whatsapp|handy|telefon|number"),
    _rule("phone_national_short", "000 000|000-000|00 000|00-000", r"(?<![\w.#/:$€£+-])0 ?(?:\(\d{2,4}\)|\d{2,4})[ -]\d{3,7}(?:[ -]?\d{2,4}){0,2}(?![\w-]|[.,]\d)", _phone, alone=0.3, named=0.8, context="phone|tel|mobile|cell|call|fax|whatsapp|handy|telefon|number"),
    _rule("phone_grouped", "000 000 00 00|000-000-00-00|000.000.00.00", r"(?<![\w.#/:$€£+-])(?:0[ .-]?)?[2-5]\d{2}[ .-]\d{3}[ .-]\d{2}[ .-]\d{2}(?![\w-]|[.,]\d)", _phone, alone=0.6),
    _rule("phone_ten_digits", "0000000000", rf"{_D}(?:[345]\d{{9}}){_E}", _phone, alone=0.2, named=0.7, whole=0.5, context="phone|tel|mobile|cell|gsm|telefon"),
    _rule("phone_plain", "", rf"{_D}\(?0?\d[\d ()-]{{7,14}}\d{_E}", _phone, alone=0.0, named=0.7, context="phone|tel|mobile|cell|call me|call us|fax|whatsapp|handy|telefon|cep"),
    _rule("phone_mobile_plain", "00000000000", rf"{_D}0[579]\d{{9}}{_E}", _phone, alone=0.45, whole=0.55, context="phone|tel|telepono|mobile|cell|call|fax|whatsapp|handy|telefon|gsm", self_evident=True),
    _rule("mac_address", "hh:hh:hh:hh:hh:hh|hh-hh-hh-hh-hh-hh|hhhh.hhhh.hhhh", r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])|(?<!\w)[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?!\w)", _mac, alone=0.7, severity="low"),
    _rule("ipv4", ".0.|.00.|.000.", r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\w]|\.\d)", _address, alone=0.6, named=0.6, context="ip|ips|ipv4|ip ?addr\\w*|address(?:es)?|addr|host|hosts|server|client|src|dst|source|destination|peer|remote|gateway|subnet|network|private|default|dns|ping|ssh|bind|node", severity="low"),
    _rule("ipv6_loopback", "::", r"(?<![\w:.])::1?(?![\w:.<(])", None, alone=0.3, named=0.6, whole=0.6, context="ipv6|ip|loopback|unspecified|src|dst|localhost|connecting|listen\\w*", severity="low"),
    _rule("ipv6", "::|:hhhh:|:hhh:|:h:h:", r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4})(?:%\w{1,15})?(?:/\d{1,3})?(?![\w:]|\.\d)", lambda v: len(v) > 3 and _address(v), alone=0.6, severity="low"),
    _rule("date_of_birth", "", r"(?<![\w/-])(?:\d{4}-\d\d-\d\d|\d{1,2}[./-](?:\d{1,2}|[A-Za-z]{3,9})[./-]\d{2,4}|[A-Z][a-z]{2,8} \d{1,2},? \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4})(?![\w/-])", None, alone=0.0, named=0.85, context="dob|born|birth(?:day|date)?|date of birth|geburtsdatum|geboren|geb\\.|née? le|fecha de nacimiento"),
)  # fmt: skip
