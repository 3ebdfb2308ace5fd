"""Who may do what at the console, tried from outside: every endpoint of its table, by everybody who must not."""

from collections.abc import Iterator

import httpx
import pytest
from console_world import PASSWORD
from desk_world import SCRIPT, DeskWorld, digest_in, form_token
from groundstop_console.domain.people import Role
from groundstop_console.web.request_context import Endpoint
from groundstop_console.web.table import ENDPOINTS

GUARDED = [endpoint for endpoint in ENDPOINTS if endpoint.role is not None]
POSTS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "POST"]
NAME_OF = {Role.VIEWER: "vera", Role.APPROVER: "bert", Role.OPERATOR: "olga", Role.ADMIN: "ada"}
BELOW = {Role.APPROVER: "vera", Role.OPERATOR: "bert", Role.ADMIN: "olga"}


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def path_of(endpoint: Endpoint, desk: DeskWorld, tenant: str = "acme") -> str:
    """The endpoint's path with something real in it."""
    case = desk.cases[tenant]
    parts = {"case": case, "intent": case.rpartition("-")[0], "tenant": tenant, "task": "task-1", "name": "vera"}
    return endpoint.path.format(**parts, grant=desk.grants.get(tenant, "none"), control=desk.control)


@pytest.fixture(scope="module")
def browsers(desk: DeskWorld) -> Iterator[dict[str, httpx.Client]]:
    """Everybody, signed in once."""
    made = {name: desk.browser(name) for name in ("ada", "olga", "bert", "dora", "vera")}
    yield made
    for browser in made.values():
        browser.close()


@pytest.mark.parametrize("endpoint", GUARDED, ids=name_of)
def test_nothing_is_shown_or_done_without_a_session(desk: DeskWorld, endpoint: Endpoint) -> None:
    answer = httpx.request(endpoint.method, desk.url + path_of(endpoint, desk))
    assert answer.status_code in (303, 401)
    assert answer.status_code == 401 or answer.headers["location"].startswith("/sign-in")
    assert "money.send" not in answer.text


@pytest.mark.parametrize("endpoint", [e for e in GUARDED if e.method == "GET" and e.path != "/live"], ids=name_of)
def test_every_page_is_there_for_who_may_see_it(
    desk: DeskWorld, browsers: dict[str, httpx.Client], endpoint: Endpoint
) -> None:
    """Also without the record, which this console has not."""
    answer = browsers["ada"].get(path_of(endpoint, desk))
    assert answer.status_code in (200, 303), answer.text
    assert "Internal error" not in answer.text


@pytest.mark.parametrize("endpoint", [e for e in GUARDED if e.role is not Role.VIEWER], ids=name_of)
def test_a_role_below_is_refused(desk: DeskWorld, browsers: dict[str, httpx.Client], endpoint: Endpoint) -> None:
    assert endpoint.role is not None
    browser = browsers[BELOW[endpoint.role]]
    form = {"csrf": form_token(browser.get("/inbox").text)} if endpoint.method == "POST" else None
    assert browser.request(endpoint.method, path_of(endpoint, desk), data=form).status_code == 403


@pytest.mark.parametrize("endpoint", POSTS, ids=name_of)
@pytest.mark.parametrize("token", ["", "x" * 32])
def test_a_form_without_this_sessions_token_is_refused(
    desk: DeskWorld, browsers: dict[str, httpx.Client], endpoint: Endpoint, token: str
) -> None:
    browser = browsers["ada"]
    form = {"csrf": token, "scope": "all", "reason": "forged", "verdict": "approved"}
    assert browser.post(path_of(endpoint, desk), data=form).status_code == 403


@pytest.mark.parametrize("endpoint", POSTS, ids=name_of)
def test_a_form_from_another_site_is_refused(
    desk: DeskWorld, browsers: dict[str, httpx.Client], endpoint: Endpoint
) -> None:
    browser = browsers["ada"]
    form = {"csrf": form_token(browser.get("/inbox").text)}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert browser.post(path_of(endpoint, desk), data=form, headers=headers).status_code == 403


OF_A_TENANT = [e for e in GUARDED if any(part in e.path for part in ("{case}", "{intent}", "{grant}", "{tenant}"))]


@pytest.mark.parametrize("endpoint", [e for e in OF_A_TENANT if e.role is not Role.OPERATOR], ids=name_of)
def test_what_is_of_another_tenant_does_not_exist(
    desk: DeskWorld, browsers: dict[str, httpx.Client], endpoint: Endpoint
) -> None:
    """Dora is an approver of tenant globex."""
    dora = browsers["dora"]
    form = {"csrf": form_token(dora.get("/inbox").text), "verdict": "approved", "digest": "0" * 64, "note": "x"}
    form["case"] = f"{desk.cases['acme']}:{'0' * 64}"
    data = form if endpoint.method == "POST" else None
    answer = dora.request(endpoint.method, path_of(endpoint, desk), data=data, headers={"hx-request": "true"})
    assert answer.status_code in (404, 409)
    assert "money.send" not in answer.text
    after = browsers["bert"].get(f"/cases/{desk.cases['acme']}").text
    assert "Decided" not in after


def test_the_inbox_shows_a_person_their_own_tenants_only(desk: DeskWorld, browsers: dict[str, httpx.Client]) -> None:
    own = browsers["dora"].get("/inbox").text
    assert desk.cases["globex"] in own
    assert desk.cases["acme"] not in own
    assert desk.cases["acme"] not in browsers["dora"].get("/inbox?tenant=acme").text


