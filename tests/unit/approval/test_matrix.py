"""Separation of duties, quorum, groups, expiry, verdicts, grants: the rules as tables."""

from datetime import timedelta

import pytest
from case_builders import a_case, code, judged, the_directory, who
from groundstop.catalogue import Tool
from groundstop.events import CaseDecided, CaseVoted, GrantGiven, Need
from groundstop.policy import default_policy
from groundstop.testing import NOON, a_call, an_intent
from groundstop.vocabulary import CaseKind, Risk, Route, Status, Verdict
from groundstop_approval.domain.cases import ENDINGS, call_with, consequence, expiry
from groundstop_approval.domain.grants import (
    GrantState,
    giver_of,
    tool_digest,
    why_giver_not,
    why_not,
    why_tool_not,
)
from groundstop_approval.domain.rules import VERDICTS
from groundstop_approval.domain.state import CaseState, after
from groundstop_approval.domain.transitions import claim, decide, edit, release, settled_edit, withdraw

LATER = NOON + timedelta(minutes=5)
K = CaseKind

SEPARATION = [
    # who, kind of case -> refusal
    ("alice", K.APPROVAL, ""),
    ("helper", K.APPROVAL, "self_approval"),  # the agent itself
    ("olga", K.APPROVAL, "self_approval"),  # its owner
    ("otto", K.APPROVAL, "self_approval"),  # operates the executors
    ("mia", K.APPROVAL, "self_approval"),  # the user it acts for
    ("vera", K.APPROVAL, "not_allowed"),  # only looks
    ("nobody", K.APPROVAL, "not_allowed"),  # is not in the directory
    ("mia", K.CONFIRMATION, ""),  # asked of the user
    ("mia", K.CLARIFICATION, ""),
    ("vera", K.CONFIRMATION, "not_allowed"),
    ("helper", K.CONFIRMATION, "self_approval"),
    ("olga", K.CONFIRMATION, "self_approval"),
    ("helper", K.CLARIFICATION, "self_approval"),  # an agent does not answer its own question
    ("helper", K.HANDOFF, "self_approval"),
    ("alice", K.HANDOFF, ""),
    ("olga", K.MANUAL, "self_approval"),
    ("alice", K.MANUAL, ""),
    ("otto", K.RECONCILIATION, "self_approval"),  # whose executor it was
    ("alice", K.RECONCILIATION, ""),
]


@pytest.mark.parametrize(("name", "kind", "refusal"), SEPARATION)
def test_nobody_decides_what_is_their_own(name: str, kind: CaseKind, refusal: str) -> None:
    verdict = VERDICTS[kind][0]
    assert code(decide, a_case(kind), who(name), verdict, the_directory(), LATER) == refusal


GROUPS = [
    # groups asked, groups it was escalated to, who -> refusal
    ((), (), "dave", ""),
    (("oncall",), (), "alice", ""),
    (("oncall",), (), "carol", "not_in_group"),
    (("oncall",), ("leads",), "carol", ""),
    (("oncall", "leads"), (), "carol", ""),
    (("oncall",), (), "dave", "not_in_group"),
    (("nowhere",), (), "alice", "not_in_group"),
]


@pytest.mark.parametrize(("asked", "escalated", "name", "refusal"), GROUPS)
def test_only_the_asked_groups_decide(asked: tuple, escalated: tuple, name: str, refusal: str) -> None:
    case = a_case(need=Need(groups=asked))
    case = CaseState(case.opened, escalated=escalated)
    assert code(decide, case, who(name), Verdict.APPROVED, the_directory(), LATER) == refusal
    assert code(decide, case, who(name), Verdict.DENIED, the_directory(), LATER) == refusal


def said(case: CaseState, name: str, verdict: Verdict = Verdict.APPROVED) -> CaseState:
    return after(case, decide(case, who(name), verdict, the_directory(), LATER), case.seq + 1)


QUORUM = [
    # people needed, who says what in turn -> how it stands
    (1, ["alice+"], Verdict.APPROVED),
    (2, ["alice+"], None),
    (2, ["alice+", "bob+"], Verdict.APPROVED),
    (3, ["alice+", "bob+"], None),
    (3, ["alice+", "bob+", "dave+"], Verdict.APPROVED),
    (2, ["alice+", "bob-"], Verdict.DENIED),
    (3, ["alice-"], Verdict.DENIED),
]


