"""What a tool is called: by its server, to the client, and on the bus."""

import re
from collections.abc import Iterable
from hashlib import sha256

from groundstop import subjects

SEPARATOR = "__"
FAMILY = "mcp"
NAME_CHARS_MAX = 128
_ON_BUS = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def listed(server: str, name: str, *, alone: bool, separator: str = SEPARATOR) -> str:
    """The name that a client sees: the server's own behind a single server, ``server__name`` behind several."""
    return name if alone else f"{server}{separator}{name}"


def found(name: str, servers: Iterable[str], *, separator: str = SEPARATOR) -> tuple[str, str] | None:
    """Which server a listed name belongs to and what it is called there; None when it belongs to none.

    Behind several servers the longest server whose prefix fits is meant: a server may be called ``a__b``.
    """
    names = list(servers)
    if len(names) == 1:
        return names[0], name
    fitting = [server for server in names if name.startswith(server + separator)]
    if not fitting:
        return None
    server = max(fitting, key=len)
    return server, name[len(server) + len(separator) :]


def on_bus(server: str, name: str) -> str:
    """The tool's name in the catalogue, in policies and in subjects: ``mcp.<server>.<name>``.

    A name that no subject may hold is written in its readable form with a checksum behind it.
    """
    plain = f"{FAMILY}.{server}.{name}"
    if len(plain) <= NAME_CHARS_MAX and _ON_BUS.fullmatch(plain):
        return plain
    return f"{FAMILY}.{server}.{subjects.tool_token(name)}"


def agent_of(client: str) -> str:
    """A legal agent's name for an OAuth client: itself where it is one, else readable and still different for each.

    No client can be called so that it becomes another one's agent: the mark is part of a cryptographic digest, and who
    is called like something with a mark is given one, too.
    """
    if _PLAIN.fullmatch(client) and not _MARKED.fullmatch(client):
        return client
    return f"{_ODD.sub('-', client)[:47]}-{sha256(client.encode()).hexdigest()[:16]}"


_PLAIN, _MARKED, _ODD = (
    re.compile(r"[A-Za-z0-9_-]{1,64}"),
    re.compile(r".*-[0-9a-f]{16}"),
    re.compile(r"[^A-Za-z0-9_-]"),
)
