"""What people and agents ask of approval: cases, grants, hand-offs. Mixed into Client; see docs/reference/commands.md.

Every method raises RequestFailed with the codes listed there.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Answer = dict[str, Any]


class Asks(Protocol):
    """What these methods need of a client."""

    tenant: str
    agent: str

    async def request(self, verb: str, **body: Any) -> Answer: ...


class People:
    """The commands of people as methods."""

    async def briefing(self: Asks, case: str) -> Answer:
        """What a person should know before deciding; it starts the clock of how long they read."""
        return await self.request("case.briefing", case=case)

    async def edit(
        self: Asks, case: str, arguments: Mapping[str, Any], note: str, *, digest: str = "", dry_run: bool = False
    ) -> Answer:
        """Approve another call than was proposed. ``dry_run`` only says how it would be judged."""
        return await self.request(
            "case.edit", case=case, arguments=dict(arguments), note=note, digest=digest, dry_run=dry_run
        )

    async def respond(self: Asks, case: str, answer: Any, note: str = "") -> Answer:
        """Answer in the tool's place, or answer a question."""
        return await self.request("case.respond", case=case, answer=answer, note=note)

    async def claim(self: Asks, case: str, *, take: bool = False) -> Answer:
        """Work on a case, so that nobody else does; ``take`` takes it from somebody."""
        return await self.request("case.claim", case=case, take=take)

    async def release(self: Asks, case: str) -> Answer:
        """Let others have it."""
        return await self.request("case.release", case=case)

    async def withdraw(self: Asks, case: str, note: str = "") -> Answer:
        """Take a proposal back; for its agent, its user and its owner."""
        return await self.request("case.withdraw", case=case, note=note)

    async def alike(self: Asks, case: str) -> list[Answer]:
        """Open cases that can be decided together with this one."""
        found: list[Answer] = (await self.request("case.alike", case=case))["cases"]
        return found

    async def decide_many(self: Asks, cases: Sequence[str], verdict: str, note: str = "") -> Answer:
        """Decide look-alikes in one go; each gets a decision of its own."""
        return await self.request("case.decide_many", cases=list(cases), verdict=verdict, note=note)

    async def grant(self: Asks, agent: str, tool: str, **terms: Any) -> Answer:
        """Give a standing grant; terms: condition, uses, ttl_s or until, note, tenant."""
        return await self.request("grant.give", **{"tenant": self.tenant, **terms, "agent": agent, "tool": tool})

    async def grants(self: Asks, *, ended: bool = False, **where: str) -> list[Answer]:
        """Grants in force, or all of them."""
        found: list[Answer] = (await self.request("grant.list", all=ended, **where))["grants"]
        return found

    async def revoke(self: Asks, grant: str, note: str) -> Answer:
        """End a grant at once."""
        return await self.request("grant.revoke", grant=grant, note=note)

    async def handoff(
        self: Asks, task: str, reason: str, *, agent: str = "", user: str = "", handoff: str = ""
    ) -> Answer:
        """Ask for a person. When it returns, nothing of the task executes until it is given back.

        The answer's ``handoff`` is an id whose outcome says what came of it: ``await client.outcome_of(...)``. With an
        id of its own (``handoff``) the request may be repeated.
        """
        body = {"tenant": self.tenant, "task": task, "reason": reason, "agent": agent or self.agent, "user": user}
        return await self.request("task.handoff", **body, id=handoff)

    async def give_back(self: Asks, case: str, note: str) -> Answer:
        """End the pause of a handed-off task."""
        return await self.request("task.give_back", case=case, note=note)

    async def task_summary(self: Asks, task: str) -> Answer:
        """What a task has done, what is pending, what failed."""
        return await self.request("task.summary", tenant=self.tenant, task=task)


class Face:
    """A program that people sign in to: it asks in its own name and signs for whom."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = name
        self._key = key

    @classmethod
    def create(cls, name: str) -> "Face":
        """A face with a fresh key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, name: str, private_key: str) -> "Face":
        """A face with the key that ``private_key`` of another one was. Raises ValueError when it is none."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key)))

    @property
    def private_key(self) -> str:
        """Base64 of the 32 raw bytes, for a file that only the face can read."""
        raw = self._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return base64.b64encode(raw).decode()

    @property
    def public_key(self) -> str:
        """Base64 of the 32 raw bytes, for ``<faces>/<name>.pub``."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode()

    def forward(
        self,
        verb: str,
        body: Mapping[str, Any],
        *,
        actor: str,
        at: datetime,
        groups: Sequence[str] = (),
        roles: Sequence[str] = (),
    ) -> Answer:
        """``body`` with the signed statement for whom it is asked. Send it within a minute of ``at``, unchanged."""
        said = {"actor": actor, "groups": list(groups), "roles": list(roles), "at": at.isoformat()}
        rest = {name: value for name, value in body.items() if name != "on_behalf"}
        signature = self._key.sign(rfc8785.dumps({"verb": verb, "body": rest, **said}))
        return {**rest, "on_behalf": {**said, "signature": base64.b64encode(signature).decode()}}
