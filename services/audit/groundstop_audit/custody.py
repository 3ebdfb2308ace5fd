"""What people may have done to the record, each a fact with who and why: hold, lift, redact, remove the archived."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from groundstop.bus.commands import Command
from groundstop.callers import Caller
from groundstop.clock import Clock
from groundstop.errors import RequestFailed
from groundstop.events import RecordHeld, RecordRedacted, RecordRemoved
from groundstop.ids import derived_id, new_id
from groundstop.log import Log
from groundstop.log.wire import EXPECTED_SEQ
from groundstop.record.holds import Hold, condition, held_by, scope_of
from groundstop.record.keyring import COLUMNS, Keyring
from groundstop.record.possession import proof, sampled
from groundstop.subjects import STREAM, record_hold

from groundstop_audit.agreement import Agreement
from groundstop_audit.ledger import Ledger

SERVICE = "audit"
HOLDS = "gs.record.held.*"
CHALLENGES_MAX = 100


class Custody:
    """Answers ``record.*`` requests; the caller is whom the bus's permissions say it is."""

    def __init__(
        self, log: Log, ledger: Ledger, keyring: Keyring | None, clock: Clock, people: int | None = None
    ) -> None:
        self._agreement = Agreement(log, clock, people)
        self._challenges: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._log = log
        self._ledger = ledger
        self._keyring = keyring
        self._clock = clock

    def commands(self) -> Mapping[str, Command]:
        """Verb to handler."""
        return {
            "record.hold": self._hold,
            "record.lift": self._lift,
            "record.redact": self._redact,
            "record.challenge": self._challenge,
            "record.remove": self._remove,
        }

    async def holds(self) -> list[Hold]:
        """Those in force."""
        facts = self._log.facts(RecordHeld, await self._log.newest([HOLDS]))
        return [Hold(fact.hold, fact.scope, fact.by, fact.reason) for fact in facts if not fact.lifted]

    async def _hold(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        scope = _asked(body, "scope")
        scope_of(scope)
        hold = new_id()
        await self._held(hold, scope, caller.name, _asked(body, "reason"), lifted=False, after_seq=0)
        return {"hold": hold, "scope": scope}

    async def _lift(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        hold = _asked(body, "hold")
        standing = await self._log.last(record_hold(hold))
        if standing is None:
            raise RequestFailed("not_found", f"no hold {hold!r}")
        fact = self._log.fact(RecordHeld, standing)
        if fact is None:
            raise RequestFailed("unreadable", f"what the log says about hold {hold!r} cannot be read: place a new one")
        await self._agreement.of(caller, "record.lift", {"hold": hold})
        await self._held(hold, fact.scope, caller.name, _asked(body, "reason"), lifted=True, after_seq=standing.seq)
        return {"hold": hold, "scope": fact.scope, "lifted": True}

    async def _held(self, hold: str, scope: str, by: str, reason: str, *, lifted: bool, after_seq: int) -> None:
        fact = RecordHeld(
            id=derived_id(hold, f"record.held:{after_seq}"), at=self._clock(), actor=SERVICE, hold=hold, scope=scope,
            by=by, reason=reason, lifted=lifted,
        )  # fmt: skip
        ack = await self._log.publish_checked(fact, {EXPECTED_SEQ: str(after_seq)})
        if not ack.stored:
            raise RequestFailed("changed_meanwhile", f"hold {hold} was changed by somebody else; look again")

    async def _redact(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        scope, reason, tenant = _asked(body, "scope"), _asked(body, "reason"), str(body.get("tenant") or "")
        name, _, value = scope.partition("=")
        if name not in COLUMNS or not value:
            raise RequestFailed(
                "invalid_request", f"scope {scope!r} is none of {', '.join(COLUMNS)} with = and a value"
            )
        if self._keyring is None:
            raise RequestFailed("not_sealed", "payloads are not sealed here (GROUNDSTOP_SEAL): nothing can be redacted")
        owners = self._keyring.owners(name, value, tenant)
        about = [{"tenant": o.tenant, "agent": o.agent, "task": o.task, "intent": o.intent} for o in owners]
        if owners and (hold := held_by(await self.holds(), about)):
            raise RequestFailed("held", f"hold {hold.hold} ({hold.scope}, {hold.reason}) covers some of it")
        if not owners:
            raise RequestFailed("not_found", f"there is no key for {scope}")
        await self._agreement.of(caller, "record.redact", {"scope": scope, "tenant": tenant})
        redaction = new_id()
        fact = RecordRedacted(
            id=derived_id(redaction, "record.redacted"), at=self._clock(), actor=SERVICE, redaction=redaction,
            scope=scope if name != "user" else "user", by=caller.name, reason=reason, intents=len(owners),
        )  # fmt: skip
        gone = self._keyring.destroy(owners)
        await self._log.publish_once(fact)
        return {"redaction": redaction, "intents": gone}

    async def _challenge(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        """A nonce for one removal by this caller."""
        challenge, nonce, upto = new_id(), new_id(), int(_asked(body, "upto"))
        self._challenges[challenge] = (nonce, upto)
        if len(self._challenges) > CHALLENGES_MAX:
            self._challenges.popitem(last=False)
        return {"challenge": challenge, "nonce": nonce, "upto": upto}

    async def _check_archive(self, body: dict[str, Any], upto: int) -> None:
        """Raises RequestFailed(not_archived) unless the asker has the rows at hand."""
        nonce, of = self._challenges.pop(_asked(body, "challenge"), ("", 0))
        if of != upto:
            raise RequestFailed("not_archived", "prove that an archive holds the rows: record.challenge says how")
        seqs = sampled(nonce, upto)
        rows = await self._ledger.payloads(seqs)
        if _asked(body, "proof") != proof(nonce, rows):
            raise RequestFailed("not_archived", f"what the archive says of the rows up to {upto} is not what they hold")

    async def _remove(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        upto = int(_asked(body, "upto"))
        found = await self._ledger.signed_hash(upto)
        if found is None:
            raise RequestFailed(
                "not_signed", f"no signed head says what the row at {upto} is: remove up to one that does"
            )
        for hold in await self.holds():
            if await self._ledger.count(f"seq <= {upto} AND {condition(hold)}"):
                raise RequestFailed("held", f"hold {hold.hold} ({hold.scope}, {hold.reason}) covers some of it")
        await self._check_archive(body, upto)
        await self._agreement.of(caller, "record.remove", {"upto": str(upto)})
        fact = RecordRemoved(
            id=derived_id(f"{STREAM}:{upto}", "record.removed"), at=self._clock(), actor=SERVICE, stream=STREAM,
            upto=upto, hash=found.hex(), by=caller.name, reason=str(body.get("reason") or ""),
        )  # fmt: skip
        await self._log.publish_once(fact)  # before the rows go: a removal that nobody announced is an alarm
        return {"upto": upto, "rows": await self._ledger.remove(upto)}


def _asked(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise RequestFailed("invalid_request", f"{name} is missing")
    return str(value)