@pytest.mark.parametrize(("people", "voices", "verdict"), QUORUM)
def test_a_quorum_of_yes_or_one_no_decides(people: int, voices: list, verdict: Verdict | None) -> None:
    case = a_case(need=Need(people=people))
    for voice in voices:
        case = said(case, voice[:-1], Verdict.APPROVED if voice[-1] == "+" else Verdict.DENIED)
    assert (case.decided.verdict if case.decided else None) is verdict


def test_one_person_is_one_voice() -> None:
    case = said(a_case(need=Need(people=2)), "alice")
    assert code(decide, case, who("alice"), Verdict.APPROVED, the_directory(), LATER) == "already_voted"


EXPIRY = [(0, ""), (3_599.999, ""), (3_600, "expired"), (9_999, "expired")]


@pytest.mark.parametrize(("seconds", "refusal"), EXPIRY)
def test_after_its_time_nothing_can_be_decided(seconds: float, refusal: str) -> None:
    now = NOON + timedelta(seconds=seconds)
    case, alice, people = a_case(), who("alice"), the_directory()
    assert code(decide, case, alice, Verdict.APPROVED, people, now) == refusal
    assert code(decide, case, alice, Verdict.DENIED, people, now) == refusal
    assert code(claim, case, alice, people, now, take=False) == refusal
    assert code(withdraw, case, who("helper"), people, now, note="") == refusal


@pytest.mark.parametrize("kind", list(CaseKind))
@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_kind_knows_its_verdicts_and_no_others(kind: CaseKind, verdict: Verdict) -> None:
    expected = "" if verdict in VERDICTS[kind] else "wrong_verdict"
    assert code(decide, a_case(kind), who("alice"), verdict, the_directory(), LATER) == expected


@pytest.mark.parametrize("kind", list(CaseKind))
def test_every_verdict_of_every_kind_has_its_consequence(kind: CaseKind) -> None:
    case = a_case(kind)
    for verdict in (*VERDICTS[kind], Verdict.EXPIRED, Verdict.WITHDRAWN):
        fact = expiry(case) if verdict is Verdict.EXPIRED else None
        if verdict in VERDICTS[kind]:
            fact = decide(case, who("alice"), verdict, the_directory(), LATER)
        if fact is None:
            fact = withdraw(case, who("helper"), the_directory(), LATER, note="")
        follows = consequence(fact, default_policy())
        if kind is K.RECONCILIATION:
            assert follows is None, "what is recorded stays recorded"
        elif verdict is Verdict.APPROVED:
            assert follows.kind == "intent.cleared" and follows.call == case.call
        else:
            assert follows.status is ENDINGS[kind][verdict][0]
            assert follows.status is not Status.SUCCEEDED


EDITS = [
    # people the policy asks for, risk of the edited call -> decided by the editor alone
    (1, Risk.SAFE, True),
    (1, Risk.RISKY, True),
    (1, Risk.DANGEROUS, False),
    (2, Risk.RISKY, False),
]


@pytest.mark.parametrize(("people", "risk", "alone"), EDITS)
def test_an_editor_alone_never_makes_a_call_dangerous(people: int, risk: Risk, alone: bool) -> None:
    case = a_case(need=Need(people=people))
    call = call_with(case.call, "acme", "helper", {"to": "b@acme.com"})
    fact = edit(case, who("alice"), call, (judged(risk), Need(people=people)), the_directory(), LATER, note="n")
    case = after(case, fact, 1)
    decision = settled_edit(case)
    assert (decision is not None) is alone
    if decision is not None:
        assert decision.call == call and decision.approvers == ("alice",)