def test_a_person_of_one_tenant_cannot_halt_everything(desk: DeskWorld, browsers: dict[str, httpx.Client]) -> None:
    ada = browsers["ada"]
    token = form_token(ada.get("/inbox").text)
    ada.post("/people/dora", data={"csrf": token, "role": "operator", "tenants": "globex", "active": "yes"})
    dora = browsers["dora"]
    form = {"csrf": form_token(dora.get("/inbox").text), "scope": "all", "reason": "mischief"}
    for path in ("/controls/ask", "/controls/halt"):
        assert dora.post(path, data=form).status_code == 422
    ada.post("/people/dora", data={"csrf": token, "role": "approver", "tenants": "globex", "active": "yes"})
    assert 'data-halts="0"' in ada.get("/controls").text


def test_grants_of_another_tenant_are_neither_seen_nor_given(
    desk: DeskWorld, browsers: dict[str, httpx.Client]
) -> None:
    dora = browsers["dora"]
    page = dora.get("/grants").text
    assert desk.grants["globex"] in page and desk.grants["acme"] not in page
    form = {"csrf": form_token(page), "tenant": "acme", "agent": "helper", "tool": "email.send"}
    assert dora.post("/grants", data=form, headers={"hx-request": "true"}).status_code == 403
    assert browsers["ada"].get("/grants").text.count(">in force<") == 2


@pytest.mark.parametrize("name", ["bert", "vera"])
def test_stored_scripts_are_text_and_secrets_are_hidden(
    desk: DeskWorld, browsers: dict[str, httpx.Client], name: str
) -> None:
    case = desk.cases["acme"]
    stories = (
        f"/intents/{case.rpartition('-')[0]}",
        f"/grants/{desk.grants['acme']}",
        f"/controls/{desk.control}/review",
        "/tasks/acme/task-1",
    )
    for path in (f"/cases/{case}", "/inbox", "/intents", "/grants", "/controls", *stories):
        page = browsers[name].get(path).text
        assert SCRIPT not in page
        assert "<script>window" not in page
        assert "hunter2hunter2" not in page


def test_a_viewer_sees_the_shape_of_arguments_but_not_what_they_say(
    desk: DeskWorld, browsers: dict[str, httpx.Client]
) -> None:
    case = desk.cases["acme"]
    for path in (f"/cases/{case}", "/intents", f"/intents/{case.rpartition('-')[0]}"):
        page = browsers["vera"].get(path).text
        assert "memo" in page
        assert "owned" not in page
    for path in ("/inbox", "/tasks", "/tasks/acme/task-1", "/tasks/acme/task-1/body"):
        assert "owned" not in browsers["vera"].get(path).text


def test_a_decision_about_another_digest_than_the_one_shown_is_refused(
    desk: DeskWorld, browsers: dict[str, httpx.Client]
) -> None:
    bert, path = browsers["bert"], f"/cases/{desk.cases['globex']}"
    page = bert.get(path).text
    form = {"csrf": form_token(page), "verdict": "approved", "digest": "0" * 64}
    assert len(digest_in(page)) == 64
    answer = bert.post(f"{path}/decide", data=form, headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert "changed" in answer.headers["hx-trigger"]


def test_no_page_may_run_anything_but_the_consoles_own_files(
    desk: DeskWorld, browsers: dict[str, httpx.Client]
) -> None:
    for path in ("/inbox", "/sign-in", "/static/console.js", "/healthz", "/nowhere"):
        headers = browsers["ada"].get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_the_sessions_cookie_is_kept_from_scripts_and_other_sites(desk: DeskWorld) -> None:
    browser = desk.browser()
    token = form_token(browser.get("/sign-in").text)
    answer = browser.post("/sign-in", data={"csrf": token, "name": "bert", "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    kept = (desk.data / "console-sessions.json").read_text(encoding="utf-8")
    assert browser.cookies["gs_session"] not in kept


def test_guessing_a_password_is_slowed_down(desk: DeskWorld) -> None:
    """From an address of its own: the console shuts the door on the whole address."""
    browser = desk.browser(address="127.0.0.2")
    token = form_token(browser.get("/sign-in").text)
    statuses = [
        browser.post("/sign-in", data={"csrf": token, "name": "cleo", "password": f"guess number {n}"}).status_code
        for n in range(7)
    ]
    assert statuses[:4] == [401] * 4
    assert statuses[-1] == 429


def test_signing_in_leads_nowhere_else(desk: DeskWorld, browsers: dict[str, httpx.Client]) -> None:
    for where in ("https://evil.example", "//evil.example", "/\\evil.example"):
        page = httpx.get(f"{desk.url}/sign-in", params={"next": where}).text
        assert "evil.example" not in page


def test_a_locked_out_person_is_out_at_the_next_click(desk: DeskWorld, browsers: dict[str, httpx.Client]) -> None:
    ada = browsers["ada"]
    token = form_token(ada.get("/inbox").text)
    made = ada.post("/people", data={"csrf": token, "name": "gone", "role": "viewer"})
    link = next(part for part in made.text.split() if "/join?token=" in part).rpartition("token=")[2].partition("<")[0]
    gone = desk.browser()
    joined = form_token(gone.get(f"/join?token={link}").text)
    form = {"csrf": joined, "token": link, "password": "another long sentence", "again": "another long sentence"}
    assert gone.post("/join", data=form).status_code == 303
    assert gone.get("/inbox").status_code == 200
    ada.post("/people/gone", data={"csrf": token, "role": "viewer", "tenants": "*", "active": "no"})
    assert gone.get("/inbox").status_code == 303
    assert desk.browser().get(f"/join?token={link}").status_code == 404
