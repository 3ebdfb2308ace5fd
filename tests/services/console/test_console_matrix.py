"""Every route with every role, token, origin, host and method: the answer is the one that its row promises."""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import groundstop_console
import httpx
import pytest
from desk_world import DeskWorld, form_token
from groundstop.clock import Clock
from groundstop_console.app import make_app, make_app_state
from groundstop_console.domain.people import Role
from groundstop_console.settings import ConsoleSettings
from groundstop_console.web import doctable
from groundstop_console.web.request_context import Reach
from groundstop_console.web.table import ENDPOINTS
from routes import NOBODY, ROUTES, Row, filled
from starlette.routing import Mount, Route
from structlog import get_logger

ROOT = Path(__file__).parents[3]
WHO = {None: None, Role.VIEWER: "vera", Role.APPROVER: "bert", Role.OPERATOR: "olga", Role.ADMIN: "ada"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
TOKENS = ("own", "none", "another session's", "rubbish")
FROM_HERE: tuple[dict[str, str], ...] = ({}, {"origin": "{url}"}, {"sec-fetch-site": "same-origin"})
FROM_ELSEWHERE: tuple[dict[str, str], ...] = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://["},
    {"origin": "{url}.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": "{url}"},
)
FOREIGN_HOSTS = ("evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "[::1].evil.example", "", "@evil")
REFUSALS = (401, 403, 405, 421)


def test_every_route_of_the_application_has_a_row(tmp_path: Path) -> None:
    """A new route is looked at by a person before it is served: write its row, then run ``doctable`` for the page."""
    settings = ConsoleSettings(data=tmp_path)
    app = make_app(make_app_state(settings, "http://127.0.0.1:1", Clock(), get_logger()))
    mounted = [route.path for route in app.routes if isinstance(route, Mount)]
    routed = {
        f"{method} {route.path}" for route in app.routes if isinstance(route, Route) for method in route.methods or ()
    }
    assert mounted == ["/static"]
    assert {route for route in routed if not route.startswith("HEAD ")} == set(ROUTES)
    assert len(app.routes) == len(ROUTES) + 1


def test_the_rows_say_what_the_consoles_own_table_says() -> None:
    told = {f"{one.method} {one.path}": (one.role, one.reach is Reach.ONE) for one in ENDPOINTS}
    assert told == {name: (row.role, row.one) for name, row in ROUTES.items()}


def test_the_table_of_the_page_is_the_consoles() -> None:
    """Run ``python -m groundstop_console.web.doctable docs/reference/console.md`` when a route has changed."""
    page = (ROOT / "docs" / "reference" / "console.md").read_text(encoding="utf-8")
    assert doctable.filled(page) == page


@pytest.mark.parametrize(
    "module", sorted((Path(groundstop_console.__file__).parent / "pages").glob("*.py")), ids=lambda m: m.stem
)
def test_a_page_has_no_way_to_facts_but_its_persons_view(module: Path) -> None:
    """What narrows facts to tenants is one object; a page that reached behind it would have to remember to."""
    forbidden = {"bus", "live", "record", "fanout"}
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in forbidden:
            owner = node.value
            assert isinstance(owner, ast.Attribute) and owner.attr == "view", f"line {node.lineno}: .{node.attr}"
        if isinstance(node, ast.ImportFrom):
            behind = ("groundstop_console.adapters.bus", "groundstop_console.adapters.live")
            assert not (node.module or "").startswith((*behind, "groundstop.log")), node.module


@pytest.fixture(scope="module")
def browsers(desk: DeskWorld) -> Iterator[dict[str | None, httpx.Client]]:
    """Everybody, signed in once; under None somebody who is not."""
    made = {name: desk.browser(name) for name in WHO.values()}
    yield made
    for browser in made.values():
        browser.close()


@pytest.fixture(scope="module")
def tokens(browsers: dict[str | None, httpx.Client]) -> dict[str | None, str]:
    """The token that each may put into a form."""
    return {name: form_token(browser.get("/inbox" if name else "/sign-in").text) for name, browser in browsers.items()}


def path_of(desk: DeskWorld, name: str) -> str:
    case = desk.cases["acme"]
    parts = {"case": case, "intent": case.rpartition("-")[0], "tenant": "acme", "task": "task-1", "name": "nobody"}
    return filled(name.partition(" ")[2], {**parts, "grant": desk.grants["acme"], "control": desk.control})


def rightly(status: int, row: Row, role: Role | None, method: str, genuine: bool) -> bool:
    """Whether a status is what the row promises: a refusal where one is due, and none where none is."""
    if row.role is not NOBODY and role is None:
        return status == (401 if method == "POST" else 303)
    if method == "POST" and not genuine:
        return status == 403
    if row.role is not NOBODY and (role is None or not role.includes(row.role)):
        return status == 403
    wrong_password = status == 401 and row.role is NOBODY
    return wrong_password or (status not in REFUSALS and status < 500)


ASKED = [name for name in ROUTES if name not in ("GET /live", "POST /sign-out")]
"""A stream has no end, and signing out would end the session that all others use: both are tried by themselves."""


@pytest.mark.parametrize("name", ASKED)
def test_a_route_answers_as_its_row_says(
    desk: DeskWorld, browsers: dict[str | None, httpx.Client], tokens: dict[str | None, str], name: str
) -> None:
    row, method = ROUTES[name], name.partition(" ")[0]
    wrong = []
    for (role, who), token, headers in product(WHO.items(), TOKENS, (*FROM_HERE, *FROM_ELSEWHERE)):
        if method == "GET" and token != "own":
            continue
        value = {"own": tokens[who], "none": "", "another session's": tokens["vera" if who != "vera" else "ada"]}
        mine = value.get(token, "x" * 32)
        # Who is signed in has two tokens: the session's, and before it this browser's for forms that need no session.
        expected_token = (
            mine if row.role is not NOBODY or who is None else browser_token(browsers[who], desk, mine, token)
        )
        form = {**row.form, "csrf": expected_token}
        sent = {key: filled(text, {"url": desk.url}) for key, text in headers.items()}
        answer = browsers[who].request(
            method, path_of(desk, name), data=form if method == "POST" else None, headers=sent
        )
        genuine = token == "own" and headers in FROM_HERE
        if not rightly(answer.status_code, row, role, method, genuine):
            wrong.append((role, token, headers, answer.status_code))
    assert wrong == []


def browser_token(browser: httpx.Client, desk: DeskWorld, mine: str, token: str) -> str:
    """The token that forms before a session take from this browser, where ``token`` says its own."""
    if token != "own":
        return mine
    cookie = browser.cookies["gs_browser"]
    return form_token(httpx.get(f"{desk.url}/sign-in", cookies={"gs_browser": cookie}).text)


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_answers_to_no_other_method(
    desk: DeskWorld, browsers: dict[str | None, httpx.Client], name: str
) -> None:
    """Neither by a method of its own nor by a header or a field that would change it."""
    path = path_of(desk, name)
    served = {other.partition(" ")[0] for other in ROUTES if path_of(desk, other) == path}
    for method in METHODS:
        if method not in served:
            assert browsers["ada"].request(method, path).status_code == 405, method
    if "POST" not in served:
        over = {"x-http-method-override": "POST", "x-method-override": "POST"}
        if name != "GET /live":
            assert browsers["vera"].get(path, params={"_method": "POST"}, headers=over).status_code < 500


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_request_that_names_another_host_is_refused(
    desk: DeskWorld, browsers: dict[str | None, httpx.Client], host: str
) -> None:
    """A page whose name leads to this machine sends its own name: it may neither read nor sign anybody in."""
    named = filled(host, {"port": desk.url.rpartition(":")[2]})
    for name in (*ASKED, "GET /static/console.js"):
        method = name.partition(" ")[0]
        answer = browsers["ada"].request(method, path_of(desk, name), headers={"host": named})
        assert answer.status_code in (400, 421), name
        assert "evil" not in answer.text


def test_a_session_that_was_ended_is_nobody(desk: DeskWorld) -> None:
    vera = desk.browser("vera")
    cookie = vera.cookies["gs_session"]
    for token, status in (("", 403), (form_token(vera.get("/inbox").text), 303)):
        assert vera.post("/sign-out", data={"csrf": token}).status_code == status
    assert httpx.get(f"{desk.url}/inbox", cookies={"gs_session": cookie}).status_code == 303


def test_a_stream_of_news_is_for_who_is_signed_in(desk: DeskWorld, browsers: dict[str | None, httpx.Client]) -> None:
    with browsers["vera"].stream("GET", "/live") as stream:
        assert next(stream.iter_lines()) == "event: beat"
    assert httpx.get(f"{desk.url}/live", headers={"accept": "text/event-stream"}).status_code == 401
    with browsers["vera"].stream("GET", "/live", headers={"host": "evil.example"}) as refused:
        assert refused.status_code == 421


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("path", ["/sign-in", "/join"])
def test_a_body_that_is_too_long_is_not_read_to_its_end(desk: DeskWorld, path: str, declared: bool) -> None:
    """Chunked bodies say no length: twenty megabytes of a form were read before anybody was signed in."""
    sent = 0

    def parts() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(2_000):
            sent += 65_536
            yield b"a=" + b"x" * 65_533 + b"&"

    headers = {"content-type": "application/x-www-form-urlencoded"}
    with desk.browser() as browser:
        if declared:
            answer = browser.post(path, content=b"x" * (600 * 1024), headers=headers)
            assert answer.status_code == 413
            return
        try:
            answer = browser.post(path, content=parts(), headers=headers)
            assert answer.status_code in (413, 401, 403, 404, 405)
        except httpx.TransportError:  # the console hung up in the middle
            pass
        assert sent < 100 * 1024 * 1024
