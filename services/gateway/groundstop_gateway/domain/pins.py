"""Pins: the definition of each tool as it was first seen or accepted. Another one is held until a person accepts it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from groundstop.intent import Frozen
from pydantic import Field

from groundstop_gateway.domain.definitions import Definition, changes, essence, fingerprint, poison


class Pin(Frozen):
    """A definition that may be shown to models; ``by`` is empty when it was the first one seen."""

    digest: str
    definition: dict[str, Any]
    at: datetime
    by: str = ""


class Held(Frozen):
    """A definition that may not, and why."""

    digest: str
    definition: dict[str, Any]
    at: datetime
    reason: str


class Entry(Frozen):
    """One tool: what is in force and what waits for a person."""

    pin: Pin | None = None
    held: Held | None = None


class Pins(Frozen):
    """Every tool of every server: server -> tool -> entry."""

    servers: dict[str, dict[str, Entry]] = Field(default_factory=dict)

    def of(self, server: str) -> dict[str, Entry]:
        """The tools of one server."""
        return self.servers.get(server, {})

    def why_held(self, server: str, tool: str) -> str:
        """Why a tool is held; empty when it is not."""
        entry = self.of(server).get(tool)
        return entry.held.reason if entry and entry.held else ""

    def holding(self) -> list[tuple[str, str, Held]]:
        """Everything that waits for a person: server, tool, what and why."""
        return [
            (server, tool, entry.held)
            for server, tools in sorted(self.servers.items())
            for tool, entry in sorted(tools.items())
            if entry.held is not None
        ]

    def with_tools(self, server: str, entries: Mapping[str, Entry]) -> "Pins":
        """The same with some tools of one server replaced."""
        return Pins(servers={**self.servers, server: {**self.of(server), **entries}})


def judged(entry: Entry, definition: Definition, now: datetime) -> Entry:
    """What becomes of a tool whose server says ``definition``: pinned at first sight, held when it changed or when it
    tries to give orders. What was pinned before stays on record beside what is held."""
    digest = fingerprint(definition)
    if entry.pin is not None and entry.pin.digest == digest:
        return Entry(pin=entry.pin)
    if entry.held is not None and entry.held.digest == digest:
        return entry
    reason = poison(definition)
    if entry.pin is not None:
        changed = f"its {' and its '.join(changes(entry.pin.definition, definition))} changed since it was pinned"
        reason = f"{changed}; {reason}" if reason else changed
    if reason:
        return Entry(pin=entry.pin, held=Held(digest=digest, definition=essence(definition), at=now, reason=reason))
    return Entry(pin=Pin(digest=digest, definition=essence(definition), at=now))


def seen(pins: Pins, server: str, definitions: Sequence[Definition], now: datetime) -> Pins:
    """The pins after a server listed its tools."""
    known = pins.of(server)
    return pins.with_tools(
        server, {one["name"]: judged(known.get(one["name"], Entry()), one, now) for one in definitions}
    )


def accepted(pins: Pins, server: str, tool: str, now: datetime, by: str) -> Pins:
    """The pins after a person accepted what is held of ``tool``, of every tool of the server when it is empty."""
    taken = {
        name: Entry(pin=Pin(digest=entry.held.digest, definition=entry.held.definition, at=now, by=by))
        for name, entry in pins.of(server).items()
        if entry.held is not None and tool in ("", name)
    }
    return pins.with_tools(server, taken)
