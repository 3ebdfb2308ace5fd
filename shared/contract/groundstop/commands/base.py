"""What a declaration of a command is made of. A class of its own says everything about a command:

    class ClaimCase(PersonCommand[CaseClaim], verb="case.claim", answered_by="approval", roles=PEOPLE):
        \"\"\"Work on a case; others cannot decide it meanwhile.\"\"\"

        case: Needed
        take: Flag = False

Its fields are the body of the request, the class in brackets is the answer. Permissions, the validation of bodies, the
clients' types, AsyncAPI and the tables of the docs follow from it. Pure.
"""

import difflib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from groundstop.callers import AGENT_ROLE, OWNER_ROLE
from groundstop.errors import RequestFailed
from groundstop.intent import Frozen
from groundstop.vocabulary import ErrorCode
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

APPROVER, OPERATOR, CONSOLE, BROWSER = "approver", "operator", "console", "browser"
PEOPLE = frozenset({APPROVER, OPERATOR, CONSOLE, BROWSER, OWNER_ROLE})
"""Roles in which people ask, themselves or by a face that signs for whom it asks."""
GRANTING = PEOPLE - {BROWSER}
OPERATING = frozenset({OPERATOR, CONSOLE, OWNER_ROLE})
CUSTODIANS = frozenset({OPERATOR, OWNER_ROLE})
"""Roles that change what everybody goes by, or what is kept."""
WITH_AGENTS = PEOPLE | {AGENT_ROLE}

ALIKE = 0.8
"""From this likeness on (difflib's ratio) an unknown field is taken for a misspelling of a known one."""
NAMES_MAX, NAME_CHARS_MAX = 20, 40
"""So many unknown fields, and so long ones, are looked at for that: comparing takes time, and anybody may send many."""
VALUE_CHARS_MAX = 80

A = TypeVar("A", bound="Answer")
W = TypeVar("W")
T = TypeVar("T")


def _empty_for_none(value: Any) -> Any:
    return "" if value is None else value


def _false_for_none(value: Any) -> Any:
    return False if value is None else value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "expected a number")
    return value


def _moment(value: Any) -> Any:
    """A time with its offset, as text; nothing for none."""
    if value is None or value == "":
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PydanticCustomError("moment", "expected a time with its offset from UTC")
    return moment


Said = Annotated[str, StringConstraints(max_length=20_000), BeforeValidator(_empty_for_none)]
"""A text that may be left out; null says as little as an empty one."""
Needed = Annotated[str, StringConstraints(max_length=20_000, pattern=r"\S")]
"""A text that must say something."""
DigestText = Annotated[str, StringConstraints(max_length=64), BeforeValidator(_empty_for_none)]
Flag = Annotated[bool, BeforeValidator(_false_for_none)]
Count = Annotated[int, BeforeValidator(_number)]
Seconds = Annotated[float, BeforeValidator(_number)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Iso = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str, when_used="json")]
"""A time that is written with its offset, ``+00:00``."""
Absentable = Annotated[T | None, Field(exclude_if=lambda value: value is None)]
"""What is not in the JSON object at all when it is None."""


class Answer(Frozen):
    """What a command answers.

    An answer can still be read as the JSON object that it is on the wire (``answer["case"]``), as clients did before
    answers had types; that goes away with the next major version.
    """

    model_config = ConfigDict(defer_build=True)

    def wire(self) -> dict[str, Any]:
        """The JSON object."""
        return self.model_dump(mode="json")

    def __getitem__(self, name: str) -> Any:
        return self.model_dump(mode="json", include={name})[name]

    def __contains__(self, name: object) -> bool:
        return name in self.wire()

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field as JSON, ``default`` when there is none."""
        return self.wire().get(name, default)

    def keys(self) -> Iterator[str]:
        """The names of the JSON object's fields."""
        return iter(self.wire())


Code = Annotated[str, WithJsonSchema({"anyOf": [{"enum": [code.value for code in ErrorCode]}, {"type": "string"}]})]
"""An ErrorCode, or the Reason why an input is no valid value; a newer service may know more of them."""


class Problem(Answer):
    """Why a command was refused or has failed: a code, and a sentence. Some codes come with more fields."""

    model_config = ConfigDict(extra="allow")

    code: Code
    message: str


