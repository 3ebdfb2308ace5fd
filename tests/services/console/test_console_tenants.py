"""Who is tied to tenants sees nothing of another's: no route, of no role, neither listed nor asked for by name."""

import re
from collections.abc import Iterator
from itertools import product

import httpx
import pytest
from groundstop.clock import Clock
from groundstop_console.domain.people import Role
from routes import ROUTES, filled
from tenant_world import EMPTY, HIDDEN, MARK, OWN, SEEING, TenantWorld, tenant_world

pytestmark = pytest.mark.timeout(300)
NEVER = {
    "case": "00000000-0000-7000-8000-000000000000-approval",
    "intent": "00000000-0000-7000-8000-000000000000",
    "tenant": "never-co",
    "task": "never-task",
    "grant": "00000000-0000-7000-8000-000000000000",
    "control": "00000000-0000-7000-8000-000000000000",
    "name": "zznobody",
}
QUERIES: dict[str, tuple[dict[str, str], ...]] = {
    "/inbox": ({"text": "zz"}, {"kind": "approval"}, {"tenant": HIDDEN}, {"agent": f"{MARK}-agent"}, {"limit": "1000"}),
    "/intents": ({"q": "zz"}, {"state": "open"}, {"state": "waiting"}),
    "/tasks": ({"q": "zz"},),
}
"""What a list can be asked for, by the beginning of its path."""
ASKED = [name for name in ROUTES if name.startswith("GET ") and name not in ("GET /live", "GET /oidc/start")]
TOLD = [name for name in ROUTES if name.startswith("POST ") and name not in ("POST /sign-out",)]
TIED = [(role, seeing) for role, seeing in product(Role, SEEING) if seeing != "all"]
RECORD_S = 60.0


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantWorld]:
    with tenant_world(tmp_path_factory.mktemp("tenants")) as made:
        yield made


def path_of(name: str, parts: dict[str, str]) -> str:
    return filled(name.partition(" ")[2], parts)


def said(answer: httpx.Response) -> str:
    """Everything an answer says, without the address that was asked for and what it repeats of it."""
    return " ".join((*answer.headers.values(), answer.text))


def without(text: str, parts: dict[str, str]) -> str:
    """A text in which names stand for nothing, tokens and times are gone: to compare what is said of two things."""
    for value in sorted(parts.values(), key=len, reverse=True):
        text = text.replace(value, "X")
    return re.sub(r'value="[\w-]{20,}"|content="[\w-]{20,}"|\d+', "", text)


@pytest.mark.parametrize(
    "name", ["/controls", "/intents", "/tasks", "/inbox", "/grants", "/policy", "/people", "/metrics/panels?range=1h"]
)
def test_what_is_planted_is_there_for_who_sees_all(tenants: TenantWorld, name: str) -> None:
    """Otherwise nothing that follows says anything. The record is a moment behind."""
    clock = Clock()
    deadline = clock.monotonic() + RECORD_S
    while MARK not in tenants.browsers[Role.ADMIN, "all"].get(name).text:
        assert clock.monotonic() < deadline, name


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(("role", "seeing"), TIED)
def test_no_page_says_anything_of_another_tenant(tenants: TenantWorld, role: Role, seeing: str, name: str) -> None:
    browser = tenants.browsers[role, seeing]
    queries = ({}, *next((found for begin, found in QUERIES.items() if begin in name and "{" not in name), ()))
    for parts, query in product((tenants.own, tenants.hidden, NEVER) if "{" in name else (NEVER,), queries):
        answer = browser.get(path_of(name, parts), params=query)
        assert answer.status_code < 500, answer.text
        named = {key: value for key, value in parts.items() if "{" + key + "}" in name} | query
        assert MARK not in without(said(answer), named), query
        for other in (tenants.hidden[what] for what in ("case", "slow", "grant", "control")):
            assert other not in said(answer) or other in named.values(), query


