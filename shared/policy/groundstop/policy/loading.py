"""Read a policy file: bounded YAML, laid over a preset, validated; what is wrong is said with its line."""

from typing import Any

from groundstop.policy.documents import BadDocument, Document, read
from groundstop.policy.model import Policy
from groundstop.policy.presets import PRESETS, overlay, preset_text
from groundstop.policy.problems import PolicyError, Problem, dotted, problems_of
from groundstop.policy.spelling import near
from pydantic import ValidationError

TABLES = ("routes", "screens", "confusion", "expiry")
"""Sections that a file changes setting by setting; what it leaves out stays as it is built in."""


def load_policy(text: str) -> Policy:
    """The policy in a YAML text. Raises PolicyError with every problem, its line, its place, value and a suggestion."""
    document = _read(text)
    content = dict(document.value)
    base = _preset(content.pop("extends", None), document)
    try:
        return Policy.model_validate(overlay(base, content))
    except ValidationError as error:
        shifted = _moved(document, base, content)
        raise PolicyError(problems_of(error.errors(include_url=False), shifted, Policy)) from None
    except RecursionError:
        raise PolicyError([Problem(0, "", "the policy is nested too deeply")]) from None


def preset(name: str) -> Policy:
    """The policy that a preset is by itself. Raises KeyError for a name that is not in PRESETS."""
    return load_policy(preset_text(name))


def _read(text: str) -> Document:
    try:
        document = read(text)
    except BadDocument as error:
        raise PolicyError([Problem(error.line, dotted(error.path), str(error))]) from None
    if document.value is None:
        document.value = {}
    if not isinstance(document.value, dict):
        raise PolicyError([Problem(1, "", "a policy is a mapping of settings", repr(document.value)[:80])])
    return document


def _preset(name: Any, document: Document) -> dict[str, Any]:
    """What the file is laid upon: the built-in tables, so that a file may change one cell of them, and its preset."""
    tables = {section: Policy().content[section] for section in TABLES}
    if name is None:
        return tables
    if not isinstance(name, str) or name not in PRESETS:
        line = document.line(("extends",))
        raise PolicyError([Problem(line, "extends", "no such preset", repr(name)[:80], near(str(name), PRESETS))])
    return overlay(tables, read(preset_text(name)).value)


def _moved(document: Document, base: dict[str, Any], content: dict[str, Any]) -> Document:
    """The document with its lines under the indexes that its entries have once they are laid over the preset."""
    lines = dict(document.lines)
    merged = overlay(base, content)
    for section, entries in content.items():
        if not isinstance(entries, list) or section not in base:
            continue
        shift = len(merged[section]) - len(entries)
        for path, line in document.lines.items():
            if len(path) > 1 and path[0] == section and isinstance(path[1], int):
                lines[(section, path[1] + shift, *path[2:])] = line
    return Document(document.value, lines)
