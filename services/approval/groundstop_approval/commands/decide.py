"""Commands that change cases: decide, respond, edit, claim, release, withdraw, and many at once."""

from dataclasses import dataclass
from typing import Any, cast

from groundstop.commands import Problem
from groundstop.commands.cases import (
    ClaimCase,
    ClaimState,
    DecideCase,
    DecidedMany,
    DecideManyCases,
    Decision,
    DecisionOfMany,
    EditCase,
    EditedCase,
    ReleaseCase,
    RespondToCase,
    WithdrawCase,
)
from groundstop.errors import BadInput, RequestFailed
from groundstop.events import CaseDecided, CaseEdited, CaseOpened, CaseVoted, Judgement, Need
from groundstop.vocabulary import Band, ErrorCode, Verdict

from groundstop_approval.commands.context import Acts, Context
from groundstop_approval.domain.cases import call_with, need_of
from groundstop_approval.domain.people import Person
from groundstop_approval.domain.state import CaseState, after
from groundstop_approval.domain.transitions import (
    claim,
    decide,
    edit,
    kind_of_work,
    release,
    settled_edit,
    withdraw,
)
from groundstop_approval.views.masks import restored
from groundstop_approval.views.rows import masked_call, masked_change, need_shown


def make_deciding(context: Context) -> Acts:
    """The commands of this room."""

    async def decide_case(person: Person, asked: DecideCase) -> Decision:
        return await decide_opened(context, await context.find(asked.case, person), person, _choice(asked))

    async def respond(person: Person, asked: RespondToCase) -> Decision:
        choice = Choice(Verdict.ANSWERED, asked.note, asked.answer, asked.digest)
        return await decide_opened(context, await context.find(asked.case, person), person, choice)

    async def claim_case(person: Person, asked: ClaimCase) -> ClaimState:
        opened = await context.find(asked.case, person)
        fact, _, seq = await context.log.change(
            opened, lambda state: claim(state, person, context.directory, context.clock(), take=asked.take)
        )
        assert fact is not None, "a claim is made or refused"
        return ClaimState(case=opened.case, claimed_by=fact.by, claimed_until=fact.until, seq=seq)

    async def release_case(person: Person, asked: ReleaseCase) -> ClaimState:
        opened = await context.find(asked.case, person)
        _, _, seq = await context.log.change(opened, lambda state: release(state, person, context.clock()))
        return ClaimState(case=opened.case, seq=seq)

    async def withdraw_case(person: Person, asked: WithdrawCase) -> Decision:
        opened = await context.find(asked.case, person)
        fact, _, seq = await context.log.change(
            opened, lambda state: withdraw(state, person, context.directory, context.clock(), note=asked.note)
        )
        assert fact is not None, "a withdrawal is made or refused"
        return _answer(fact, seq, None)

    async def edit_case(person: Person, asked: EditCase) -> EditedCase:
        return await _edit(context, await context.find(asked.case, person), person, asked)

    async def decide_many(person: Person, asked: DecideManyCases) -> DecidedMany:
        return await _decide_many(context, person, asked)

    return (
        DecideCase.handled_by(decide_case),
        RespondToCase.handled_by(respond),
        ClaimCase.handled_by(claim_case),
        ReleaseCase.handled_by(release_case),
        WithdrawCase.handled_by(withdraw_case),
        EditCase.handled_by(edit_case),
        DecideManyCases.handled_by(decide_many),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody says of a case. ``digest``: of the call that they were shown, empty when they do not say."""

    verdict: Verdict
    note: str = ""
    answer: Any = None
    digest: str = ""


def _choice(asked: DecideCase) -> Choice:
    return Choice(asked.verdict, asked.note, asked.answer, asked.digest)


async def decide_opened(
    context: Context, opened: CaseOpened, person: Person, choice: Choice, batch: int = 1
) -> Decision:
    """Decide or vote. The same person deciding the same way again gets the same answer: replies get lost."""
    read_s = context.reads.seconds(opened.case, person.name, context.clock())

    def move(state: CaseState) -> CaseDecided | CaseVoted | None:
        standing = state.decided
        if standing is not None and (standing.by, standing.verdict) == (person.name, choice.verdict):
            return None
        return decide(
            state, person, choice.verdict, context.directory, context.clock(),
            note=choice.note, answer=choice.answer, digest=choice.digest, read_s=read_s, batch=batch,
        )  # fmt: skip

    made, state, seq = await context.log.change(opened, move)
    fact = cast("CaseDecided | CaseVoted | None", made)  # mypy widens the union to the base of both
    if fact is None:
        assert state.decided is not None, "nothing to do only when it is decided"
        return _answer(state.decided, state.decided_seq, None)
    return _answer(fact, seq, after(state, fact, seq))


def _answer(fact: CaseDecided | CaseVoted, seq: int, state: CaseState | None) -> Decision:
    if isinstance(fact, CaseDecided):
        return Decision(won=True, case=fact.case, verdict=fact.verdict, by=fact.by, seq=seq)
    assert state is not None, "a vote leaves the case open"
    return Decision(
        won=False,
        pending=True,
        case=fact.case,
        verdict=fact.verdict,
        by=fact.approver,
        votes=len(state.approvers),
        needed=state.need.people,
        seq=seq,
    )


async def _edit(context: Context, opened: CaseOpened, person: Person, asked: EditCase) -> EditedCase:
    # Whoever edits was shown masked secrets: a mask that comes back stands for what it hides.
    arguments = restored(asked.arguments, (await context.log.state(opened)).call.arguments)
    note, now = asked.note or ("-" if asked.dry_run else ""), context.clock()
    try:
        call = call_with(opened.call, opened.tenant, opened.agent, arguments)
    except BadInput as error:
        raise RequestFailed(ErrorCode.EDIT_REFUSED, str(error), {"reasons": [str(error)]}) from error
    judged = _judged(context, opened, arguments)

    def move(state: CaseState) -> CaseEdited:
        return edit(state, person, call, judged, context.directory, now, note=note, digest=asked.digest)

    if asked.dry_run:
        state = await context.log.state(opened)
        fact, seq = move(state), state.seq
    else:
        made, state, seq = await context.log.change(opened, move)
        assert made is not None, "an edit is made or refused"
        fact = made
    edited = EditedCase(
        case=opened.case,
        revision=fact.revision,
        call=masked_call(fact.call)[0],
        judgement=fact.judgement,
        need=need_shown(fact.need),
        diff=tuple(masked_change(change) for change in fact.diff),
        dry_run=asked.dry_run,
        won=True,
        verdict=Verdict.APPROVED,
        by=person.name,
    )
    return edited.model_copy(update=await _settled(context, after(state, fact, seq), asked.dry_run))


def _judged(context: Context, opened: CaseOpened, arguments: dict[str, Any]) -> tuple[Judgement, Need]:
    """What the policy says about the edited call. Its author is a person, so nobody is unsure about it."""
    proposal = opened.proposal.model_copy(update={"arguments": arguments, "confidence": 1.0})
    judgement = context.holder.judge.decide(proposal, now=opened.at)
    call = call_with(opened.call, opened.tenant, opened.agent, arguments)
    need = need_of(proposal, call, judgement, context.holder.policy, context.holder.judge, opened.at)
    return judgement.model_copy(update={"band": opened.judgement.band or Band.HIGH}), need


async def _settled(context: Context, state: CaseState, dry: bool) -> dict[str, Any]:
    """What the editor's yes comes to: the decision when it is enough.

    Written here to answer at once; the edit's fact ensures it.
    """
    enough = settled_edit(state)
    if enough is None:
        return {"won": False, "pending": True, "votes": len(state.approvers), "needed": state.need.people}
    if dry:
        return {}
    ack = await context.log.act(enough, state)
    if not ack.stored:
        standing = (await context.log.state(state.opened)).decided
        if standing is None or standing.id != enough.id:
            raise RequestFailed(ErrorCode.CHANGED, "somebody acted on the case in the same moment: read it again")
    return {"seq": ack.seq}


async def _decide_many(context: Context, person: Person, asked: DecideManyCases) -> DecidedMany:
    opened = [await context.find(chosen.case, person) for chosen in asked.cases]
    kinds = [kind_of_work(await context.log.state(one)) for one in opened]
    odd = next((one for one, kind in zip(opened, kinds, strict=True) if kind != kinds[0]), None)
    if odd is not None:
        raise RequestFailed(ErrorCode.NOT_ALIKE, f"{odd.case} is not like {opened[0].case}", {"case": odd.case})
    results = []
    for chosen, one in zip(asked.cases, opened, strict=True):
        choice = Choice(asked.verdict, asked.note, asked.answer, chosen.digest)
        results.append(await _decided_of_many(context, one, person, choice, len(opened)))
    won, failed = sum(bool(result.won) for result in results), sum(result.error is not None for result in results)
    return DecidedMany(results=tuple(results), won=won, pending=len(results) - won - failed, failed=failed)


async def _decided_of_many(
    context: Context, opened: CaseOpened, person: Person, choice: Choice, batch: int
) -> DecisionOfMany:
    try:
        decided = await decide_opened(context, opened, person, choice, batch)
    except RequestFailed as error:
        problem = Problem.model_validate({"code": error.code, "message": str(error), **error.answer})
        return DecisionOfMany(case=opened.case, error=problem)
    return DecisionOfMany(**dict(decided))
