"""HTTP in arguments: the method, headers that override it, and addresses that must not be reached by accident."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from groundstop.vocabulary import Risk

# RFC 9110, section 9.2.1: safe methods are those whose defined meaning is read-only.
METHODS: Mapping[str, Risk] = MappingProxyType(
    {
        "GET": Risk.SAFE, "HEAD": Risk.SAFE, "OPTIONS": Risk.SAFE, "TRACE": Risk.SAFE, "QUERY": Risk.SAFE,
        "POST": Risk.RISKY, "PUT": Risk.RISKY, "PATCH": Risk.RISKY, "CONNECT": Risk.DANGEROUS,
        "DELETE": Risk.DANGEROUS, "PURGE": Risk.DANGEROUS,
    }
)  # fmt: skip
METHOD_NAMES = frozenset({"method", "httpmethod", "verb", "requestmethod", "httpverb"})
OVERRIDES = frozenset({"xhttpmethodoverride", "xhttpmethod", "xmethodoverride", "httpmethodoverride", "_method"})
_OVERRIDE_LINE = re.compile(
    r"x[-_ ]?(?:http[-_ ]?)?method(?:[-_ ]?override)?\s*[:=]\s*([a-z]{3,9})|[?&]_method=([a-z]{3,9})", re.I
)
_METADATA = re.compile(
    r"\b169\.254\.169\.254\b|\bmetadata\.google\.internal\b|\bfd00:ec2::254\b|\b0xa9fea9fe\b|\b2852039166\b", re.I
)
_STRANGE_SCHEME = re.compile(r"^\s*(?:file|gopher|dict|ldap|javascript|vbscript|jar|phar)\s*:", re.I)


def method_risk(value: str) -> Risk | None:
    """The risk of an HTTP method; None when ``value`` is not one."""
    return METHODS.get(value.strip().upper())


def overridden_method(text: str) -> str | None:
    """The method that a header or query in ``text`` asks the server to use instead."""
    match = _OVERRIDE_LINE.search(text)
    return (match.group(1) or match.group(2)).upper() if match else None


def forbidden_address(text: str) -> str | None:
    """Why an address must not be fetched unseen: a cloud's credentials service, or a scheme that is not the web."""
    if _METADATA.search(text):
        return "It addresses the credentials service of a cloud machine."
    if _STRANGE_SCHEME.match(text):
        return "Its address uses a scheme that reads files or runs code."
    return None
