"""A halt that needs two people is lifted by two: whoever writes the controls, and whatever they write."""

import pytest
from groundstop.controls import at_stage, without
from groundstop.controls.rules import unlawful
from groundstop.events import Control, Halt
from groundstop.testing import NOON
from groundstop.vocabulary import Risk

HALT = Halt(control="h", scope="all", reason="stop", by="olga", at=NOON, people=2)
ASKED = HALT.model_copy(update={"resume_by": "olga", "resume_note": "fine"})
ASKED_SAFE = ASKED.model_copy(update={"resume_stage": "safe"})
OTHER = Halt(control="o", scope="agent=a", reason="stop", by="olga", at=NOON)


def written(by: str, *halts: Halt, stage: str = "", action: str = "resume", of: str = "h") -> Control:
    return Control(
        id="c", at=NOON, actor=by, control=of, action=action, scope="all", reason="r", by=by, halts=halts, stage=stage
    )


def changed(halt: Halt, **fields: object) -> Halt:
    return halt.model_copy(update=fields)


LAWFUL = {
    "asked for by one": ((HALT,), written("olga", ASKED, action="resume_asked")),
    "asked for by another instead": (
        (ASKED,),
        written("omar", changed(ASKED, resume_by="omar"), action="resume_asked"),
    ),
    "lifted by the second": ((ASKED,), written("omar")),
    "lifted beside another one": ((ASKED, OTHER), written("omar", *without((ASKED, OTHER), "h"))),
    "a stage let go by the second": (
        (ASKED_SAFE,),
        written("omar", *at_stage((ASKED_SAFE,), "h", "safe"), stage="safe"),
    ),
    "another halt beside it": ((ASKED,), written("eve", ASKED, OTHER, action="halt")),
    "one that needs nobody else": ((OTHER,), written("olga", of="o")),
}
UNLAWFUL = {
    "lifted by one": ((HALT,), written("olga")),
    "lifted by who asked": ((ASKED,), written("olga")),
    "lifted by nobody": ((ASKED,), written("")),
    "more than was asked for": ((ASKED_SAFE,), written("omar")),
    "a stage by one": ((HALT,), written("omar", *at_stage((HALT,), "h", "safe"), stage="safe")),
    "another stage than asked for": ((ASKED,), written("omar", *at_stage((ASKED,), "h", "safe"), stage="safe")),
    "asked for in the name of another": ((HALT,), written("omar", ASKED, action="resume_asked")),
    "made to need one": ((HALT,), written("omar", changed(HALT, people=1), action="halt")),
    "made narrower": ((HALT,), written("omar", changed(HALT, scope="agent=a"), action="halt")),
    "made of one tenant": ((HALT,), written("omar", changed(HALT, tenant="acme"), action="halt")),
    "made a drill": ((HALT,), written("omar", changed(HALT, drill=True), action="drill")),
    "let go on under another action": (
        (HALT,),
        written("omar", changed(HALT, risk_from=Risk.DANGEROUS), action="halt"),
    ),
    "lost while another is written": ((HALT,), written("omar", OTHER, action="halt")),
    "lifted by a resume of another one": ((ASKED, OTHER), written("omar", of="o")),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_two_people_may(name: str) -> None:
    assert unlawful(*LAWFUL[name]) == ""


@pytest.mark.parametrize("name", UNLAWFUL)
def test_one_person_may_not(name: str) -> None:
    assert unlawful(*UNLAWFUL[name])
