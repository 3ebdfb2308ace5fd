"""What of a payload a person may see. Secrets are hidden from everybody, all values from those who only look on."""

import re
from functools import lru_cache
from typing import Any

from groundstop.screening.actions import redacted
from groundstop.screening.secrets import find_secrets

from groundstop_console.domain.people import Person, Role

HIDDEN = "••••••"
MASKED = "********"
"""What the approval service shows of a secret. Sent back unchanged in an edit it means: as it is."""
_SECRET_NAME = re.compile(
    r"pass(word|phrase|wd)?$|secret|token$|api[_-]?key|private[_-]?key|credential|authori[sz]ation|cookie",
    re.IGNORECASE,
)
_PLAIN = frozenset((
    "kind", "id", "at", "cause", "trace", "actor", "tenant", "agent", "intent", "task", "step", "tool",
    "tool_version", "digest", "action_type", "risk", "band", "route", "policy_version", "status", "reason_code",
    "case_kind", "verdict", "by", "attempt", "attempts", "executor", "lane", "epoch", "call_digest",
    "expires_at", "deadline", "until", "bucket", "tat", "duration_ms", "retry_in_s", "retry_after_s",
    "confidence", "severity", "path", "approver",
))  # fmt: skip
"""Fields of facts that say what happened without saying to whom or with what."""
DEPTH_MAX = 32
SECRET_CHARS_MIN = 8
TEXTS_KEPT = 4_096
"""The inbox shows the same texts again at every change: each is searched for secrets once."""


def shown(value: Any, person: Person) -> Any:
    """``value`` as ``person`` may see it."""
    return without_secrets(value) if person.may(Role.APPROVER) else outline(value)


def without_secrets(value: Any, depth: int = 0) -> Any:
    """Everything but values that are secrets, by the name of their field or by their looks."""
    if depth > DEPTH_MAX:
        return "…"
    if isinstance(value, dict):
        return {
            key: HIDDEN if _SECRET_NAME.search(str(key)) and inner else without_secrets(inner, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(inner, depth + 1) for inner in value]
    return _text(value) if isinstance(value, str) else value


@lru_cache(maxsize=TEXTS_KEPT)
def _text(text: str) -> str:
    return redacted(text, find_secrets(text)) if len(text) >= SECRET_CHARS_MIN else text


def outline(value: Any, name: str = "", depth: int = 0) -> Any:
    """The shape of a value: names of fields stay, what they hold is replaced by what kind of thing it is."""
    if name in _PLAIN and not isinstance(value, dict | list):
        return value
    if depth > DEPTH_MAX:
        return "…"
    if isinstance(value, dict):
        return {key: outline(inner, str(key), depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return list(value) if name == "reasons" else [outline(inner, "", depth + 1) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    return f"{HIDDEN} ({len(value)} characters)" if isinstance(value, str) else HIDDEN
