"""What people are shown of arguments: the values, without the secrets in them. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from groundstop.screening.findings import FLAG_AT, SECRET
from groundstop.screening.secrets import find_secrets
from groundstop.screening.structure import render

MASK = "********"
SECRET_NAME = re.compile(
    r"(?i)(^|[_.-])(pass(word|wd|phrase|code)?|pwd|secret|token|credentials?|authorization|cookie|"
    r"(api|access|private|secret|signing|encryption)[_-]?key|client[_-]?secret)($|[_.-])"
)
"""What a value is called when nobody should read it, whatever it looks like."""


def mask(value: Any) -> tuple[Any, list[str]]:
    """``value`` with every secret that is seen in it replaced, and the JSON paths of what was replaced.

    A string that holds a secret is replaced as a whole: what is left of it could give the secret away.
    """
    rendered = render(value)
    paths = {rendered.home(one).path for one in find_secrets(rendered.text) if one.confidence >= FLAG_AT[SECRET]}
    paths |= {finding.path for finding in rendered.unread}
    paths |= {path for path, name, leaf in leaves(value) if _is_secret(name, leaf)}
    return (_masked(value, "$", paths), sorted(paths)) if paths else (value, [])


def leaves(value: Any, path: str = "$", name: str = "") -> Iterator[tuple[str, str, Any]]:
    """The path, the name and the value of everything that holds nothing else; items have the name of their list."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}", str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]", name)
    else:
        yield path, name, value


def _is_secret(name: str, leaf: Any) -> bool:
    """True for a text or a number whose name says that it is secret."""
    readable = isinstance(leaf, str | int | float) and not isinstance(leaf, bool)
    return readable and name != "$secret" and SECRET_NAME.search(name) is not None


def _masked(value: Any, path: str, paths: Iterable[str]) -> Any:
    if path in paths:
        return MASK
    if isinstance(value, dict):
        return {
            (MASK if f"{path}.<key>" in paths and not key.isidentifier() else key): _masked(
                item, f"{path}.{key}", paths
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, f"{path}[{index}]", paths) for index, item in enumerate(value)]
    return value


def restored(value: Any, original: Any) -> Any:
    """``value`` as it comes back from people, with every MASK that stands where ``mask`` put one replaced by what it
    hides. A MASK anywhere else is left: nobody was shown it there."""
    return _restored(value, original, mask(original)[0])


def _restored(value: Any, original: Any, shown: Any) -> Any:
    if value == MASK and shown == MASK:
        return original
    if isinstance(value, dict) and isinstance(original, dict) and isinstance(shown, dict):
        kept = {name: (original[name], shown[name]) for name in original if name in shown}
        return {name: _restored(item, *kept[name]) if name in kept else item for name, item in value.items()}
    if isinstance(value, list) and isinstance(original, list) and len(value) == len(original) == len(shown):
        return [_restored(*three) for three in zip(value, original, shown, strict=True)]
    return value
