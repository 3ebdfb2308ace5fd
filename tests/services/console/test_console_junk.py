"""A message that is no fact ends no page: it is set aside, counted and said. A stolen service plants it."""

from collections.abc import Iterator

import httpx
import orjson
import pytest
from groundstop import subjects
from groundstop.addresses import kinds, placeholders
from groundstop.clock import Clock
from groundstop.ids import new_id
from groundstop_console.domain.people import Role
from routes import ROUTES, filled
from tenant_world import HIDDEN, OWN, TenantWorld, as_service, tenant_world

pytestmark = pytest.mark.timeout(300)
BODIES = (
    b"", b"\xff\xfe", b"null", b"[]", b"7", b'"text"', b"{}", b"{" * 2_000, b'{"kind": "outcome"}', b'{"at": "never"}',
    orjson.dumps({"tenant": 1, "agent": None, "intent": [], "call": 7, "judgement": "x", "attempt": "many", "at": {}}),
    orjson.dumps({"tenant": HIDDEN, "agent": "x", "intent": "y", "confidence": "very", "retry_in_s": "soon"}),
    orjson.dumps({"halts": 7, "control": [], "text": {"a": 1}, "keys": "none", "call": {"arguments": [1]}}),
)  # fmt: skip
WRITERS = ("classifier", "rate-limiter", "approval", "executor", "audit")
SEEN_S = 30.0


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantWorld]:
    with tenant_world(tmp_path_factory.mktemp("junk")) as made:
        made.world.run(plant(made), 120)
        yield made


async def plant(tenants: TenantWorld) -> None:
    """Every kind of fact that a service may write, of an intent that is shown and of one that is not."""
    intents = (tenants.own["intent"], new_id())
    for writer in WRITERS:
        async with as_service(tenants.world, writer) as log:
            for number, kind in enumerate(kind for kind in kinds() if writer in kind.writers):
                for intent in intents:
                    await log.nc.publish(subject_of(kind.address, intent), BODIES[number % len(BODIES)])
            await log.nc.flush()


def subject_of(address: str, intent: str) -> str:
    known = {"tenant": OWN, "agent": "plain-agent", "intent": intent}
    for name in placeholders(address):
        address = address.replace(f"{{{name}}}", known.get(name, "0"))
    return address


def test_every_page_answers_and_says_how_much_was_set_aside(tenants: TenantWorld) -> None:
    admin = tenants.browsers[Role.ADMIN, "all"]
    clock = Clock()
    deadline = clock.monotonic() + SEEN_S
    while "data-set-aside" not in admin.get("/controls").text:
        assert clock.monotonic() < deadline, "nothing was set aside"
    for name in ROUTES:
        path = filled(name.partition(" ")[2], tenants.own)
        if name.startswith("GET ") and name != "GET /live":
            answer = admin.get(path)
            assert answer.status_code < 500, (name, answer.text)
            whole = "<html" in answer.text and answer.status_code == 200
            assert not whole or "data-set-aside" in answer.text, name
    trace = admin.get(f"/intents/{tenants.own['intent']}").text
    assert "could not be read" in trace and "plain reasons" in trace


def test_forms_go_on_working_beside_it(tenants: TenantWorld) -> None:
    olga, token = tenants.browsers[Role.OPERATOR, "all"], tenants.tokens[Role.OPERATOR, "all"]
    for name, row in ROUTES.items():
        if name.startswith("POST ") and name not in ("POST /sign-out", "POST /join", "POST /sign-in"):
            form = {key: filled(value, tenants.own) for key, value in row.form.items()}
            answer = olga.post(filled(name.partition(" ")[2], tenants.own), data=form | {"csrf": token})
            assert answer.status_code < 500, (name, answer.text)


def test_who_does_not_see_a_tenant_is_told_nothing_of_its_junk(tenants: TenantWorld) -> None:
    own, none = (tenants.browsers[Role.VIEWER, seeing].get("/intents").text for seeing in ("own", "none"))
    assert "data-set-aside" in own
    assert "data-set-aside" not in none


def test_an_intent_of_which_nothing_can_be_read_has_a_page(tenants: TenantWorld) -> None:
    async def put() -> str:
        async with as_service(tenants.world, "classifier") as log:
            intent = new_id()
            await log.nc.publish(subjects.subject("outcome", OWN, "x", intent, "refused"), b"{}")
            await log.nc.flush()
            return intent

    intent = tenants.world.run(put())
    answer: httpx.Response = tenants.browsers[Role.ADMIN, "all"].get(f"/intents/{intent}")
    assert answer.status_code == 200
    assert "could not be read" in answer.text
