"""Is this call one that the tool accepts: size and depth first, then its JSON Schema."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import jsonschema_rs

ARGUMENT_DEPTH_MAX = 32
ARGUMENT_VALUES_MAX = 10_000
ERRORS_SHOWN = 5


def too_large(arguments: Mapping[str, Any]) -> str | None:
    """Why the arguments are too deep or too many to be judged, or None. Never recurses."""
    seen = 0
    level: list[Any] = [arguments]
    for _depth in range(ARGUMENT_DEPTH_MAX):
        below: list[Any] = []
        for value in level:
            seen += len(value)
            below += [v for v in (value.values() if isinstance(value, dict) else value) if isinstance(v, dict | list)]
        if seen > ARGUMENT_VALUES_MAX:
            return f"the arguments hold more than {ARGUMENT_VALUES_MAX} values"
        if not below:
            return None
        level = below
    return f"the arguments are nested deeper than {ARGUMENT_DEPTH_MAX} levels"


class Shape:
    """The compiled parameter schema of one tool. ``broken`` says why there is none, or is empty."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.broken = too_large(schema) or ""
        self._validator: Any = None
        if not self.broken:
            try:
                self._validator = _compile(dict(schema))
            except Exception as error:  # a schema from outside may be wrong in any way
                self.broken = str(error).splitlines()[0][:200] if str(error) else type(error).__name__

    def problems(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """What is wrong with the arguments, in words with the place; empty when they fit."""
        if self._validator is None:
            return ()
        try:
            if self._validator.is_valid(arguments):
                return ()
            errors = [_words(error) for error in islice(self._validator.iter_errors(arguments), ERRORS_SHOWN)]
        except Exception as error:  # values that JSON cannot carry, or a pattern that gave up
            return (f"cannot be checked: {str(error)[:160]}",)
        return tuple(errors) or ("do not fit the schema",)


def _compile(schema: dict[str, Any]) -> Any:
    """Linear-time patterns where the schema allows it; look-around falls back to an engine with a step limit."""
    try:
        return jsonschema_rs.validator_for(
            schema, pattern_options=jsonschema_rs.RegexOptions(size_limit=1_000_000), offline=True
        )
    except (jsonschema_rs.ValidationError, ValueError):
        return jsonschema_rs.validator_for(
            schema, pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000), offline=True
        )


def _words(error: Any) -> str:
    path = ".".join(str(part) for part in error.instance_path)
    return f"{path or 'arguments'}: {str(error.message)[:160]}"
