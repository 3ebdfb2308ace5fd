"""Which tables of halts are believed: those that follow lawfully on one another. One person's keys lift nothing."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from groundstop.controls import NOBODY_ASKED, at_stage, with_halt, without
from groundstop.controls.capacity import bytes_of
from groundstop.controls.chain import STRANGERS_BYTES_MAX, Message, Standing, ask_of, taken
from groundstop.events import Control, Halt, KeysPublished, SignerKey
from groundstop.identity.signatures import Keyring, Signer, new_signer
from groundstop.testing import NOON
from groundstop.vocabulary import Risk
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = new_signer()
WHO = {
    "otto": "operator", "alice": "operator", "owner": "owner", "console": "console", "approval": "approval",
    "executor": "executor", "classifier": "classifier",
}  # fmt: skip
KEYS = {name: new_signer() for name in WHO}


def a_ring() -> Keyring:
    keys = [SignerKey(key=key.key, name=name, role=WHO[name], public=key.public) for name, key in KEYS.items()]
    ring = Keyring(base64.b64decode(ROOT.public))
    assert ring.take(ROOT.sign(KeysPublished(id="keys", at=NOON, number=1, keys=tuple(keys))))
    return ring


@dataclass
class Lane:
    """What was stored on lane 0, and what is believed of it."""

    ring: Keyring = field(default_factory=a_ring)
    standing: Standing = field(default_factory=Standing)
    stored: list[Control] = field(default_factory=list)
    seq: int = 0

    def put(self, control: Control | None) -> str:
        """Store it; why it is not believed, empty when it is."""
        self.seq += 16
        if control is not None:
            self.stored.append(control)
        self.standing = taken(self.ring, self.standing, Message(self.seq, NOON, control), 0)
        return self.standing.why

    @property
    def halts(self) -> tuple[Halt, ...]:
        return self.standing.halts

    def write(self, signer: str, halts: tuple[Halt, ...], action: str = "halt", **fields: object) -> str:
        return self.put(self.control(signer, halts, action, **fields))

    def control(self, signer: str, halts: tuple[Halt, ...], action: str = "halt", **fields: object) -> Control:
        usual: dict[str, object] = {
            "id": "c", "at": NOON, "actor": signer, "control": "h", "action": action, "scope": "all", "reason": "r",
            "by": signer, "halts": halts, "replaces": self.standing.table.seq,
        }  # fmt: skip
        return KEYS[signer].sign(Control.model_validate(usual | fields))

    def ask(self, by: str, halt: Halt, stage: str = "", signer: Signer | None = None, **fields: object) -> Halt:
        asked = {"resume_by": by, "resume_note": "n", "resume_stage": stage, "resume_seq": self.standing.table.seq}
        asking = halt.model_copy(update=asked | fields)
        signed = (signer or KEYS[by]).sign(ask_of(asking))
        return asking.model_copy(update={"resume_signature": signed.signature})


def a_halt(name: str = "h", by: str = "alice", **fields: object) -> Halt:
    return Halt.model_validate({"control": name, "scope": "all", "reason": "r", "by": by, "at": NOON, **fields})


TWO = a_halt(people=2)


def halted_for_two() -> Lane:
    lane = Lane()
    assert not lane.write("alice", (TWO,))
    return lane


def asked(stage: str = "") -> Lane:
    lane = halted_for_two()
    assert not lane.write("alice", (lane.ask("alice", TWO, stage),), "resume_asked")
    return lane


def test_two_people_lift_it_in_stages_and_whole() -> None:
    lane = asked("safe")
    (halt,) = lane.halts
    assert not lane.write("otto", at_stage((halt,), "h", "safe"), "resume", stage="safe")
    (halt,) = lane.halts
    assert halt.risk_from is Risk.RISKY and not halt.resume_signature
    assert not lane.write("otto", (lane.ask("otto", halt),), "resume_asked")
    assert not lane.write("alice", (), "resume")
    assert lane.halts == ()


def _forged(lane: Lane) -> Halt:
    """Otto writes that alice has asked, and signs that himself."""
    return lane.ask("alice", TWO, signer=KEYS["otto"])


def _of_another_time(lane: Lane) -> Halt:
    return lane.ask("alice", TWO, resume_seq=0)


ATTACKS: dict[str, Callable[[], tuple[Lane, Control]]] = {
    "an empty table in another's name": lambda: (
        lane := halted_for_two(), lane.control("otto", (), "resume", by="alice"),
    ),
    "an empty table in one's own name": lambda: (lane := halted_for_two(), lane.control("otto", (), "resume")),
    "lifted by who asked": lambda: (lane := asked(), lane.control("alice", (), "resume")),
    "asked in another's name, in the same table": lambda: (
        lane := halted_for_two(), lane.control("otto", (_forged(lane),), "resume_asked", by="alice"),
    ),
    "asked in another's name, by oneself": lambda: (
        lane := halted_for_two(), lane.control("otto", (_forged(lane),), "resume_asked"),
    ),
    "asked without a signature": lambda: (
        lane := halted_for_two(),
        lane.control("otto", (TWO.model_copy(update={"resume_by": "otto", "resume_seq": 16}),), "resume_asked"),
    ),
    "asked with a signature of another time": lambda: (
        lane := halted_for_two(), lane.control("alice", (_of_another_time(lane),), "resume_asked"),
    ),
    "another stage than was asked for": lambda: (
        lane := asked("safe"), lane.control("otto", at_stage(lane.halts, "h", "risky"), "resume", stage="risky"),
    ),
    "more than the stage that is said": lambda: (
        lane := asked("safe"), lane.control("otto", at_stage(lane.halts, "h", "risky"), "resume", stage="safe"),
    ),
    "all of it where a stage was asked for": lambda: (lane := asked("safe"), lane.control("otto", (), "resume")),
    "softened by a halt": lambda: (
        lane := asked("safe"), lane.control("otto", at_stage(lane.halts, "h", "safe")),
    ),
    "made a drill": lambda: (
        lane := asked(), lane.control("otto", (TWO.model_copy(update={"drill": True}),), "drill", drill=TWO),
    ),
    "gone behind a drill": lambda: (
        lane := asked(), lane.control("otto", (), "drill", drill=a_halt("d", "otto", drill=True)),
    ),
    "a drill that is none": lambda: (
        lane := asked(), lane.control("otto", lane.halts, "drill", drill=a_halt("d", "otto")),
    ),
    "begun as a drill": lambda: (
        lane := asked(), lane.control("otto", (*lane.halts, a_halt("d", "otto", drill=True)), control="d"),
    ),
    "another scope": lambda: (
        lane := asked(), lane.control("otto", (lane.halts[0].model_copy(update={"scope": "agent=a"}),)),
    ),
    "another tenant": lambda: (
        lane := asked(), lane.control("otto", (lane.halts[0].model_copy(update={"tenant": "acme"}),)),
    ),
    "for one person": lambda: (
        lane := asked(), lane.control("otto", (lane.halts[0].model_copy(update={"people": 1}),)),
    ),
    "for one person, by who asks": lambda: (
        lane := halted_for_two(),
        lane.control("otto", (lane.ask("otto", TWO.model_copy(update={"people": 1})),), "resume_asked"),
    ),
    "replaced by one that stops less": lambda: (
        lane := asked(),
        lane.control("otto", (a_halt("x", "otto", people=2, risk_from=Risk.DANGEROUS),), control="x"),
    ),
    "replaced by one for one person": lambda: (
        lane := asked(), lane.control("otto", (a_halt("x", "otto"),), control="x"),
    ),
    "there twice": lambda: (lane := asked(), lane.control("otto", (*lane.halts, lane.halts[0]))),
    "beginning with a request in another's name": lambda: (
        lane := Lane(), lane.control("otto", (lane.ask("alice", a_halt(by="otto", people=2)),)),
    ),
    "lifted by an executor": lambda: (
        lane := Lane(), lane.write("alice", (a_halt(),)), lane.control("executor", (), "resume"),
    )[::2],
    "lifted by approval, which it did not pause": lambda: (
        lane := Lane(), lane.write("alice", (a_halt(scope="task=t"),)), lane.control("approval", (), "resume"),
    )[::2],
    "by who may write none": lambda: (lane := Lane(), lane.control("classifier", (a_halt(by="classifier"),))),
    "by nobody": lambda: (lane := asked(), lane.control("otto", ()).model_copy(update={"signature": ""})),
    "by an unknown action": lambda: (lane := asked(), lane.control("otto", (), "reset")),
    "that names no table": lambda: (lane := asked(), lane.control("otto", lane.halts, replaces=None)),
    "that replaces another table": lambda: (lane := asked(), lane.control("otto", lane.halts, replaces=16)),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_one_person_s_table_is_not_believed(attack: str) -> None:
    """The table before it stays in force."""
    lane, control = ATTACKS[attack]()
    before = lane.standing.table
    assert lane.put(control), attack
    assert lane.standing.table == before


def test_a_table_put_there_again_is_not_believed() -> None:
    lane = Lane()
    lane.write("alice", (a_halt("o"),), control="o")
    open_table = lane.stored[-1]
    lane.write("alice", (a_halt("o"), TWO))
    assert lane.put(open_table) and TWO in lane.halts


def test_whoever_comes_next_builds_on_the_table_that_was_believed_and_keeps_every_halt() -> None:
    lane = halted_for_two()
    forged = lane.control("otto", (a_halt("new", "otto", scope="agent=a", people=2),), "resume", control="h")
    assert lane.put(forged) and lane.put(None)
    assert [halt.control for halt in lane.halts] == ["h", "new"]
    assert not lane.write("alice", (*lane.halts, a_halt("again")), control="again")
    assert not lane.standing.why and [halt.control for halt in lane.halts] == ["h", "new", "again"]


def test_what_unverified_tables_name_is_bounded_and_stops_no_less() -> None:
    lane = halted_for_two()
    many = tuple(a_halt(f"h{n}", scope=f"agent=a{n}", reason="r" * 180) for n in range(200))
    lane.put(lane.control("otto", many, "resume"))
    strangers = lane.standing.strangers
    assert bytes_of(strangers) <= STRANGERS_BYTES_MAX
    assert [halt.scope for halt in strangers] == ["all"]


def test_an_old_table_is_followed_by_a_new_one_and_then_none_of_the_old_kind_counts() -> None:
    """An upgrade needs nobody: what was in force stays, until the first control of the new kind."""
    lane = Lane()
    assert not lane.write("alice", (a_halt(),), replaces=None)
    assert not lane.write("alice", (a_halt(), a_halt("x")), control="x", replaces=None)
    assert not lane.write("alice", (a_halt(),), "resume", control="x")
    assert lane.write("alice", (), "resume", replaces=None)


def test_a_second_request_takes_the_place_of_the_first() -> None:
    lane = asked()
    (halt,) = lane.halts
    assert not lane.write("otto", (lane.ask("otto", halt),), "resume_asked")
    assert lane.write("otto", (), "resume")


def test_a_pause_of_the_time_when_pauses_were_halts_is_ended_by_approval() -> None:
    lane, pause = Lane(), a_halt("p", scope="task=t", reason="handed to a person: angry", by="helper")
    assert not lane.write("approval", (pause,), control="p", by="helper", replaces=None)
    assert not lane.write("approval", without((pause,), "p"), "resume", control="p", by="approval")


def test_a_table_may_lose_the_tool_of_a_pause_but_not_change_it() -> None:
    """The previous version reads and writes halts without this field: its tables stay believed while it is replaced."""
    pause = a_halt("p", "executor", scope="task=t", trigger="step-failed", tool="mail.send")
    for tool, believed in (("", True), ("mail.read", False), ("mail.send", True)):
        lane = Lane()
        assert not lane.write("executor", (pause,), control="p", by="executor")
        table = (pause.model_copy(update={"tool": tool}), a_halt("x"))
        assert (lane.write("alice", table, control="x") == "") is believed


def test_an_executor_halts_again_what_was_resumed_for_as_many_people() -> None:
    lane = asked("safe")
    lane.write("otto", at_stage(lane.halts, "h", "safe"), "resume", stage="safe")
    again = a_halt("w", "watch", people=2, trigger="canary")
    assert not lane.write("executor", (again,), control="w", by="watch")
    assert lane.halts == (again,)


MOVES = st.sampled_from(
    ["halt", "ask", "ask for alice", "resume", "stage", "drop", "soften", "rename", "widen", "replay", "sign as alice",
     "unsigned", "one person", "old style", "drill", "nothing"]
)  # fmt: skip
MISCHIEF: dict[str, Callable[[Lane, str], Control | None]] = {
    "halt": lambda lane, stage: lane.control(
        "otto", with_halt(lane.halts, a_halt(f"o{lane.seq}", "otto")), control=f"o{lane.seq}"
    ),
    "ask": lambda lane, stage: lane.control("otto", _each(lane, lambda h: lane.ask("otto", h, stage)), "resume_asked"),
    "ask for alice": lambda lane, stage: lane.control(
        "otto", _each(lane, lambda h: lane.ask("alice", h, stage, KEYS["otto"])), "resume_asked", by="alice"
    ),
    "resume": lambda lane, stage: lane.control("otto", _rest(lane), "resume"),
    "stage": lambda lane, stage: lane.control("otto", at_stage(lane.halts, "h", stage), "resume", stage=stage),
    "drop": lambda lane, stage: lane.control("otto", _rest(lane), "halt"),
    "soften": lambda lane, stage: lane.control(
        "otto", _each(lane, lambda h: h.model_copy(update={"risk_from": Risk.DANGEROUS})), "resume", stage="risky"
    ),
    "rename": lambda lane, stage: lane.control(
        "otto", _each(lane, lambda h: h.model_copy(update={"control": "x"})), "resume"
    ),
    "widen": lambda lane, stage: lane.control(
        "otto", _each(lane, lambda h: h.model_copy(update={"scope": "task=none"})), "resume"
    ),
    "replay": lambda lane, stage: lane.stored[lane.seq % len(lane.stored)],
    "sign as alice": lambda lane, stage: lane.control("otto", _rest(lane), "resume", by="alice", actor="alice"),
    "unsigned": lambda lane, stage: lane.control("otto", (), "resume").model_copy(update={"signature": ""}),
    "one person": lambda lane, stage: lane.control(
        "otto", _each(lane, lambda h: h.model_copy(update={"people": 1, **NOBODY_ASKED})), "resume_asked"
    ),
    "old style": lambda lane, stage: lane.control("otto", (), "resume", replaces=None),
    "drill": lambda lane, stage: lane.control(
        "otto", _each(lane, lambda h: h.model_copy(update={"drill": True})), "drill", drill=a_halt("h", drill=True)
    ),
    "nothing": lambda lane, stage: None,
}


def _each(lane: Lane, change: Callable[[Halt], Halt]) -> tuple[Halt, ...]:
    return tuple(change(halt) if halt.control == "h" else halt for halt in lane.halts)


def _rest(lane: Lane) -> tuple[Halt, ...]:
    return tuple(halt for halt in lane.halts if halt.control != "h")


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(MOVES, st.sampled_from(["", "safe", "risky", "dangerous"])), max_size=12))
def test_one_person_s_keys_lift_no_halt_that_needs_two(script: list[tuple[str, str]]) -> None:
    """Whatever otto writes, in whatever order: what alice halted for two people stays halted, whole."""
    lane = halted_for_two()
    for move, stage in script:
        if not (move == "stage" and stage == ""):
            lane.put(MISCHIEF[move](lane, stage))
        (halt,) = (halt for halt in lane.standing.table.halts if halt.control == "h")
        assert (halt.scope, halt.tenant, halt.people, halt.risk_from, halt.drill) == ("all", "", 2, None, False)
        assert halt.resume_by in ("", "otto")


def test_the_second_person_s_key_must_be_there_when_it_is_lifted() -> None:
    """Whose key has ended is no second person any more."""
    lane = asked()
    listed = [
        SignerKey(key=key.key, name=name, role=WHO[name], public=key.public, until=NOON if name == "alice" else None)
        for name, key in KEYS.items()
    ]
    lane.ring.take(ROOT.sign(KeysPublished(id="keys-2", at=NOON, number=2, keys=tuple(listed))))
    control = lane.control("otto", (), "resume")
    late = Message(lane.seq + 16, NOON.replace(hour=NOON.hour + 1), control)
    assert replace(taken(lane.ring, lane.standing, late, 0), seen=0).why
