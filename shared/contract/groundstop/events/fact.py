"""What every fact says, and what a fact about one intent says besides."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from groundstop import subjects
from groundstop.ids import derived_id, trace_of
from groundstop.intent import Frozen, Token
from pydantic import StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,256}$")]
"""Printable ASCII without blanks: what may also stand in a header."""


Signature = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,512}$")]
"""Key id, signature and way up to what was signed, the last two in base64, with colons between."""


class Fact(Frozen):
    """What every stored fact carries. ``actor`` is the service, person or agent that says it."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    id: Name
    at: datetime
    cause: Name = ""
    trace: Name = ""
    actor: Name = ""

    def subject(self) -> str:
        """Where this fact is stored."""
        raise NotImplementedError

    def once(self) -> str:
        """The subject or pattern under which at most one such fact may exist."""
        return self.subject()


class IntentFact(Fact):
    """A fact about one intent."""

    tenant: Token
    agent: Token
    intent: Token
    task: Token

    def detail(self) -> tuple[str, ...]:
        """The tokens behind the intent's."""
        return ()

    @property
    def whose(self) -> str:
        """The intent and whose it is: agents choose ids, so two of them may have one."""
        return f"{self.tenant}.{self.agent}.{self.intent}"

    @property
    def seed(self) -> str:
        """What ids are derived from of the facts that this one brings about: its own, unless an agent chose that."""
        return self.id

    def subject(self) -> str:
        return subjects.subject(self.kind, self.tenant, self.agent, self.intent, *self.detail())

    def once(self) -> str:
        *fixed, _ = self.detail() or ("",)
        return subjects.any_detail(self.kind, self.tenant, self.agent, self.intent, *fixed)

    @classmethod
    def caused_by(cls, cause: "IntentFact", at: datetime, actor: str, **fields: Any) -> Self:
        """The fact of this kind that ``cause`` brings about; who, task and trace are carried over."""
        return cls(
            id=derived_id(cause.seed, f"{cls.kind}:{fields.get('attempt', fields.get('number', ''))}"),
            at=at,
            cause=cause.id,
            trace=cause.trace or trace_of(cause.intent),
            actor=actor,
            tenant=cause.tenant,
            agent=cause.agent,
            intent=cause.intent,
            task=cause.task,
            **fields,
        )
