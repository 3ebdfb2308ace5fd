"""The catalogue: what tools there are, what each may do and how it wants to be run.

A tool is declared in Python (``@tool`` on a function with typed arguments) or in YAML; see ``load_catalogue``.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import yaml
from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, create_model, model_validator

from groundstop.errors import GroundstopError
from groundstop.intent import Frozen
from groundstop.words import Risk

Function = TypeVar("Function", bound=Callable[..., Any])
_MARK = "__groundstop_tool__"
# The breakers' facts are stored on gs.tool.broken.* and gs.tool.mended.*: a worker must not be asked there.
_SUBJECT = re.compile(r"(?!(broken|mended)$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class Idempotency(StrEnum):
    """What a second run with the same arguments does: nothing new by nature, nothing new under the same key, harm."""

    NATURAL = "natural"
    KEY = "key"
    NONE = "none"


class Isolation(StrEnum):
    """Where a tool runs: on the executor's loop (cancelled to stop it) or in a child process (killed to stop it)."""

    COROUTINE = "coroutine"
    PROCESS = "process"


class ErrorKind(StrEnum):
    """What an exception of a tool says: nothing happened and another try may help, nothing happened and none will,
    or it cannot be told whether the effect happened."""

    RETRYABLE = "retryable"
    FINAL = "final"
    UNKNOWN = "unknown"


class Undo(Frozen):
    """The inverse of a tool: another tool, and where each of its arguments comes from.

    A value is a path into the first call, ``arguments.order`` or ``result.previous.address``, ``intent``, or a text
    behind ``=``: ``=by mistake`` is the text itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    arguments: dict[str, Annotated[str, StringConstraints(pattern=r"^(=|intent$|(arguments|result)(\.|$))")]]


class HttpCall(Frozen):
    """A tool that is one HTTP request. ``{name}`` in ``url`` is an argument; the others are the body (or the query).

    Only ``hosts`` are ever spoken to (the url's own host when none are named); redirects are not followed.
    ``result`` is a path into the answer's JSON. Header values may be ``{"$secret": "name"}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Annotated[str, StringConstraints(pattern=r"^https?://")]
    headers: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    query: tuple[str, ...] = ()
    body: Literal["json", "form", "none"] = "json"
    key_header: str = "Idempotency-Key"
    hosts: tuple[str, ...] = ()
    result: str = ""
    answer_bytes_max: int = Field(default=1024 * 1024, ge=1, le=16 * 1024 * 1024)
    happened_on: tuple[int, ...] = ()
    """Status codes from 400 on that still mean that it happened, such as 409 for what is already so."""
    nothing_on: tuple[int, ...] = (408, 425, 429, 503)
    """Status codes that say that nothing happened and that another try may help. Other 4xx are final."""


class Tool(Frozen):
    """One catalogue entry. ``parameters`` is a JSON Schema; times are in seconds.

    It runs as a Python ``function``, as an ``http`` request, or by a ``worker`` on the bus.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$")]
    version: str = "1"
    action_type: str
    risk: Risk
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})
    annotations: dict[str, Any] = Field(default_factory=dict)
    idempotency: Idempotency = Idempotency.NONE
    isolation: Isolation = Isolation.COROUTINE
    timeout_s: float = Field(default=30.0, gt=0, le=3600)
    attempts: int = Field(default=3, ge=1, le=20)
    backoff_s: float = Field(default=0.2, ge=0, le=60)
    backoff_max_s: float = Field(default=10.0, ge=0, le=600)
    function: str = ""
    """Where the code is: ``package.module:name``."""
    http: HttpCall | None = None
    worker: bool = False
    """Whoever answers ``gs.tool.<name>.run`` on the bus does it (docs/tools.md)."""
    concurrency: int = Field(default=0, ge=0, le=10_000)
    """How many calls one executor runs at a time; 0: no limit of its own."""
    errors: dict[str, ErrorKind] = Field(default_factory=dict)
    """What exceptions mean, by the name of their class or of a class they derive from."""
    fallbacks: tuple[str, ...] = ()
    """Tools that take the same arguments and are tried in this order when this one has failed without an effect."""
    verify: str = ""
    """``package.module:name`` of an async function (arguments, result, context) -> bool or None: did it happen?"""
    verify_after_s: float = Field(default=1.0, ge=0, le=600)
    """After a call that was cut off: when a no of ``verify`` is final, because nothing can be on its way any more."""
    undo: Undo | None = None
    preview: str = ""
    """``package.module:name`` of an async function (arguments, context) -> what would happen, without doing it."""
    manual: bool = False
    """Ask a person to do it by hand when attempts and fallbacks are used up."""
    pauses_task: bool | None = None
    """Whether a failed or unknown call pauses its task; None: as its risk and the deployment's settings say."""

    @model_validator(mode="after")
    def _runs_one_way(self) -> "Tool":
        ways = [name for name in ("function", "http", "worker") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"a tool runs in one way, this one names {' and '.join(ways)}")
        if self.worker and not _SUBJECT.fullmatch(self.name):
            raise ValueError("a worker's tool is named in a subject: words of A-Z a-z 0-9 _ - with dots between")
        return self


class ToolFailed(GroundstopError):
    """Raised by a tool: nothing happened. ``retryable`` says whether another try may help."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


class EffectUnknown(GroundstopError):
    """Raised by a tool that cannot tell whether its effect happened (a lost connection after the request went out)."""


class ToolContext(Frozen):
    """What a tool may ask about the attempt it runs in: a parameter annotated ``ToolContext`` receives it.

    ``idempotency_key`` is the same for every attempt of one intent and never used by another.
    """

    intent: str
    attempt: int
    idempotency_key: str
    tenant: str
    agent: str
    task: str
    user: str = ""


def tool(
    *,
    action_type: str,
    risk: Risk | str,
    name: str | None = None,
    idempotency: Idempotency | str = Idempotency.NONE,
    isolation: Isolation | str = Isolation.COROUTINE,
    **settings: Any,
) -> Callable[[Function], Function]:
    """Declare an async or sync function as a tool. Name, description and parameters come from its signature.

    ``settings`` are further fields of Tool (timeout_s, attempts, version ...). The function stays callable as it is.
    """

    def declare(function: Function) -> Function:
        declared = Tool(
            name=name or function.__name__.replace("__", "."),
            action_type=action_type,
            risk=Risk(risk),
            description=inspect.getdoc(function) or "",
            parameters=_schema(function),
            idempotency=Idempotency(idempotency),
            isolation=Isolation(isolation),
            function=f"{function.__module__}:{function.__qualname__}",
            **settings,
        )
        setattr(function, _MARK, declared)
        return function

    return declare


def _schema(function: Callable[..., Any]) -> dict[str, Any]:
    """The JSON Schema of a function's parameters; unknown arguments are refused."""
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        annotation = hints.get(parameter.name, Any)
        if annotation is ToolContext:
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (annotation, default)
    model = create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)
    schema = model.model_json_schema()
    schema.pop("title", None)
    return schema


