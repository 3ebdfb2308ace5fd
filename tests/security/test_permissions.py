"""The table of roles against the real server: allowed exactly where the table says, every role, every family."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
import pytest_asyncio
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.identity.seeds import inbox_of
from groundstop.log.denials import API, MAPPED, settled
from groundstop.permissions.folder import KeyFolder
from groundstop.permissions.roles import ROLES
from groundstop.permissions.server import User
from groundstop.permissions.table import filled
from groundstop_embedded.testing import Bus, secured_bus
from nats.aio.client import Client

from tests.security.families import published, subscribed
from tests.security.matching import may

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "permissions.md"
VALUES = {"tenant": "acme", "agent": "helper", "tool": "invoice.print"}
SPEAKING = tuple(name for name, role in ROLES.items() if role.over == ("STANDARD",))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bus]:
    """One server for the module, with one identity of every role, named after it."""
    async with secured_bus(tmp_path_factory.mktemp("permissions")) as started:
        assert started.keys is not None
        for name in ROLES:
            if not started.keys.seed_file(name).exists():
                started.keys.issue("helper" if name == "agent" else name, name, VALUES, Clock()())
        started.reload()
        yield started


LINE = re.compile(r'permissions violation for (publish|subscription) to "([^"]*)"')


async def _connected(bus: Bus, role: str) -> tuple[Client, set[tuple[str, str]], User]:
    """A connection, what it will be refused (in lower case, as nats-py has it), and the row it is judged by."""
    refused: set[tuple[str, str]] = set()

    async def on_error(error: Exception) -> None:
        if line := LINE.search(str(error)):
            refused.add((line[1], line[2].replace(MAPPED, API.lower(), 1)))

    name = "helper" if role == "agent" else role
    assert bus.keys is not None
    user = bus.keys.find(name).user()
    options = connection_options(bus.settings_as(name))
    deadline = Clock().monotonic() + 10
    while True:
        try:
            nc = await nats.connect(**options, allow_reconnect=False, connect_timeout=5, error_cb=on_error)
            break
        except (nats.errors.Error, OSError):  # the server reads its users again a moment after it was told to
            assert Clock().monotonic() < deadline, f"{role} cannot connect"
            await Clock().sleep(0.05)
    return nc, refused, user


async def _quiet(_: Exception) -> None:
    """Refusals are what is asked for."""


def test_the_families_hold_every_fact_and_more_than_facts() -> None:
    """A matrix of nothing would pass: this one asks hundreds of questions of each role."""
    assert len(set(published())) > 250
    assert len(set(subscribed())) > 250


@pytest.mark.parametrize("role", SPEAKING)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_role_publishes_exactly_where_the_table_says(bus: Bus, role: str) -> None:
    nc, lines, user = await _connected(bus, role)
    questions = sorted(set(published()))
    for subject in questions:
        await nc.publish(subject, b"")
    await settled(nc, 20)
    refused = {subject for verb, subject in lines if verb == "publish"}
    await nc.close()
    wrong = {s: may(user, "publish", s) for s in questions if (s.lower() in refused) == may(user, "publish", s)}
    assert not wrong, f"{role}: the table says {wrong}, the server the opposite"


@pytest.mark.parametrize("role", SPEAKING)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_role_hears_exactly_what_the_table_says(bus: Bus, role: str) -> None:
    nc, lines, user = await _connected(bus, role)
    own = f"{inbox_of(user.public)}.1"
    questions = sorted({*subscribed(), own})
    for subject in questions:
        await nc.subscribe(subject)
    await settled(nc, 20)
    refused = {subject for verb, subject in lines if verb == "subscription"}
    await nc.close()
    wrong = {s: may(user, "subscribe", s) for s in questions if (s.lower() in refused) == may(user, "subscribe", s)}
    assert not wrong, f"{role}: the table says {wrong}, the server the opposite"
    assert own.lower() not in refused, "everybody hears their own answers"


NEVER = (
    ("agent", "publish", "gs.intent.cleared.acme.helper.i"),
    ("agent", "publish", "gs.case.decided.acme.helper.i.approval.approved"),
    ("agent", "publish", "gs.control.0"),
    ("agent", "publish", "gs.intent.submitted.rival.helper.i"),
    ("agent", "publish", "gs.intent.submitted.acme.helper.i"),
    ("agent", "publish", "gs.intake.agent.rival.helper.intent.submitted.rival.helper.i"),
    ("agent", "publish", "gs.cmd.agent.acme.helper.case.decide"),
    ("agent", "publish", "gs.cmd.owner.~.helper.case.decide"),
    ("agent", "publish", "$JS.API.CONSUMER.CREATE.EVENTS.x"),
    ("approver", "publish", "$JS.API.CONSUMER.CREATE.EVENTS.x"),
    ("operator", "publish", "$JS.API.CONSUMER.CREATE.EVENTS.x"),
    ("analyst", "publish", "$JS.API.CONSUMER.CREATE.EVENTS.x"),
    ("console", "publish", "$JS.API.CONSUMER.CREATE.EVENTS.x"),
    ("owner", "publish", "$JS.API.CONSUMER.CREATE.EVENTS.x"),
    ("approver", "publish", "gs.cmd.approver.~.approver.record.remove"),
    ("operator", "publish", "gs.control.0"),
    ("console", "publish", "gs.control.0"),
    ("owner", "publish", "gs.control.0"),
    ("agent", "publish", "gs.cmd.operator.~.helper.case.decide"),
    ("agent", "publish", "$JS.API.STREAM.MSG.GET.EVENTS"),
    ("agent", "subscribe", "gs.outcome.rival.helper.>"),
    ("agent", "subscribe", "gs.>"),
    ("gateway", "publish", "gs.cmd.agent.acme.helper.case.decide"),
    ("agent", "publish", "gs.intake.agent.acme.helper.cost.recorded.acme.helper.i.tool"),
    ("gateway", "publish", "gs.intake.agent.acme.helper.cost.recorded.acme.helper.i.tool"),
    ("worker", "publish", "gs.intent.cleared.acme.helper.i"),
    ("worker", "subscribe", "gs.tool.payments.refund.run"),
    ("classifier", "publish", "gs.intent.cleared.acme.helper.i"),
    ("rate-limiter", "publish", "gs.case.decided.acme.helper.i.approval.approved"),
    ("rate-limiter", "publish", "gs.outcome.acme.helper.i.succeeded"),
    ("executor", "publish", "gs.intent.cleared.acme.helper.i"),
    ("executor", "publish", "$JS.API.CONSUMER.MSG.NEXT.EVENTS.approval"),
    ("approval", "publish", "gs.execution.started.acme.helper.i.1"),
    ("audit", "publish", "gs.control.0"),
    ("console", "publish", "gs.case.decided.acme.helper.i.approval.approved"),
    ("operator", "publish", "gs.intent.cleared.acme.helper.i"),
    ("owner", "publish", "gs.intent.cleared.acme.helper.i"),
    ("analyst", "publish", "gs.control.0"),
    ("approver", "publish", "gs.control.0"),
    ("bootstrap", "publish", "$JS.API.STREAM.DELETE.EVENTS"),
    ("owner", "publish", "$JS.API.STREAM.PURGE.EVENTS"),
)


def test_the_table_itself_keeps_what_must_be_kept() -> None:
    """Derived from the table the matrix cannot find a mistake in it: these lines are written by hand."""
    for role, verb, subject in NEVER:
        user = User("helper" if role == "agent" else role, role, "U" + "A" * 55, "acme", "helper", "invoice.print")
        assert not may(user, verb, subject), (role, verb, subject)


def test_the_table_that_people_read_is_the_servers() -> None:
    """Run ``python -m groundstop.permissions.table docs/reference/permissions.md`` when a role has changed."""
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page


@pytest.mark.asyncio(loop_scope="module")
async def test_a_stranger_does_not_get_in(bus: Bus, tmp_path: Path) -> None:
    """Neither without an identity, nor with a seed that nobody issued, nor a browser's seed over the plain port."""
    strange = KeyFolder(tmp_path / "keys")
    strange.init(Clock()(), ())
    strange.issue("helper", "agent", VALUES, Clock()())
    assert bus.keys is not None
    for settings in (
        bus.settings,
        bus.settings.model_copy(update={"nats_seed_file": strange.seed_file("helper")}),
        bus.settings_as("browser"),
    ):
        with pytest.raises(nats.errors.Error, match=r"(?i)authorization violation"):
            await asyncio.wait_for(
                nats.connect(**connection_options(settings), allow_reconnect=False, error_cb=_quiet), 10
            )
