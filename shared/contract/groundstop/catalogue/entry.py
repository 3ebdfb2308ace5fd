"""One entry of the catalogue, what it may say of an attempt, and what it may ask about it."""

import re
from enum import StrEnum
from typing import Annotated, Any

from groundstop.catalogue.calls import Cost, Env, HttpCall, McpCall, Undo
from groundstop.errors import GroundstopError
from groundstop.intent import Frozen
from groundstop.vocabulary import Risk
from pydantic import ConfigDict, Field, StringConstraints, model_validator

WAYS = ("function", "http", "mcp", "worker")
"""The fields of which a tool has one at most: how it runs."""
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


class Tool(Frozen):
    """One catalogue entry. ``parameters`` is a JSON Schema; times are in seconds.

    It runs as a Python ``function``, as an ``http`` request, as a tool of an ``mcp`` server, or by a ``worker``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]{1,128}$")]
    version: str = "1"
    action_type: str
    risk: Risk
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})
    annotations: dict[str, Any] = Field(default_factory=dict)
    statement: Annotated[str, StringConstraints(pattern=r"^([a-z0-9._-]+(:\w+)?(@[\w.-]+)?)?$")] = ""
    """The language of the statements that it runs: ``bash``, ``sql:clickhouse``, ``git@args``.

    See docs/concepts/how-calls-are-judged.md. ``risk`` is then the worst it can do, and a call whose statement was
    read is as risky as the statement."""
    idempotency: Idempotency = Idempotency.NONE
    isolation: Isolation = Isolation.COROUTINE
    timeout_s: float = Field(default=30.0, gt=0, le=3600)
    attempts: int = Field(default=3, ge=1, le=20)
    backoff_s: float = Field(default=0.2, ge=0, le=60)
    backoff_max_s: float = Field(default=10.0, ge=0, le=600)
    function: str = ""
    """Where the code is: ``package.module:name``."""
    http: HttpCall | None = None
    mcp: McpCall | None = None
    worker: bool = False
    """Whoever answers ``gs.tool.<name>.run`` on the bus does it (docs/reference/workers.md)."""
    concurrency: int = Field(default=0, ge=0, le=10_000)
    """How many calls one executor runs at a time; 0: no limit of its own."""
    errors: dict[str, ErrorKind] = Field(default_factory=dict)
    """What exceptions mean, by the name of their class or of a class they derive from."""
    secrets: tuple[str, ...] = ()
    """Names of the secrets that arguments may refer to. Without it any agent could have any secret sent anywhere."""
    env: Env = Field(default_factory=dict)
    """Variables of the child process during a call, where the function runs in one: texts, secrets, and names that are
    taken from the executor's environment (a list of them will do)."""
    fallbacks: tuple[str, ...] = ()
    """Tools that take the same arguments and are tried in this order when this one has failed without an effect."""
    verify: str = ""
    """``package.module:name`` of an async function (arguments, result, context) -> bool or None: did it happen?"""
    verify_after_s: float = Field(default=1.0, ge=0, le=600)
    """After a call that was cut off: when a no of ``verify`` is final, because nothing can be on its way any more."""
    undo: Undo | None = None
    cost: Cost | None = None
    """What a call that was done costs: recorded with its outcome, drawn from budgets of money."""
    preview: str = ""
    """``package.module:name`` of an async function (arguments, context) -> what would happen, without doing it."""
    manual: bool = False
    """Ask a person to do it by hand when attempts and fallbacks are used up."""
    pauses_task: bool | None = None
    """Whether a failed or unknown call pauses its task; None: as its risk and the deployment's settings say."""

    @model_validator(mode="after")
    def _runs_one_way(self) -> "Tool":
        ways = [name for name in WAYS if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"a tool runs in one way, this one names {' and '.join(ways)}")
        if self.env and not self.function:
            raise ValueError("env is for a function in a child process; an MCP server has its own, in its mcp entry")
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
