"""Whose name a request gives as its ``Host`` and ``Origin``: what keeps pages of other sites from local services. Pure.

A page of another site whose name leads to this machine (DNS rebinding) sends its own name as ``Host``. Addresses are no
names, so nobody can have them lead here.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

_NETLOC = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?")


def host_of(netloc: str) -> str:
    """The host in a ``Host`` header or an address, without port and brackets; empty when it cannot be one."""
    found = _NETLOC.fullmatch(netloc)
    return (found[1] or found[2]).lower().rstrip(".") if found else ""


def is_address(host: str) -> bool:
    """True for an IP address."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def is_ours(netloc: str, names: Collection[str]) -> bool:
    """True for one of our ``names`` (in lower case), for ``localhost``, and for every address."""
    host = host_of(netloc)
    return bool(host) and (host in names or host == "localhost" or is_address(host))


def origin_of(url: str) -> str:
    """Scheme and place of an address as browsers write them in ``Origin``; empty when it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.lower()}" if parts.scheme and host_of(parts.netloc) else ""
