"""References in a call: ``{"$secret": "smtp"}`` stands for a secret until the last moment, which is hidden afterwards.

Pure.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

Resolve = Callable[[str], str]
SECRET = "$secret"
HIDDEN = "[secret]"
SHORTEST_HIDDEN = 4
"""Shorter values are not looked for in answers: they would occur by chance."""
LINE_CHARS = 16
"""A line of a secret of several lines, such as a private key, gives it away, too."""
CUT_CHARS = 6
LONG_CHARS = 256
"""The beginning of a secret, so long, at the end of a text that long: somebody cut the text off in its middle."""


def is_reference(value: Any) -> bool:
    """Whether a value stands for a secret: ``{"$secret": "smtp"}``."""
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get(SECRET), str)


def references(value: Any) -> Iterator[str]:
    """The names of the secrets that are referred to anywhere in ``value``."""
    if is_reference(value):
        yield value[SECRET]
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from references(inner)


def has_reference(value: Any) -> bool:
    """Whether a secret is named anywhere in ``value``."""
    return next(references(value), None) is not None


def resolved(value: Any, resolve: Resolve, seen: list[str]) -> Any:
    """``value`` with every reference replaced; the values are added to ``seen``. Raises what ``resolve`` raises."""
    if is_reference(value):
        seen.append(resolve(value[SECRET]))
        return seen[-1]
    if isinstance(value, Mapping):
        return {key: resolved(inner, resolve, seen) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(inner, resolve, seen) for inner in value]
    return value


def hidden(value: Any, secrets: Sequence[str]) -> Any:
    """``value`` without the secrets that it repeats: what a service echoes must not get into the log."""
    whole = sorted({form for secret in secrets for form in forms(secret)}, key=len, reverse=True)
    lines = sorted({line for secret in secrets for line in _lines(secret)}, key=len, reverse=True)
    return _hidden(value, whole, lines) if whole else value


def forms(secret: str) -> set[str]:
    """How a secret may come back: as it is, as JSON or Python write it, in a URL, in base64, in hexadecimal."""
    if len(secret) < SHORTEST_HIDDEN:
        return set()
    raw = secret.encode("utf-8", "surrogatepass")
    found = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    found |= {quote(raw), quote(raw, safe=""), quote_plus(raw), raw.hex(), raw.hex().upper()}
    found |= {text.decode().rstrip("=") for text in (base64.b64encode(raw), base64.urlsafe_b64encode(raw))}
    return found


def _lines(secret: str) -> list[str]:
    lines = secret.splitlines()
    return [line for line in lines if len(line) >= LINE_CHARS] if len(lines) > 1 else []


def _hidden(value: Any, whole: Sequence[str], lines: Sequence[str]) -> Any:
    if isinstance(value, str):
        text = _without_beginning(_without(value, whole), whole)  # before its lines: without one it is no beginning
        return _without(text, lines)
    if isinstance(value, Mapping):
        return {_hidden(key, whole, lines): _hidden(inner, whole, lines) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner, whole, lines) for inner in value]
    return value


def _without(text: str, looked_for: Sequence[str]) -> str:
    for form in looked_for:
        text = text.replace(form, HIDDEN)
    return text


def _without_beginning(text: str, looked_for: Sequence[str]) -> str:
    """A long text without the beginning of a secret at its very end."""
    if len(text) < LONG_CHARS:
        return text
    for form in looked_for:
        for length in range(len(form) - 1, CUT_CHARS - 1, -1):
            if text.endswith(form[:length]):
                return text[:-length] + HIDDEN
    return text
