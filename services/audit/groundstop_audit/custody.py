"""What people may have done to the record, each a fact with who and why: hold, lift, redact, remove the archived."""

from collections import OrderedDict
from collections.abc import Sequence

from groundstop.callers import Caller
from groundstop.clock import Clock
from groundstop.commands import Handled
from groundstop.commands.record import (
    ArchiveChallenge,
    ChallengeArchive,
    HoldLifted,
    HoldPlaced,
    LiftHold,
    PlaceHold,
    Redaction,
    RedactRecord,
    RemoveRows,
    RowsRemoved,
)
from groundstop.errors import RequestFailed
from groundstop.events import RecordHeld, RecordRedacted, RecordRemoved
from groundstop.ids import derived_id, new_id
from groundstop.log import Log
from groundstop.log.wire import EXPECTED_SEQ
from groundstop.record.holds import Hold, condition, held_by, scope_of
from groundstop.record.keyring import COLUMNS, Keyring
from groundstop.record.possession import proof, sampled
from groundstop.subjects import STREAM, record_hold
from groundstop.vocabulary import ErrorCode

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

    def commands(self) -> Sequence[Handled[Caller]]:
        """The commands and their handlers."""
        return (
            PlaceHold.handled_by(self._hold),
            LiftHold.handled_by(self._lift),
            RedactRecord.handled_by(self._redact),
            ChallengeArchive.handled_by(self._challenge),
            RemoveRows.handled_by(self._remove),
        )

    async def holds(self) -> list[Hold]:
        """Those in force."""
        facts = self._log.facts(RecordHeld, await self._log.newest([HOLDS]))
        return [Hold(fact.hold, fact.scope, fact.by, fact.reason) for fact in facts if not fact.lifted]

    async def _hold(self, caller: Caller, asked: PlaceHold) -> HoldPlaced:
        scope_of(asked.scope)
        hold = new_id()
        await self._held(hold, asked.scope, caller.name, asked.reason, lifted=False, after_seq=0)
        return HoldPlaced(hold=hold, scope=asked.scope)

    async def _lift(self, caller: Caller, asked: LiftHold) -> HoldLifted:
        hold = asked.hold
        standing = await self._log.last(record_hold(hold))
        if standing is None:
            raise RequestFailed(ErrorCode.NOT_FOUND, f"no hold {hold!r}")
        fact = self._log.fact(RecordHeld, standing)
        if fact is None:
            raise RequestFailed(
                ErrorCode.UNREADABLE, f"what the log says about hold {hold!r} cannot be read: place a new one"
            )
        await self._agreement.of(caller, asked.verb, {"hold": hold})
        await self._held(hold, fact.scope, caller.name, asked.reason, lifted=True, after_seq=standing.seq)
        return HoldLifted(hold=hold, scope=fact.scope)

    async def _held(self, hold: str, scope: str, by: str, reason: str, *, lifted: bool, after_seq: int) -> None:
        fact = RecordHeld(
            id=derived_id(hold, f"record.held:{after_seq}"), at=self._clock(), actor=SERVICE, hold=hold, scope=scope,
            by=by, reason=reason, lifted=lifted,
        )  # fmt: skip
        ack = await self._log.publish_checked(fact, {EXPECTED_SEQ: str(after_seq)})
        if not ack.stored:
            raise RequestFailed(ErrorCode.CHANGED_MEANWHILE, f"hold {hold} was changed by somebody else; look again")

    async def _redact(self, caller: Caller, asked: RedactRecord) -> Redaction:
        scope, tenant = asked.scope, asked.tenant
        name, _, value = scope.partition("=")
        if name not in COLUMNS or not value:
            raise RequestFailed(
                ErrorCode.INVALID_REQUEST, f"scope {scope!r} is none of {', '.join(COLUMNS)} with = and a value"
            )
        if self._keyring is None:
            raise RequestFailed(
                ErrorCode.NOT_SEALED, "payloads are not sealed here (GROUNDSTOP_SEAL): nothing can be redacted"
            )
        owners = self._keyring.owners(name, value, tenant)
        about = [{"tenant": o.tenant, "agent": o.agent, "task": o.task, "intent": o.intent} for o in owners]
        if owners and (hold := held_by(await self.holds(), about)):
            raise RequestFailed(ErrorCode.HELD, f"hold {hold.hold} ({hold.scope}, {hold.reason}) covers some of it")
        if not owners:
            raise RequestFailed(ErrorCode.NOT_FOUND, f"there is no key for {scope}")
        await self._agreement.of(caller, asked.verb, {"scope": scope, "tenant": tenant})
        redaction = new_id()
        fact = RecordRedacted(
            id=derived_id(redaction, "record.redacted"), at=self._clock(), actor=SERVICE, redaction=redaction,
            scope=scope if name != "user" else "user", by=caller.name, reason=asked.reason, intents=len(owners),
        )  # fmt: skip
        gone = self._keyring.destroy(owners)
        await self._log.publish_once(fact)
        return Redaction(redaction=redaction, intents=gone)

    async def _challenge(self, caller: Caller, asked: ChallengeArchive) -> ArchiveChallenge:
        """A nonce for one removal by this caller."""
        challenge, nonce, upto = new_id(), new_id(), asked.upto
        self._challenges[challenge] = (nonce, upto)
        if len(self._challenges) > CHALLENGES_MAX:
            self._challenges.popitem(last=False)
        return ArchiveChallenge(challenge=challenge, nonce=nonce, upto=upto)

    async def _check_archive(self, asked: RemoveRows) -> None:
        """Raises RequestFailed(not_archived) unless the asker has the rows at hand."""
        upto = asked.upto
        if missing := next((name for name in ("challenge", "proof") if not getattr(asked, name).strip()), ""):
            raise RequestFailed(ErrorCode.INVALID_REQUEST, f"{missing} is missing")
        nonce, of = self._challenges.pop(asked.challenge, ("", 0))
        if of != upto:
            raise RequestFailed(
                ErrorCode.NOT_ARCHIVED, "prove that an archive holds the rows: record.challenge says how"
            )
        seqs = sampled(nonce, upto)
        rows = await self._ledger.payloads(seqs)
        if asked.proof != proof(nonce, rows):
            raise RequestFailed(
                ErrorCode.NOT_ARCHIVED, f"what the archive says of the rows up to {upto} is not what they hold"
            )

    async def _remove(self, caller: Caller, asked: RemoveRows) -> RowsRemoved:
        upto = asked.upto
        found = await self._ledger.signed_hash(upto)
        if found is None:
            raise RequestFailed(
                ErrorCode.NOT_SIGNED, f"no signed head says what the row at {upto} is: remove up to one that does"
            )
        for hold in await self.holds():
            if await self._ledger.count(f"seq <= {upto} AND {condition(hold)}"):
                raise RequestFailed(ErrorCode.HELD, f"hold {hold.hold} ({hold.scope}, {hold.reason}) covers some of it")
        await self._check_archive(asked)
        await self._agreement.of(caller, asked.verb, {"upto": str(upto)})
        fact = RecordRemoved(
            id=derived_id(f"{STREAM}:{upto}", "record.removed"), at=self._clock(), actor=SERVICE, stream=STREAM,
            upto=upto, hash=found.hex(), by=caller.name, reason=asked.reason,
        )  # fmt: skip
        await self._log.publish_once(fact)  # before the rows go: a removal that nobody announced is an alarm
        return RowsRemoved(upto=upto, rows=await self._ledger.remove(upto))
