"""Every role's stolen key against every header, reply subject, question and command: nothing outside of its row."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from groundstop.permissions.effects import EFFECTS, WORDS, Effect
from groundstop.permissions.roles import LOG, ROLES

from tests.security.matching import may
from tests.security.matrix.allowed import COVERS, outside
from tests.security.matrix.cells import attacks
from tests.security.matrix.changes import Heard
from tests.security.matrix.headers import combinations, spelled
from tests.security.matrix.playing import Tally, play, sample
from tests.security.matrix.stage import Stage, staged

SLICE = 150
"""Attacks of each role in the short run."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(tmp_path_factory.mktemp("matrix")) as running:
        yield running


def test_every_role_and_effect_has_a_row() -> None:
    assert set(EFFECTS) == set(ROLES)
    assert set(WORDS) == set(COVERS) == set(Effect)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("count", [SLICE, pytest.param(10**9, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_stolen_key_does_what_its_row_says_and_nothing_more(stage: Stage, role: str, count: int) -> None:
    tally = Tally()
    chosen = sample(attacks(stage.users[role]), count, seed=count)
    await play(stage, role, chosen, tally)
    seen = tally.seen.get(role, set())
    print(f"{role}: {tally.tried[role]} attacks, effects seen {sorted(seen)}, outside of the row: {len(tally.outside)}")
    assert not tally.outside, "\n".join(tally.outside)
    if count > SLICE:
        unseen = set(EFFECTS[role]) - seen - {Effect.WORK}
        assert not unseen, f"{role}: its row says {unseen} too, which nobody saw"


@pytest.mark.parametrize(
    "role", [role for role, effects in EFFECTS.items() if Effect.WORK in effects and role != "guard"]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_who_is_asked_answers_and_nothing_more(stage: Stage, role: str) -> None:
    """A request gives its receiver a reply subject of another account: whatever header comes with the answers, they
    go back to who asked."""
    asked = "gs.tool.invoice.print.run" if role == "worker" else "gs.call.acme.helper.i.run"
    executor, thief = stage.thieves["executor"], stage.thieves[role]
    answers, requests = await executor.subscribe(executor.new_inbox()), await thief.subscribe(asked)
    await thief.flush()
    before = await stage.look()
    stage.heard.clear()
    await executor.publish(asked, b"{}", reply=answers.subject)
    reply = (await requests.next_msg(5)).reply
    headers = [*combinations(), *spelled()]
    await stage.send(role, [(reply, b"{}", "gs.control.0", chosen) for chosen in headers])
    await stage.quiet()
    changes = await stage.changed(before)
    await requests.unsubscribe()
    there = {change.subject for change in changes if isinstance(change, Heard) and change.account == LOG}
    elsewhere = there - {asked, answers.subject, reply}
    assert not [subject for subject in elsewhere if not may(stage.users[role], "publish", subject)]
    stored = [change for change in changes if not isinstance(change, Heard)]
    assert not outside(stage.users[role], stored)
    assert answers.pending_msgs
    await answers.unsubscribe()
    await stage.restore(before)
