"""Tools without Python in the executor: HTTP calls from the catalogue, and workers on the bus."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from groundstop.catalogue import HttpCall, ToolFailed
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from groundstop_embedded.testing import running_bus
from groundstop_executor.remote.http import url_of
from groundstop_executor.secrets import hidden, resolved, resolver, within
from live import HERE, Live, live_on

CATALOGUE = """
tools:
  http.charge:
    action_type: pay.charge
    risk: risky
    idempotency: key
    attempts: 3
    backoff_s: 0.01
    timeout_s: 2
    http:
      method: POST
      url: http://127.0.0.1:{port}/accounts/{{account}}/charges
      headers: {{Authorization: {{$secret: pay-key}}}}
      result: charge
  http.once:
    action_type: pay.charge
    risk: risky
    timeout_s: 2
    http: {{method: POST, url: "http://127.0.0.1:{port}/accounts/{{account}}/charges"}}
  http.away:
    action_type: pay.charge
    risk: risky
    attempts: 2
    backoff_s: 0.01
    http: {{method: POST, url: "http://127.0.0.1:9/nothing"}}
  remote.shout: {{action_type: text.shout, risk: risky, worker: true, attempts: 2, backoff_s: 0.01}}
"""


class Service:
    """Charges, once per key; what it does first is told by the account."""

    def __init__(self) -> None:
        self.charges: dict[str, dict[str, object]] = {}
        self.seen: list[str] = []

    async def charge(self, request: web.Request) -> web.Response:
        account, key = request.match_info["account"], request.headers["Idempotency-Key"]
        tries = sum(key == seen for seen in self.seen)
        self.seen.append(key)
        if account == "refused":
            return web.json_response({"error": f"no, {request.headers.get('Authorization', '')}"}, status=402)
        if account == "busy" and tries == 0:
            return web.Response(status=503)
        self.charges.setdefault(key, {"account": account, **await request.json()})
        if account == "broken" and tries == 0:
            return web.Response(status=500)
        return web.json_response({"charge": self.charges[key] | {"by": request.headers.get("Authorization", "")}})


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, int]]:
    made = Service()
    app = web.Application()
    app.router.add_post("/accounts/{account}/charges", made.charge)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield made, runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
async def live(tmp_path: Path, service: tuple[Service, int]) -> AsyncIterator[Live]:
    catalogue = tmp_path / "tools.yaml"
    catalogue.write_text(CATALOGUE.format(port=service[1]), encoding="utf-8")
    async with running_bus(tmp_path / "bus") as bus, live_on(bus, tmp_path / "probe") as started:
        started.sources = (str(catalogue),)
        started.env = {"GROUNDSTOP_SECRET_PAY_KEY": "hunter2-hunter2"}
        yield started


async def test_an_http_call_needs_no_code(live: Live, service: tuple[Service, int]) -> None:
    """Its key makes it happen once, its status says what happened, and its secret stays out of the log."""
    await live.executor()
    ends = {"fine": Status.SUCCEEDED, "busy": Status.SUCCEEDED, "broken": Status.SUCCEEDED, "refused": Status.FAILED}
    intents = {name: await live.clear("http.charge", arguments={"account": name, "amount": 5}) for name in ends}
    outcomes = {name: await live.outcome(intent) for name, intent in intents.items()}
    assert {name: outcome.status for name, outcome in outcomes.items()} == ends
    assert outcomes["fine"].result == {"account": "fine", "amount": 5, "by": "[secret]"}
    assert {key: charge["account"] for key, charge in service[0].charges.items()} == {
        intents[name]: name for name in ("fine", "busy", "broken")
    }
    assert "hunter2" not in outcomes["refused"].reason
    once = await live.clear("http.once", arguments={"account": "broken", "amount": 5})
    assert (await live.outcome(once)).status is Status.UNKNOWN
    away = await live.clear("http.away", arguments={})
    assert (await live.outcome(away)).status is Status.FAILED


async def test_a_worker_in_another_process_does_the_call_and_can_be_cancelled(live: Live) -> None:
    """Without a worker nothing happened, and that is known at once."""
    await live.executor()
    nobody = await live.clear("remote.shout", arguments={"text": "hello"})
    assert (await live.outcome(nobody)).status is Status.FAILED
    script = str(HERE / "remote_worker.py")
    worker = subprocess.Popen([sys.executable, script, live.bus.url, str(live.folder)])  # noqa: ASYNC220
    live.processes.append(worker)

    async def answered() -> object:
        intent = await live.clear("remote.shout", arguments={"text": "hello"})
        outcome = await live.outcome(intent)
        return outcome if outcome.status is Status.SUCCEEDED else None

    assert (await eventually(answered, "a worker")).result == "HELLO"  # type: ignore[attr-defined]
    refused = await live.clear("remote.shout", arguments={"text": "refuse"})
    assert "not today" in (await live.outcome(refused)).reason
    slow = await live.clear("remote.shout", arguments={"text": "slow", "linger_s": 60})
    await live.happened(slow)
    await live.operator.halt("tool=remote.shout", "stop", 5)

    async def cancelled() -> bool:
        return (live.folder / f"cancelled-{slow}").exists()

    await eventually(cancelled, "the cancellation in the worker")
    assert (await live.outcome(slow)).status is Status.UNKNOWN


@pytest.mark.parametrize("account", ["../admin", "a/b", "", "..", "x?y=1", "x#y"])
def test_an_argument_in_a_url_stays_one_piece_of_its_path(account: str) -> None:
    call = HttpCall(url="https://api.example/accounts/{account}/charges")
    try:
        url, _ = url_of(call, {"account": account})
    except ToolFailed:
        assert account in ("", "..")
    else:
        assert url.startswith("https://api.example/accounts/")
        assert url.endswith("/charges")
        assert len(url.split("/")) == 6
        assert "?" not in url


def test_an_argument_cannot_name_another_host() -> None:
    with pytest.raises(ToolFailed, match="not a host"):
        url_of(HttpCall(url="https://{tenant}.api.example/x", hosts=("good.api.example",)), {"tenant": "evil"})


def test_a_secret_comes_from_its_file_or_the_environment_and_is_hidden_in_answers(tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("from-file\n", encoding="utf-8")
    resolve = resolver(tmp_path, {"GROUNDSTOP_SECRET_PAY_KEY": "from-environment"})
    seen: list[str] = []
    given = {"a": {"$secret": "smtp"}, "b": [{"$secret": "pay-key"}], "c": {"$secret": 5}}
    assert resolved(given, resolve, seen) == {"a": "from-file", "b": ["from-environment"], "c": {"$secret": 5}}
    assert hidden({"echo": "it was from-file"}, seen) == {"echo": "it was [secret]"}
    for name in ("missing", "../smtp", ""):
        with pytest.raises(ToolFailed):
            resolve(name)


def test_arguments_may_name_only_the_secrets_that_their_tool_was_granted() -> None:
    """Otherwise whoever proposes a call could have any secret sent to any tool that takes an object."""
    granted = within(("smtp",), lambda name: f"the value of {name}")
    assert resolved({"password": {"$secret": "smtp"}}, granted, []) == {"password": "the value of smtp"}
    with pytest.raises(ToolFailed, match="not granted the secret 'pay-key'"):
        resolved({"note": [{"$secret": "pay-key"}]}, granted, [])