class Asked(Frozen):
    """What is read from a request. A field that looks like a misspelling is refused, any other unknown one ignored:
    a newer client may send more than an older service knows."""

    model_config = ConfigDict(defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _spelt(cls, body: Any) -> Any:
        if isinstance(body, Mapping):
            unknown = (str(name) for name in body if name not in cls.model_fields)
            for name in islice((name for name in unknown if len(name) <= NAME_CHARS_MAX), NAMES_MAX):
                if meant := _meant(name, cls.model_fields.keys() - body.keys()):
                    text = "unknown field {name}: did you mean {meant}?"
                    raise PydanticCustomError("misspelt", text, {"name": repr(name), "meant": meant})
        return body


def _meant(name: str, known: set[str]) -> str:
    """The field that ``name`` is a misspelling of, or nothing."""
    plain = _plain(name)
    for field in sorted(known):
        other = _plain(field)
        if sorted(plain) == sorted(other) or difflib.SequenceMatcher(None, plain, other).ratio() >= ALIKE:
            return field
    return ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


class OnBehalf(Frozen):
    """For whom a face asks, signed (docs/reference/commands.md). ``tenants`` None: every one."""

    actor: str = ""
    groups: tuple[str, ...] | None = Field(default=None, max_length=50)
    roles: tuple[str, ...] | None = Field(default=None, max_length=50)
    tenants: tuple[str, ...] | None = Field(default=None, max_length=50)
    at: str = ""
    signature: str = ""


_declared: dict[str, type["Command[Any]"]] = {}
COMMANDS: Mapping[str, type["Command[Any]"]] = MappingProxyType(_declared)
"""Every verb and its declaration, in the order of the declarations."""


class Command(Asked, Generic[A]):
    """The base of every declaration: see the module."""

    verb: ClassVar[str] = ""
    answered_by: ClassVar[tuple[str, ...]] = ()
    roles: ClassVar[frozenset[str]] = frozenset()
    reply: ClassVar[type[Answer]]
    codes: ClassVar[Mapping[str, tuple[ErrorCode, str]]] = MappingProxyType({})
    """Field to the code and the text that are answered when it is missing or not acceptable."""

    def __init_subclass__(cls, **_: Any) -> None:
        super().__init_subclass__()  # what a declaration says beside its name is for the method below alone

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        verb: str = "",
        answered_by: str | tuple[str, ...] = (),
        roles: frozenset[str] = frozenset(),
        codes: Mapping[str, tuple[ErrorCode, str]] = MappingProxyType({}),
        **more: Any,
    ) -> None:
        super().__pydantic_init_subclass__(**more)
        if not verb:
            return
        if verb in _declared:
            raise TypeError(f"{verb} is declared twice: {_declared[verb].__qualname__} and {cls.__qualname__}")
        cls.verb, cls.roles, cls.codes = verb, roles, codes
        cls.answered_by = (answered_by,) if isinstance(answered_by, str) else answered_by
        cls.reply = _answer_of(cls)
        _declared[verb] = cls

    def __init__(self, /, **fields: Any) -> None:
        """Raises RequestFailed that names the field, its value and what was expected: the same on both sides."""
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise self._refused(error) from error

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """The request in a body. Raises RequestFailed."""
        return cls(**body)

    @classmethod
    def _refused(cls, error: ValidationError) -> RequestFailed:
        problem = error.errors(include_url=False)[0]
        field, given = ".".join(map(str, problem["loc"])), problem["input"]
        if field in cls.codes:
            code, text = cls.codes[field]
            return RequestFailed(
                code, f"{field}: {text}" + (f", got {_short(given)}" if isinstance(given, str) and given else "")
            )
        if problem["type"] == "misspelt":
            return RequestFailed(ErrorCode.INVALID_REQUEST, problem["msg"])
        if problem["type"] in ("missing", "string_pattern_mismatch"):
            return RequestFailed(ErrorCode.INVALID_REQUEST, f"{field} is missing")
        expected = problem["msg"].replace("Input should be", "expected")
        return RequestFailed(ErrorCode.INVALID_REQUEST, f"{field}: {expected}, got {_short(given)}")

    def body(self) -> dict[str, Any]:
        """The body to send: what was set."""
        return self.model_dump(mode="json", include=self.model_fields_set)

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> A:
        """The answer in a JSON object. Raises RequestFailed: with the service's error, or ``unreadable``."""
        if problem := answer.get("error"):
            raise RequestFailed(str(problem.get("code")), str(problem.get("message")), problem)
        try:
            read: Any = cls.reply.model_validate(answer)
        except ValidationError as error:
            text = f"{cls.verb} was answered in a way that cannot be read: {error}"[:1000]
            raise RequestFailed(ErrorCode.UNREADABLE, text) from error
        answered: A = read
        return answered

    @classmethod
    def handled_by(cls, handler: Callable[[W, Self], Awaitable[A]]) -> "Handled[W]":
        """This command with who deals with it; the types of its request and its answer are checked here."""
        return Handled(cls, handler)


def _answer_of(command: type[Command[Any]]) -> type[Answer]:
    arguments = (getattr(base, "__pydantic_generic_metadata__", {}).get("args") for base in command.__mro__)
    found: type[Answer] = next(args[0] for args in arguments if args)
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= VALUE_CHARS_MAX else f"{text[: VALUE_CHARS_MAX - 3]}..."


class PersonCommand(Command[A], Generic[A]):
    """A command that a face may forward for somebody."""

    on_behalf: OnBehalf | None = None


@dataclass(frozen=True, slots=True)
class Handled(Generic[W]):
    """A command and its handler: of who asks (the caller, or the person behind it) and the request."""

    command: type[Command[Any]]
    handler: Callable[[W, Any], Awaitable[Answer]]

    @property
    def verb(self) -> str:
        """The verb of the command."""
        return self.command.verb

    async def answer(self, who: W, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a body. Raises RequestFailed for one that is not acceptable, and what the handler raises."""
        answered = await self.handler(who, self.command.parse(body))
        return answered.wire()
