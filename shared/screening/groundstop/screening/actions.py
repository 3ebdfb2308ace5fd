"""What a finding leads to: a table by kind and source, and redaction. Pure; the policy file may replace the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from groundstop.screening.findings import (
    FLAG_AT,
    HIDDEN_TEXT,
    PII,
    PROMPT_INJECTION,
    SECRET,
    UNSCANNED,
    Finding,
    Findings,
)

Action = Literal["allow", "flag", "redact", "hold", "refuse"]
ORDER: tuple[Action, ...] = ("allow", "flag", "redact", "hold", "refuse")  # from mild to strict; the strictest wins

# (kind, source) -> action; "*" stands for any source not named.
ActionTable = Mapping[tuple[str, str], Action]
DEFAULT_ACTIONS: ActionTable = {
    (PROMPT_INJECTION, "tool_output"): "hold",
    (PROMPT_INJECTION, "tool_description"): "refuse",
    (PROMPT_INJECTION, "argument"): "hold",
    (PROMPT_INJECTION, "*"): "flag",
    (SECRET, "argument"): "hold",
    (SECRET, "*"): "redact",
    (PII, "tool_output"): "flag",
    (PII, "*"): "flag",
    (HIDDEN_TEXT, "tool_description"): "refuse",
    (HIDDEN_TEXT, "*"): "hold",
    (UNSCANNED, "*"): "flag",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The strictest action of all findings, and the findings that asked for it."""

    action: Action
    because: tuple[Finding, ...] = ()


def decide(findings: Findings, table: ActionTable = DEFAULT_ACTIONS) -> Verdict:
    """What to do about the findings of one text or structure; hints below the bar of their kind do nothing."""
    asked = [
        (action_for(one, findings.source, table), one)
        for one in findings.findings
        if one.confidence >= FLAG_AT[one.kind]
    ]
    strictest = max((ORDER.index(action) for action, _ in asked), default=0)
    return Verdict(
        ORDER[strictest], tuple(one for action, one in asked if ORDER.index(action) == strictest and strictest)
    )


def action_for(finding: Finding, source: str, table: ActionTable = DEFAULT_ACTIONS) -> Action:
    """The action of one finding: its kind and source, then its kind and any source, then `flag`."""
    return table.get((finding.kind, source)) or table.get((finding.kind, "*")) or "flag"


def redacted(text: str, findings: Iterable[Finding], kinds: frozenset[str] = frozenset({SECRET, PII})) -> str:
    """The text with each flagged span of `kinds` replaced by its kind and rule, as in [secret:jwt]."""
    parts: list[str] = []
    done = 0
    chosen = (f for f in findings if f.kind in kinds and f.confidence >= FLAG_AT[f.kind] and not f.path)
    for one in sorted(chosen, key=lambda f: (f.start, -f.end)):
        if one.end <= done:
            continue
        parts.append(text[done : max(done, one.start)])
        parts.append(f"[{one.kind}:{one.rule.split(':')[0]}]" if one.start >= done else "")
        done = one.end
    return "".join(parts) + text[done:]


def redacted_structure(
    value: object, findings: Iterable[Finding], kinds: frozenset[str] = frozenset({SECRET, PII})
) -> object:
    """The JSON value with the flagged spans of `screen_structure` replaced; numbers that hold one become text."""
    by_path: dict[str, list[Finding]] = {}
    for one in findings:
        if one.kind in kinds:
            by_path.setdefault(one.path, []).append(one.at(""))
    return _redact_at(value, "$", by_path, kinds) if by_path else value


def _redact_at(value: object, path: str, by_path: Mapping[str, list[Finding]], kinds: frozenset[str]) -> object:
    if isinstance(value, Mapping):
        return {
            _redact_key(str(key), path, by_path, kinds): _redact_at(item, f"{path}.{key}", by_path, kinds)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redact_at(item, f"{path}[{index}]", by_path, kinds) for index, item in enumerate(value)]
    if path not in by_path or value is None or isinstance(value, bool):
        return value
    plain = redacted(str(value), by_path[path], kinds)
    return value if plain == str(value) else plain


def _redact_key(key: str, path: str, by_path: Mapping[str, list[Finding]], kinds: frozenset[str]) -> str:
    """A key may be a secret as well; keys share one path, so the span must fit the key that it was found in."""
    fitting = [f for f in by_path.get(f"{path}.<key>", ()) if f.end <= len(key)]
    return redacted(key, fitting, kinds) if fitting else key
