"""The notifications part of the directory file. Pure."""

from pathlib import Path
from typing import Annotated, Literal

from groundstop.policy.basics import Section
from groundstop.vocabulary import CaseKind, Risk
from pydantic import Field, StringConstraints, model_validator

EventName = Literal[
    "case.opened",
    "case.reminded",
    "case.escalated",
    "case.decided",
    "control.halt",
    "control.resume",
    "outcome.failed",
    "outcome.unknown",
    "reviewer.alarmed",
]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

ASKED, USER, OWNER, AFFECTED = "asked", "user", "owner", "affected"
"""Recipients that depend on the event: members of the groups that are asked, the end user, the agent's owner, and the
users and owners whose tasks a halt covers."""


class Target(Section):
    """One place that can be told: an apprise URL, or a webhook with the file of the key that signs it."""

    url: str = ""
    webhook: str = ""
    secret_file: Path | None = None
    """Key of the HMAC-SHA256 signature of a webhook."""
    ed25519_file: Path | None = None
    """Base64 of the raw private key of the webhook's Ed25519 signature."""

    @model_validator(mode="after")
    def _one_of_two(self) -> "Target":
        if bool(self.url) == bool(self.webhook):
            raise ValueError("a target has either url (apprise) or webhook")
        return self


class Rule(Section):
    """Which events go to whom. Lists that are left out hold for everything."""

    events: tuple[EventName, ...]
    to: tuple[str, ...] = Field(min_length=1)
    kinds: tuple[CaseKind, ...] = ()
    risk: tuple[Risk, ...] = ()
    tenants: tuple[str, ...] = ()


class Template(Section):
    """Words with the event's fields in braces, such as ``{question}``."""

    title: str = ""
    body: str = ""


class Notifications(Section):
    """Targets by name, the rules, and templates that replace the built-in words."""

    targets: dict[Name, Target] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = Field(default=(), max_length=200)
    templates: dict[EventName, Template] = Field(default_factory=dict)
    tries_max: int = Field(default=8, ge=1, le=50)
    link: str = ""
    """Address of the console; ``{case}`` in it is replaced."""
