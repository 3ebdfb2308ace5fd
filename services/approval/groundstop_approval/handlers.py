"""Facts in, cases out. Every step follows from the stored fact before it, so a killed service loses nothing."""

from datetime import datetime

from groundstop import subjects
from groundstop.bus.consumer import Facts, Route
from groundstop.bus.dead_letter import end_of_refused, ending
from groundstop.bus.message import Delivery, Wait
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import (
    CaseDecided,
    CaseDue,
    CaseEdited,
    CaseNudge,
    CaseOpened,
    ExecutionExhausted,
    GrantUsed,
    IntentAdmitted,
    IntentClassified,
    IntentCleared,
    IntentFact,
    Need,
    Outcome,
    TaskHandoff,
    TaskResumed,
)
from groundstop.policy_holder import JudgeHolder
from groundstop.vocabulary import CaseKind, Verdict

from groundstop_approval.domain.cases import (
    ACTOR,
    consequence,
    edited_intent,
    expiry,
    need_of,
    not_decided,
    open_case,
    open_handoff,
    open_manual,
    open_reconciliation,
    timer_of,
    was_edited,
)
from groundstop_approval.domain.grants import clearance
from groundstop_approval.domain.nudges import said, timer
from groundstop_approval.domain.people import Directory
from groundstop_approval.domain.transitions import decision, settled_edit
from groundstop_approval.projections.case_log import CaseLog
from groundstop_approval.projections.grants import Grants
from groundstop_approval.projections.inbox import Cases
from groundstop_approval.projections.pauses import Pausing
from groundstop_approval.projections.quality import RubberStamps
from groundstop_approval.projections.tasks import cancellations

EARLY_S = 2.0
AGAIN_S = 60.0


