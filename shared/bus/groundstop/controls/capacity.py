"""How large the table of halts may be. It is written sixteen times at once, and a halt of everything must always fit.

What services write by themselves, because of what agents do, leaves half of the table to people; what people halt
leaves a reserve to halts of everything and to requests to lift. Pure.
"""

from collections.abc import Iterable

from groundstop.controls.rules import LIFTS, REASON_CHARS_KEPT
from groundstop.events import Halt

TABLE_BYTES_MAX = 512 * 1024
PEOPLES_BYTES_MAX = 480 * 1024
SERVICES_BYTES_MAX = 256 * 1024
REASON_BYTES_MAX = 2_000
"""Of one halt, as it is pressed."""

Halts = tuple[Halt, ...]


def bytes_of(halts: Iterable[Halt]) -> int:
    """How much a table takes of a message."""
    return sum(len(halt.model_dump_json().encode()) + 1 for halt in halts)


def no_room(before: Halts, after: Halts, role: str = "") -> str:
    """Why ``after`` is too large to replace ``before``; empty when it is not. ``role``: empty where nobody signs."""
    known = {halt.control for halt in before}
    added = [halt for halt in after if halt.control not in known]
    if any(len(halt.reason.encode()) > REASON_BYTES_MAX for halt in added):
        return f"the reason of a halt has at most {REASON_BYTES_MAX} bytes"
    size, most = bytes_of(after), _most(added, role)
    if size <= most or size <= bytes_of(before):
        return ""
    return f"a table of {len(after)} halts takes {size} bytes, and this one may take {most}: lift some, or halt all"


def _most(added: list[Halt], role: str) -> int:
    if role and role not in LIFTS:
        return SERVICES_BYTES_MAX
    return TABLE_BYTES_MAX if all(halt.scope == "all" and not halt.tenant for halt in added) else PEOPLES_BYTES_MAX


def fitting(halts: Halts) -> Halts:
    """``halts``, with their reasons cut where the table would not fit otherwise: what is stopped stays the same."""
    if bytes_of(halts) <= PEOPLES_BYTES_MAX:
        return halts
    return tuple(halt.model_copy(update={"reason": halt.reason[:REASON_CHARS_KEPT]}) for halt in halts)


def short(reason: str) -> str:
    """``reason`` as a halt takes it."""
    return reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")