def test_an_edit_voids_the_votes_for_what_was_there_before() -> None:
    case = said(a_case(need=Need(people=3)), "alice")
    call = call_with(case.call, "acme", "helper", {"to": "b@acme.com"})
    case = after(case, edit(case, who("bob"), call, (judged(), Need(people=3)), the_directory(), LATER, note="n"), 2)
    assert case.approvers == ("bob",)
    again = decide(case, who("alice"), Verdict.APPROVED, the_directory(), LATER)
    assert isinstance(again, CaseVoted) and again.digest == call.digest
    assert isinstance(decide(after(case, again, 3), who("dave"), Verdict.APPROVED, the_directory(), LATER), CaseDecided)


def test_an_edit_back_to_what_was_there_does_not_bring_votes_back() -> None:
    """Whoever said yes before the edits has not seen what was said about them."""
    people, need = the_directory(), Need(people=3)
    case = said(a_case(need=need), "alice")
    first, other = case.call, call_with(case.call, "acme", "helper", {"to": "b@acme.com"})
    for seq, (editor, call) in enumerate([("bob", other), ("dave", first)], start=2):
        case = after(case, edit(case, who(editor), call, (judged(), need), people, LATER, note="n"), seq)
    assert case.call.digest == first.digest and case.approvers == ("dave",)


def test_an_edit_that_is_refused_or_empty_is_none() -> None:
    case, people = a_case(), the_directory()
    call = call_with(case.call, "acme", "helper", {"to": "b@acme.com"})
    refuse = (judged(route=Route.REFUSE), Need())
    assert code(edit, case, who("alice"), call, refuse, people, LATER, note="n") == "edit_refused"
    assert code(edit, case, who("alice"), case.call, (judged(), Need()), people, LATER, note="n") == "invalid_request"
    assert code(edit, case, who("alice"), call, (judged(), Need()), people, LATER, note=" ") == "note_required"
    assert code(edit, case, who("olga"), call, (judged(), Need()), people, LATER, note="n") == "self_approval"
    clarification = a_case(K.CLARIFICATION)
    assert code(edit, clarification, who("alice"), call, (judged(), Need()), people, LATER, note="n") == "wrong_verdict"


def test_a_claim_lasts_as_long_as_it_says() -> None:
    people = the_directory()
    case = after(a_case(), claim(a_case(), who("alice"), people, NOON, take=False), 1)
    while_held, ended = NOON + timedelta(seconds=599), NOON + timedelta(seconds=600)
    assert code(decide, case, who("bob"), Verdict.APPROVED, people, while_held) == "claimed"
    assert code(decide, case, who("bob"), Verdict.APPROVED, people, ended) == ""
    assert release(case, who("alice"), while_held) is not None
    assert release(case, who("bob"), ended) is None
    assert claim(case, who("bob"), people, while_held, take=True).taken_from == "alice"


def a_grant(**fields: object) -> GrantState:
    ordinary = {
        "id": "g", "at": NOON, "tenant": "acme", "agent": "helper", "intent": "g", "task": "g", "tool": "email.send",
        "uses": 2, "until": NOON + timedelta(hours=1), "by": "alice", "groups": ("oncall",),
    }  # fmt: skip
    return GrantState(GrantGiven.model_validate(ordinary | fields), seq=1)


GRANTS = [
    # terms, call, what the call needs -> covered
    ({}, {}, Need(), True),
    ({"agent": "other"}, {}, Need(), False),
    ({"tool": "email.read"}, {}, Need(), False),
    ({"tenant": "other"}, {}, Need(), False),
    ({}, {"risk": Risk.DANGEROUS}, Need(), False),
    ({}, {}, Need(people=2), False),
    ({}, {}, Need(groups=("oncall",)), True),
    ({}, {}, Need(groups=("leads",)), False),
    ({"until": NOON + timedelta(minutes=1)}, {}, Need(), False),
    ({"condition": 'intent.arguments.to.endsWith("@acme.com")'}, {}, Need(), True),
    ({"condition": 'intent.arguments.to.endsWith("@other.com")'}, {}, Need(), False),
    ({"condition": "intent.arguments.missing == 1"}, {}, Need(), False),
    ({"condition": "intent.arguments.to > 3"}, {}, Need(), False),  # cannot be evaluated: never covers by mistake
    ({"condition": "intent.arguments.to"}, {}, Need(), False),  # is not true or false
    ({"condition": "tool.risk == 'risky'"}, {}, Need(), True),
]