class Approval:
    """What approval does with each kind of fact."""

    def __init__(
        self,
        log: CaseLog,
        holder: JudgeHolder,
        directory: Directory,
        grants: Grants,
        cases: Cases,
        stamps: RubberStamps,
        pausing: Pausing,
        clock: Clock,
    ) -> None:
        self._log = log
        self._holder = holder
        self._directory = directory
        self._grants = grants
        self._cases = cases
        self._stamps = stamps
        self._pausing = pausing
        self._clock = clock

    def routes(self) -> dict[str, Route]:
        """The handlers by kind of fact."""
        end = ending(self._log, ACTOR, self._clock)
        return {
            "intent.admitted": Route(IntentAdmitted, self.on_intent_admitted, on_refused=end),
            "intent.classified": Route(IntentClassified, self.on_intent_classified, on_refused=end),
            "outcome": Route(Outcome, self.on_outcome_unknown),
            "execution.exhausted": Route(ExecutionExhausted, self.on_execution_exhausted, on_refused=end),
            "task.handoff": Route(TaskHandoff, self.on_task_handoff),
            "task.resumed": Route(TaskResumed, self.on_task_resumed),
            "case.due": Route(CaseDue, self.on_case_due),
            "case.nudge": Route(CaseNudge, self.on_case_nudge),
            "case.edited": Route(CaseEdited, self.on_case_edited),
            "case.decided": Route(CaseDecided, self.on_case_decided, on_refused=self.on_decision_refused),
            "grant.used": Route(GrantUsed, self.on_grant_used),
        }

    async def on_intent_admitted(self, held: IntentAdmitted, _: Delivery) -> None:
        """A standing grant stands in for the person, or a case is opened."""
        need = self._need(held, held.at)
        if not await self._grants.cover(held, need):
            await self._open(open_case(held, self._holder.policy, need))

    async def on_intent_classified(self, held: IntentClassified, _: Delivery) -> None:
        await self._open(open_case(held, self._holder.policy, self._need(held, held.at)))

    def _need(self, held: IntentAdmitted | IntentClassified, at: datetime) -> Need:
        assert held.proposal is not None and held.call is not None, "only readable intents are held"
        return need_of(held.proposal, held.call, held.judgement, self._holder.policy, self._holder.judge, at)

    async def on_outcome_unknown(self, outcome: Outcome, _: Delivery) -> None:
        classified = await self._classified(outcome)
        if classified is not None and (opened := open_reconciliation(outcome, classified, self._holder.policy)):
            await self._open(opened)

    async def on_execution_exhausted(self, exhausted: ExecutionExhausted, _: Delivery) -> None:
        classified = await self._classified(exhausted)
        if classified is not None and (opened := open_manual(exhausted, classified, self._holder.policy)):
            await self._open(opened)

    async def _classified(self, fact: IntentFact) -> IntentClassified | None:
        where = subjects.any_detail("intent.classified", fact.tenant, fact.agent, fact.intent)
        return await self._log.last_fact(IntentClassified, where)

    async def on_task_handoff(self, asked: TaskHandoff, _: Delivery) -> None:
        await self._pausing.settle(asked)
        await self._open(open_handoff(asked, self._holder.policy))

    async def on_task_resumed(self, resumed: TaskResumed, _: Delivery) -> None:
        await self._settle(resumed)

    async def _settle(self, fact: IntentFact) -> None:
        where = subjects.subject("task.handoff", fact.tenant, fact.agent, fact.intent)
        asked = await self._log.last_fact(TaskHandoff, where)
        if asked is not None:
            await self._pausing.settle(asked)

    async def _open(self, opened: CaseOpened) -> None:
        """Store the opening, the timer that ends it and the first reminder; each once."""
        await self._log.publish_once(opened)
        ends = timer_of(opened)
        await self._log.schedule(ends, ends.target(), opened.expires_at)
        await self._remind(opened, 1)

    async def _remind(self, opened: CaseOpened, number: int) -> None:
        planned = timer(opened, number, self._directory)
        if planned is not None:
            await self._log.schedule(planned[0], planned[0].target(), planned[1])

    async def on_case_due(self, due: CaseDue, _: Delivery) -> CaseDecided | None:
        """Silence is a no, unless somebody was just in time. Nobody signs timers: one that is early is asked again."""
        opened = await self._log.opened(due.tenant, due.agent, due.intent, due.case_kind)
        if opened is None:
            return None
        state = await self._log.state(opened)
        if state.decided is not None:
            return None
        left_s = (opened.expires_at - self._clock()).total_seconds()
        if left_s > EARLY_S:
            raise Wait(min(left_s, AGAIN_S))
        return expiry(state)

    async def on_case_nudge(self, nudge: CaseNudge, _: Delivery) -> Facts:
        opened = await self._log.opened(nudge.tenant, nudge.agent, nudge.intent, nudge.case_kind)
        if opened is None:
            return None
        fact = said(nudge, await self._log.state(opened), self._directory)
        if fact is not None:
            await self._remind(opened, nudge.number + 1)
        return fact

    async def on_case_edited(self, edited: CaseEdited, _: Delivery) -> CaseDecided | None:
        """The editor's yes is the decision when it is enough."""
        opened = await self._log.opened(edited.tenant, edited.agent, edited.intent, edited.case_kind)
        return None if opened is None else settled_edit(await self._log.state(opened))

    async def on_case_decided(self, decided: CaseDecided, _: Delivery) -> Facts:
        """What follows."""
        alarm = self._stamps.after(decided)
        facts = await self._handed_off(decided) if decided.case_kind is CaseKind.HANDOFF else []
        follows = await self._edited(decided) if was_edited(decided) else consequence(decided, self._holder.policy)
        return [fact for fact in (*facts, follows, alarm) if fact is not None]

    async def on_decision_refused(self, delivery: Delivery, error: BadInput) -> Outcome | None:
        """The end of an intent whose decision approval has not signed, if it stands in the place of any other."""
        *_, tenant, agent, intent, kind, _ = delivery.subject.split(".")
        first = await self._log.first(subjects.any_detail("case.decided", tenant, agent, intent, kind))
        if first is not None and first.seq < delivery.seq:
            return None
        try:
            decided = CaseDecided.model_validate_json(delivery.payload)
        except ValueError:
            return await end_of_refused(self._log, delivery, error, ACTOR, self._clock())
        return not_decided(decided, self._clock(), error)

    async def _edited(self, decided: CaseDecided) -> IntentFact | None:
        opened = await self._log.opened(decided.tenant, decided.agent, decided.intent, decided.case_kind)
        where = (decided.tenant, decided.agent, decided.intent, decided.case_kind, str(decided.revision))
        edit = await self._log.last_fact(CaseEdited, subjects.subject("case.edited", *where))
        assert opened is not None and edit is not None, "an edited decision follows an opening and an edit"
        return None if decided.drill else edited_intent(decided, opened, edit)

    async def _handed_off(self, decided: CaseDecided) -> list[Outcome]:
        await self._settle(decided)
        if decided.verdict is not Verdict.TAKEN_OVER:
            return []
        await self._withdraw_cases(decided)
        return await cancellations(self._log, decided)

    async def _withdraw_cases(self, decided: CaseDecided) -> None:
        """Whoever takes a task over leaves nothing of it waiting for somebody else."""
        waiting = [
            entry.state().opened
            for case, entry in self._cases.all()
            if (entry.tenant, entry.task) == (decided.tenant, decided.task) and case != decided.case
        ]
        for opened in waiting:
            note = f"{decided.by} took the task over"
            await self._log.change(
                opened,
                lambda state, note=note: (  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                    None if state.decided else decision(state, Verdict.WITHDRAWN, decided.by, note, decided.at)
                ),
            )

    def on_grant_used(self, used: GrantUsed, _: Delivery) -> IntentCleared:
        return clearance(used, self._holder.policy.clearance_ttl_s)
