"""Commands that change cases: decide, respond, edit, claim, release, withdraw, and many at once."""

from typing import Any, cast

from groundstop.errors import BadInput, RequestFailed
from groundstop.events import CaseDecided, CaseEdited, CaseOpened, CaseVoted, Judgement, Need
from groundstop.words import Band, Verdict

from groundstop_approval.context import Act, Context, text_of
from groundstop_approval.domain import call_with, need_of
from groundstop_approval.masks import restored
from groundstop_approval.moves import claim, decide, edit, kind_of_work, release, settled_edit, withdraw
from groundstop_approval.people import Person
from groundstop_approval.rows import masked_call, masked_change
from groundstop_approval.state import CaseState, after

BATCH_MAX = 200
MISSING = object()


def make_deciding(context: Context) -> dict[str, Act]:
    """The commands of this room."""

    async def decide_case(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened = await context.find(body.get("case"), person)
        return await decide_opened(context, opened, person, _verdict(body), body)

    async def respond(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("answer", MISSING) is MISSING:
            raise RequestFailed("invalid_request", "answer is missing")
        opened = await context.find(body.get("case"), person)
        return await decide_opened(context, opened, person, Verdict.ANSWERED, body)

    async def claim_case(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened, take = await context.find(body.get("case"), person), bool(body.get("take"))
        fact, _, seq = await context.log.change(
            opened, lambda state: claim(state, person, context.directory, context.clock(), take=take)
        )
        assert fact is not None, "a claim is made or refused"
        return {"case": opened.case, "claimed_by": fact.by, "claimed_until": fact.until.isoformat(), "seq": seq}

    async def release_case(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened = await context.find(body.get("case"), person)
        _, _, seq = await context.log.change(opened, lambda state: release(state, person, context.clock()))
        return {"case": opened.case, "claimed_by": None, "claimed_until": None, "seq": seq}

    async def withdraw_case(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened, note = await context.find(body.get("case"), person), text_of(body, "note")
        fact, _, seq = await context.log.change(
            opened, lambda state: withdraw(state, person, context.directory, context.clock(), note=note)
        )
        assert fact is not None, "a withdrawal is made or refused"
        return _answer(fact, seq, None)

    async def edit_case(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        opened = await context.find(body.get("case"), person)
        return await _edit(context, opened, person, body)

    async def decide_many(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        return await _decide_many(context, person, _verdict(body), body)

    return {
        "case.decide": decide_case,
        "case.respond": respond,
        "case.claim": claim_case,
        "case.release": release_case,
        "case.withdraw": withdraw_case,
        "case.edit": edit_case,
        "case.decide_many": decide_many,
    }


def _verdict(body: dict[str, Any]) -> Verdict:
    try:
        return Verdict(str(body.get("verdict", "")))
    except ValueError:
        raise RequestFailed("wrong_verdict", f"verdict {str(body.get('verdict'))[:40]!r} is not a verdict") from None


async def decide_opened(
    context: Context, opened: CaseOpened, person: Person, verdict: Verdict, body: dict[str, Any], batch: int = 1
) -> dict[str, Any]:
    """Decide or vote. The same person deciding the same way again gets the same answer: replies get lost."""
    note, digest, now = text_of(body, "note"), text_of(body, "digest", chars_max=64), context.clock()
    read_s = context.reads.seconds(opened.case, person.name, now)

    def move(state: CaseState) -> CaseDecided | CaseVoted | None:
        standing = state.decided
        if standing is not None and (standing.by, standing.verdict) == (person.name, verdict):
            return None
        return decide(
            state, person, verdict, context.directory, context.clock(),
            note=note, answer=body.get("answer"), digest=digest, read_s=read_s, batch=batch,
        )  # fmt: skip

    made, state, seq = await context.log.change(opened, move)
    fact = cast("CaseDecided | CaseVoted | None", made)  # mypy widens the union to the base of both
    if fact is None:
        assert state.decided is not None, "nothing to do only when it is decided"
        return _answer(state.decided, state.decided_seq, None)
    return _answer(fact, seq, after(state, fact, seq))


def _answer(fact: CaseDecided | CaseVoted, seq: int, state: CaseState | None) -> dict[str, Any]:
    common = {"case": fact.case, "verdict": fact.verdict, "seq": seq}
    if isinstance(fact, CaseDecided):
        return {"won": True, **common, "by": fact.by}
    assert state is not None, "a vote leaves the case open"
    needed = state.need.people
    return {
        "won": False,
        "pending": True,
        **common,
        "by": fact.approver,
        "votes": len(state.approvers),
        "needed": needed,
    }


async def _edit(context: Context, opened: CaseOpened, person: Person, body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("arguments")
    if not isinstance(given, dict):
        raise RequestFailed("invalid_request", "arguments: expected an object")
    # Whoever edits was shown masked secrets: a mask that comes back stands for what it hides.
    arguments = restored(given, (await context.log.state(opened)).call.arguments)
    note, digest, now = text_of(body, "note"), text_of(body, "digest", chars_max=64), context.clock()
    try:
        call = call_with(opened.call, opened.tenant, opened.agent, arguments)
    except BadInput as error:
        raise RequestFailed("edit_refused", str(error), {"reasons": [str(error)]}) from error
    judged = _judged(context, opened, arguments)
    dry = bool(body.get("dry_run"))

    def move(state: CaseState) -> CaseEdited:
        return edit(
            state, person, call, judged, context.directory, now, note=note or ("-" if dry else ""), digest=digest
        )

    if dry:
        state = await context.log.state(opened)
        fact, seq = move(state), state.seq
    else:
        made, state, seq = await context.log.change(opened, move)
        assert made is not None, "an edit is made or refused"
        fact = made
    after_edit = after(state, fact, seq)
    answer = {
        "case": opened.case,
        "revision": fact.revision,
        "call": masked_call(fact.call.model_dump(mode="json"))[0],
        "judgement": fact.judgement.model_dump(mode="json"),
        "need": fact.need.model_dump(mode="json") | {"two_person": fact.need.people > 1},
        "diff": [masked_change(change.model_dump(mode="json")) for change in fact.diff],
        "dry_run": dry,
    }
    return answer | await _settled(context, after_edit, person, dry)


def _judged(context: Context, opened: CaseOpened, arguments: dict[str, Any]) -> tuple[Judgement, Need]:
    """What the policy says about the edited call. Its author is a person, so nobody is unsure about it."""
    proposal = opened.proposal.model_copy(update={"arguments": arguments, "confidence": 1.0})
    judgement = context.judging.judge.decide(proposal, now=opened.at)
    call = call_with(opened.call, opened.tenant, opened.agent, arguments)
    need = need_of(proposal, call, judgement, context.judging.policy, context.judging.judge, opened.at)
    return judgement.model_copy(update={"band": opened.judgement.band or Band.HIGH}), need


async def _settled(context: Context, state: CaseState, person: Person, dry: bool) -> dict[str, Any]:
    """The editor's yes: the decision when it is enough. Written here to answer at once; the edit's fact ensures it."""
    enough = settled_edit(state)
    if enough is None:
        votes, needed = len(state.approvers), state.need.people
        return {
            "won": False,
            "pending": True,
            "verdict": "approved",
            "by": person.name,
            "votes": votes,
            "needed": needed,
        }
    if dry:
        return {"won": True, "verdict": "approved", "by": person.name}
    ack = await context.log.act(enough, state)
    if not ack.stored:
        standing = (await context.log.state(state.opened)).decided
        if standing is None or standing.id != enough.id:
            raise RequestFailed("changed", "somebody acted on the case in the same moment: read it again")
    return {"won": True, "verdict": "approved", "by": person.name, "seq": ack.seq}


async def _decide_many(context: Context, person: Person, verdict: Verdict, body: dict[str, Any]) -> dict[str, Any]:
    wanted = body.get("cases")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= BATCH_MAX:
        raise RequestFailed("invalid_request", f"cases: expected a list of 1 to {BATCH_MAX} cases")
    asked = [item if isinstance(item, dict) else {"case": item} for item in wanted]
    opened = [await context.find(item.get("case"), person) for item in asked]
    kinds = [kind_of_work(await context.log.state(one)) for one in opened]
    odd = next((one for one, kind in zip(opened, kinds, strict=True) if kind != kinds[0]), None)
    if odd is not None:
        raise RequestFailed("not_alike", f"{odd.case} is not like {opened[0].case}", {"case": odd.case})
    results = []
    for item, one in zip(asked, opened, strict=True):
        try:
            results.append(await decide_opened(context, one, person, verdict, {**body, **item}, len(opened)))
        except RequestFailed as error:
            results.append({"case": one.case, "error": {"code": error.code, "message": str(error), **error.answer}})
    won, failed = sum(bool(r.get("won")) for r in results), sum("error" in r for r in results)
    return {"results": results, "won": won, "pending": len(results) - won - failed, "failed": failed}
