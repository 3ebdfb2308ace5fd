"""Signing in with an identity provider that is really there, and everything it may not say."""

from collections.abc import Iterator

import httpx
import pytest
from console_world import end, start_console, wait_until_ready
from groundstop.clock import Clock
from groundstop_embedded.plan import free_port
from joserfc.jwk import RSAKey
from oidc_provider import CLIENT, SECRET, Provider, running_provider


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, str]]:
    """A provider and a console that trusts it; there is no bus, which signing in does not need."""
    data, port = tmp_path_factory.mktemp("oidc"), free_port()
    with running_provider() as provider:
        settings = {
            "GROUNDSTOP_CONSOLE_OIDC_ISSUER": provider.url,
            "GROUNDSTOP_CONSOLE_OIDC_CLIENT_ID": CLIENT,
            "GROUNDSTOP_CONSOLE_OIDC_CLIENT_SECRET": SECRET,
            "GROUNDSTOP_CONSOLE_OIDC_ROLES": "staff=viewer,oncall=approver",
            "GROUNDSTOP_CONSOLE_OIDC_TENANT_CLAIM": "tenants",
        }
        console = start_console(data, "nats://127.0.0.1:1", "http://nobody@127.0.0.1:1/default", port, **settings)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", "/healthz")
            yield provider, f"http://127.0.0.1:{port}"
        finally:
            end(console)


@pytest.fixture
def provider(running: tuple[Provider, str]) -> Provider:
    """The provider as it was at the start."""
    found, _ = running
    found.claims, found.signs, found.issuer, found.refuses = {"tenants": ["acme"]}, None, "", False
    return found


@pytest.fixture
def browser(running: tuple[Provider, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running[1], timeout=60) as client:
        yield client


def through(browser: httpx.Client, where: str = "/inbox") -> httpx.Response:
    """The way of a browser: to the provider and back."""
    begun = browser.get("/oidc/start", params={"next": where})
    assert begun.status_code == 303, begun.text
    back = httpx.get(begun.headers["location"])
    return browser.get(back.headers["location"])


def test_who_the_provider_vouches_for_comes_in_with_the_role_of_their_group(
    provider: Provider, browser: httpx.Client
) -> None:
    assert "/oidc/start" in browser.get("/sign-in").text
    answer = through(browser, "/metrics?range=7d")
    assert answer.status_code == 200 and 'href="/metrics?range=7d"' in answer.text
    page = browser.get("/inbox")
    assert page.status_code == 200
    assert "grace" in page.text and "approver" in page.text
    assert browser.get("/people").status_code == 403


NOT_LET_IN = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another-app"},
    "several audiences, vouched to another": {"aud": [CLIENT, "another-app"], "azp": "another-app"},
    "another nonce": {"nonce": "replayed"},
    "no nonce": {"nonce": None},
    "no end": {"exp": None},
    "nobody": {"sub": None},
    "a group that may not": {"groups": ["guests"]},
    "no group": {"groups": None},
    "a name that is no name": {"preferred_username": "", "email": "", "sub": ""},
}


@pytest.mark.parametrize("what", NOT_LET_IN)
def test_a_token_is_refused_for(what: str, provider: Provider, browser: httpx.Client) -> None:
    provider.claims |= NOT_LET_IN[what]
    assert through(browser).status_code == 422
    assert browser.get("/inbox").status_code == 303


def test_an_expired_token_is_refused(provider: Provider, browser: httpx.Client) -> None:
    provider.claims["exp"] = int(Clock()().timestamp()) - 300
    assert through(browser).status_code == 422


def test_a_token_of_another_signer_is_refused(provider: Provider, browser: httpx.Client) -> None:
    provider.signs = RSAKey.generate_key(2048, {"kid": "one"})
    assert through(browser).status_code == 422


def test_a_provider_that_calls_itself_otherwise_is_not_asked(provider: Provider, browser: httpx.Client) -> None:
    provider.issuer = "https://evil.example"
    assert browser.get("/oidc/start").status_code == 422


def test_a_no_of_the_provider_is_said(provider: Provider, browser: httpx.Client) -> None:
    provider.refuses = True
    answer = through(browser)
    assert answer.status_code == 422 and "access_denied" in answer.text


def test_a_code_works_once_and_only_in_the_browser_that_began(provider: Provider, browser: httpx.Client) -> None:
    begun = browser.get("/oidc/start")
    callback = httpx.get(begun.headers["location"]).headers["location"]
    assert httpx.get(callback).status_code == 422
    assert browser.get(callback).status_code == 422
    assert through(browser).status_code == 200
