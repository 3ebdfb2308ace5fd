"""What an entry names beside itself: its cost, its inverse, the call to a service that does its work."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from groundstop.environment import is_private
from groundstop.intent import Frozen
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

AMOUNT_MAX = 1e12
Value = str | dict[str, str]
"""A text, or ``{"$secret": "name"}``."""
FROM_EXECUTOR = "$env"


def _named(value: Any) -> Any:
    """A list of names as a mapping: each is taken from the executor's own environment."""
    return {name: {FROM_EXECUTOR: name} for name in value} if isinstance(value, list | tuple) else value


def _nothing_private(env: dict[str, Value]) -> dict[str, Value]:
    for value in env.values():
        if isinstance(value, dict) and is_private(name := value.get(FROM_EXECUTOR, "")):
            raise ValueError(f"{name} is the executor's alone; name a secret by $secret")
    return env


Env = Annotated[dict[str, Value], BeforeValidator(_named), AfterValidator(_nothing_private)]
"""Variables of a process: a text, ``{"$secret": "name"}``, or ``{"$env": "NAME"}`` out of the executor's environment; a
list of names is short for the last."""


class Cost(Frozen):
    """What one call costs, in the deployment's currency: so much, and a ``share`` of the ``argument`` (a dotted path).

    A payment service that takes 0.30 and 1.5 % has ``per_call: 0.30``, ``argument: amount``, ``share: 0.015``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_call: float = Field(default=0.0, ge=0, le=1e9, allow_inf_nan=False)
    argument: str = Field(default="", max_length=200)
    share: float = Field(default=0.0, ge=0, le=1)

    def micros(self, arguments: Mapping[str, Any]) -> int:
        """Millionths for a call with these arguments. An amount that is no finite number above 0 adds nothing."""
        value: Any = arguments
        for part in self.argument.split(".") if self.argument else ():
            value = value.get(part) if isinstance(value, Mapping) else None
        known = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < AMOUNT_MAX
        return round((self.per_call + (self.share * value if known else 0.0)) * 1e6)


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
    headers: dict[str, Value] = Field(default_factory=dict)
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


class McpCall(Frozen):
    """A tool of an MCP server: a ``command`` that is started and spoken to over its stdin and stdout, or a ``url``.

    Values of ``env`` and ``headers`` may be ``{"$secret": "name"}``. ``env`` is all that a command is told beside PATH,
    HOME, the language and the like. ``result`` is a path into what it answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: tuple[str, ...] = ()
    url: Annotated[str, StringConstraints(pattern=r"^(https?://.*)?$")] = ""
    env: Env = Field(default_factory=dict)
    headers: dict[str, Value] = Field(default_factory=dict)
    tool: str = ""
    """Its name there; empty: the entry's own."""
    key_argument: str = ""
    """The argument in which the server wants the idempotency key; it is always in the call's ``_meta``, too."""
    result: str = ""
    error_means: Literal["unknown", "nothing"] = "unknown"
    """What an answer with ``isError`` says about the effect. Servers seldom say; ``nothing`` when this one is known."""

    @model_validator(mode="after")
    def _one_way(self) -> "McpCall":
        if bool(self.command) == bool(self.url):
            raise ValueError("an MCP server is a command or a url, one of them")
        return self