class Catalogue:
    """Tools by name. Immutable once built."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, Tool] = {}
        for entry in tools:
            if entry.name in self._tools:
                raise GroundstopError(f"tool {entry.name!r} is declared twice: {entry.function or 'in YAML'}")
            self._tools[entry.name] = entry
        for entry in self._tools.values():
            self._check_named(entry)

    def _check_named(self, entry: Tool) -> None:
        """What an entry names must be there, and a fallback may not be riskier: it runs under the same clearance."""
        for name in entry.fallbacks:
            other = self._tools.get(name)
            if other is None or name == entry.name:
                raise GroundstopError(f"tool {entry.name!r}: its fallback {name!r} is no other tool of the catalogue")
            if other.risk.rank > entry.risk.rank:
                raise GroundstopError(f"tool {entry.name!r}: its fallback {name!r} is riskier: {other.risk}")
        if entry.undo is not None and entry.undo.tool not in self._tools:
            raise GroundstopError(f"tool {entry.name!r}: its undo {entry.undo.tool!r} is not in the catalogue")

    def get(self, name: str) -> Tool | None:
        """The entry, or None for a tool nobody declared."""
        return self._tools.get(name)

    def __iter__(self) -> Any:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)


def tools_of(module: ModuleType) -> list[Tool]:
    """What ``@tool`` declared in a module, in order of definition."""
    found = (getattr(value, _MARK, None) for value in vars(module).values())
    return [entry for entry in found if isinstance(entry, Tool)]


def tools_in(path: Path) -> list[Tool]:
    """The tools of a YAML file: a mapping ``tools`` from name to the fields of Tool.

    Raises GroundstopError with the file's name and the field that is wrong.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        entries: Mapping[str, Any] = document.get("tools") or {}
        return [TypeAdapter(Tool).validate_python({"name": name, **fields}) for name, fields in entries.items()]
    except (yaml.YAMLError, ValueError, AttributeError, TypeError) as error:
        raise GroundstopError(f"{path.name}: {error}") from error


def load_catalogue(sources: Iterable[str]) -> Catalogue:
    """The catalogue of ``sources``: each a Python module name or the path of a YAML file."""
    tools: list[Tool] = []
    for source in sources:
        if source.endswith((".yaml", ".yml")):
            tools += tools_in(Path(source))
        else:
            tools += tools_of(import_module(source))
    return Catalogue(tools)


def resolve(entry: Tool, path: str = "") -> Callable[..., Any]:
    """The function behind a tool, or at ``path`` (its verify, its preview). Raises GroundstopError without one."""
    module, _, qualname = (path or entry.function).partition(":")
    try:
        target: Any = import_module(module)
        for part in qualname.split("."):
            target = getattr(target, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise GroundstopError(f"tool {entry.name!r}: cannot load {path or entry.function!r}: {error}") from error
    if not callable(target):
        raise GroundstopError(f"tool {entry.name!r}: {path or entry.function!r} is not callable")
    return target  # type: ignore[no-any-return]