@pytest.mark.parametrize(("terms", "call", "need", "covered"), GRANTS)
def test_a_grant_covers_what_it_says_and_nothing_else(terms: dict, call: dict, need: Need, covered: bool) -> None:
    intent = an_intent(agent="helper", tool="email.send", arguments={"to": "x@acme.com"})
    judgement = judged(call.get("risk", Risk.RISKY))
    giver = giver_of(a_grant().given, the_directory())
    assert (why_not(a_grant(**terms), intent, a_call(intent), judgement, need, LATER, giver) == "") is covered


@pytest.mark.parametrize(
    ("giver", "user", "covered"),
    [
        ("alice", "mia", True),
        ("alice", "alice", False),  # her own request
        ("olga", "mia", False),  # her own agent
        ("otto", "mia", False),  # operates the executors
        ("vera", "mia", False),  # decides nothing (any more)
        ("gone", "mia", False),  # nobody's name (any more)
        ("helper", "mia", False),  # the agent itself
    ],
)
def test_a_grant_clears_nothing_that_its_giver_could_not_approve(giver: str, user: str, covered: bool) -> None:
    """At the moment of the use: who was allowed when they gave it may not be any more."""
    given = a_grant(by=giver, tool_digest="0", groups=()).given
    who_gave = giver_of(given, the_directory())
    assert (why_giver_not(given, an_intent(agent="helper", user=user), who_gave, the_directory()) == "") is covered


def test_a_giver_for_whom_a_face_vouched_is_known_by_that_alone() -> None:
    """The directory has never heard of who signs in to the console. Their own request they may not cover either."""
    given = a_grant(by="kim", face="console", tool_digest="0").given
    kim = giver_of(given, the_directory())
    assert why_giver_not(given, an_intent(agent="helper", user="mia"), kim, the_directory()) == ""
    assert why_giver_not(given, an_intent(agent="helper", user="kim"), kim, the_directory()) != ""


def test_a_giver_who_left_a_group_no_longer_answers_for_it() -> None:
    given = a_grant(by="dave", groups=("oncall",), tool_digest="0").given
    intent = an_intent(agent="helper", tool="email.send", arguments={"to": "x@acme.com"})
    asked = (intent, a_call(intent), judged(), Need(groups=("oncall",)), LATER)
    assert why_not(GrantState(given, seq=1), *asked, giver_of(given, the_directory())) != ""


def test_a_grant_is_for_the_tool_as_it_was_declared() -> None:
    """Another version, description, risk or schema is another tool: somebody has to look at it again."""
    tool = Tool(name="email.send", action_type="email.send", risk=Risk.RISKY, function="mail:send", version="7")
    given = a_grant(tool_version="7", tool_digest=tool_digest(tool)).given
    call = a_call(an_intent(agent="helper", tool="email.send", tool_version="7"))
    assert why_tool_not(given, call, tool) == ""
    assert why_tool_not(given, call.model_copy(update={"tool_version": "8"}), tool) != ""
    for change in (
        {"version": "8"},
        {"description": "sends it to everybody"},
        {"risk": Risk.SAFE},
        {"function": "x:y"},
    ):
        assert why_tool_not(given, call, tool.model_copy(update=change)) != "", change
    assert why_tool_not(given, call, None) != ""
    assert why_tool_not(a_grant().given, call, tool) == "", "given by an older version, which did not note it"


def test_a_used_up_or_revoked_grant_covers_nothing() -> None:
    intent = an_intent(agent="helper", tool="email.send")
    assert a_grant().left == 2 and a_grant().ended(LATER) == ""
    giver = giver_of(a_grant().given, the_directory())
    spent = GrantState(a_grant().given, uses=("first", "second"))  # type: ignore[arg-type]  # only counted
    assert why_not(spent, intent, a_call(intent), judged(), Need(), LATER, giver) == "used_up"
    ended = GrantState(a_grant().given, revoked="by bob")  # type: ignore[arg-type]  # only looked at for being there
    assert why_not(ended, intent, a_call(intent), judged(), Need(), LATER, giver) == "revoked"
