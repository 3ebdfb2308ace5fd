"""What is wrong with a policy file, said so that its author can put it right."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from groundstop.errors import GroundstopError
from groundstop.policy.documents import Document
from groundstop.policy.spelling import meant, near
from pydantic import BaseModel
from pydantic_core import ErrorDetails

PROBLEMS_SHOWN = 50
VALUE_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the line it is on (0: the file as a whole), where in the document, the value, and what to do."""

    line: int
    path: str
    message: str
    value: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        path = f"{self.path}: " if self.path else ""
        value = f" (found {self.value})" if self.value else ""
        suggestion = f"; {self.suggestion}" if self.suggestion else ""
        return f"{where}{path}{self.message}{value}{suggestion}"


class PolicyError(GroundstopError):
    """A policy that cannot be used. ``problems`` lists every mistake, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems[:PROBLEMS_SHOWN]))


def problems_of(errors: Iterable[ErrorDetails], document: Document, model: type[BaseModel]) -> Iterator[Problem]:
    """The validation errors of ``document`` as problems."""
    for error in errors:
        loc = tuple(part for part in error["loc"] if part not in ("[key]", "function-before", "constrained-str"))
        message, suggestion = _words(error, loc, model)
        yield Problem(document.line(loc), dotted(loc), message, _shown(error), suggestion)


def dotted(loc: Iterable[str | int]) -> str:
    """A place in a document as people write it: rules[2].risk."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _words(error: ErrorDetails, loc: tuple[str | int, ...], model: type[BaseModel]) -> tuple[str, str]:
    kind = error["type"]
    if kind == "extra_forbidden":
        return "is not a setting here", near(str(loc[-1]), _settings_at(model, loc[:-1]))
    if kind in ("enum", "literal_error"):
        choices = [word.strip(" '") for word in str(error["ctx"]["expected"]).replace(" or ", ",").split(",")]
        best = meant(str(error["input"]), choices)
        return f"must be one of {', '.join(choices)}", f"did you mean {best!r}?" if best else ""
    if kind == "value_error":
        message, _, suggestion = str(error["ctx"]["error"]).partition("; ")
        return message, suggestion
    if kind == "missing":
        return "is missing", ""
    return error["msg"][0].lower() + error["msg"][1:], ""


def _shown(error: ErrorDetails) -> str:
    value: Any = error["input"]
    if error["type"] in ("missing", "value_error") and isinstance(value, dict | list):
        return ""
    return repr(value)[:VALUE_CHARS_MAX] if not isinstance(value, dict | list) else f"a {type(value).__name__}"


def _settings_at(model: type[BaseModel], loc: Iterable[str | int]) -> list[str]:
    """The names of the settings that may stand at a place of the model."""
    here: Any = model
    for part in loc:
        fields = getattr(here, "model_fields", None)
        if fields is not None and part in fields:
            here = fields[part].annotation
        here = _section_in(here)
    return list(getattr(here, "model_fields", {}))


def _section_in(annotation: Any) -> Any:
    """The section inside ``tuple[Section, ...]``, ``dict[str, Section]``, ``Section | None`` or a section itself."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_section_in(argument) for argument in reversed(get_args(annotation)))
    return next((found for found in inner if found is not None), None)