@pytest.mark.parametrize("name", [name for name in (*ASKED, *TOLD) if ROUTES[name].one])
@pytest.mark.parametrize(("role", "seeing"), TIED)
def test_another_tenants_thing_is_answered_as_what_never_was(
    tenants: TenantWorld, role: Role, seeing: str, name: str
) -> None:
    """A difference would tell that it exists."""
    browser, method, row = tenants.browsers[role, seeing], name.partition(" ")[0], ROUTES[name]
    answers = []
    for parts in (tenants.hidden, NEVER):
        form = {key: filled(value, parts) for key, value in row.form.items()}
        form |= {"csrf": tenants.tokens[role, seeing], "note": "x", "reason": "x"}
        answer = browser.request(
            method, path_of(name, parts), data=form if method == "POST" else None, headers={"hx-request": "true"}
        )
        answers.append((answer.status_code, without(said(answer), parts)))
    assert answers[0] == answers[1]
    assert answers[0][0] in ((404, 409) if row.role is None or role.includes(row.role) else (403,))


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize(("role", "seeing"), TIED)
def test_no_form_says_or_does_anything_to_another_tenant(
    tenants: TenantWorld, role: Role, seeing: str, name: str
) -> None:
    if name in ("POST /sign-in", "POST /join"):
        pytest.skip("before there is a person")
    browser = tenants.browsers[role, seeing]
    fields = {"control": tenants.hidden["control"], "scope": f"tenant={HIDDEN}", "tenants": HIDDEN, "tenant": HIDDEN}
    fields |= {"agent": "x", "tool": "x", "name": tenants.hidden["name"], "intent": tenants.hidden["put"]}
    form = {"csrf": tenants.tokens[role, seeing], "note": "x", "reason": "x", "role": "viewer", "active": "no"}
    answer = browser.post(path_of(name, tenants.hidden), data=form | fields, headers={"hx-request": "true"})
    assert answer.status_code in (403, 404, 409, 422), answer.text
    repeated = {**tenants.hidden, "all": HIDDEN}
    assert MARK not in without(said(answer), repeated)


def test_after_all_that_nothing_of_the_hidden_tenant_has_changed(tenants: TenantWorld) -> None:
    olga = tenants.browsers[Role.OPERATOR, "all"]
    controls = olga.get("/controls").text
    assert tenants.hidden["control"] in controls
    assert f"flight-{tenants.hidden['slow']}" in controls
    assert "Decided" not in olga.get(f"/cases/{tenants.hidden['case']}").text
    assert "in force" in olga.get(f"/grants/{tenants.hidden['grant']}").text
    assert f"{MARK}-admin" in tenants.browsers[Role.ADMIN, "all"].get("/people").text


def test_ones_own_tenant_is_all_there(tenants: TenantWorld) -> None:
    """What hides everything hides a foreign tenant, too."""
    viewer = tenants.browsers[Role.VIEWER, "own"]
    assert tenants.own["case"] in viewer.get("/inbox").text
    assert tenants.own["grant"] in viewer.get("/grants").text
    assert "plain-task" in viewer.get("/tasks").text
    board = viewer.get("/controls").text
    assert f"flight-{tenants.own['slow']}" in board and "plain wants a person" in board
    assert "mails are read" in viewer.get("/policy").text


def test_who_has_no_tenant_sees_none(tenants: TenantWorld) -> None:
    """Emptying the field of somebody's tenants used to give them all."""
    admin, token = tenants.browsers[Role.ADMIN, "all"], tenants.tokens[Role.ADMIN, "all"]
    form = {"csrf": token, "role": "viewer", "tenants": "", "active": "yes"}
    viewer = tenants.browsers[Role.VIEWER, "own"]
    admin.post("/people/viewer-own", data=form)
    try:
        for page in ("/inbox", "/intents", "/tasks", "/grants", "/controls"):
            text = viewer.get(page).text
            assert tenants.own["case"] not in text and "plain-" not in text and MARK not in text, page
    finally:
        admin.post("/people/viewer-own", data=form | {"tenants": OWN})
    assert tenants.own["case"] in viewer.get("/inbox").text
    assert SEEING["none"] == EMPTY


def test_a_browser_is_not_even_told_that_another_tenant_moves(tenants: TenantWorld) -> None:
    """Three beats after an intent of the hidden tenant has ended nothing has changed for who sees none of it."""
    with tenants.browsers[Role.VIEWER, "none"].stream("GET", "/live", timeout=30) as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        next(lines)
        call = {"tool": "note.write", "arguments": {"text": MARK}, "confidence": 0.99}
        (intent,) = tenants.world.submit(call, tenant=HIDDEN, agent=f"{MARK}-late")
        assert tenants.world.outcome(intent) is not None
        told = [next(lines) for _ in range(3)]
    assert all('"changed":[]' in line for line in told), told


def test_an_administrator_of_one_tenant_makes_nobody_more_than_they_are(tenants: TenantWorld) -> None:
    admin, token = tenants.browsers[Role.ADMIN, "own"], tenants.tokens[Role.ADMIN, "own"]
    page = admin.get("/people").text
    assert "viewer-own" in page and "viewer-all" not in page and MARK not in page
    for name, given in (("admin-own", "*"), ("viewer-own", f"{OWN} {HIDDEN}"), ("newcomer", "*"), ("newcomer", HIDDEN)):
        form = {"csrf": token, "role": "admin", "tenants": given, "name": name}
        for path in (f"/people/{name}", "/people"):
            assert admin.post(path, data=form, headers={"hx-request": "true"}).status_code in (403, 404)
    assert "newcomer" not in tenants.browsers[Role.ADMIN, "all"].get("/people").text
