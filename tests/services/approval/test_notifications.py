"""Real receivers, mail and HTTP: each is told of each event once, whatever happens in between."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.controller import Controller
from approval_support import Service, case_of, hold, stored
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.client import Client
from groundstop.events import CaseDecided, NotificationSent, Outcome
from groundstop.log import Log
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from groundstop_embedded.plan import free_port

SECRET = b"a key that only two know"


class Mailbox:
    """An SMTP server that refuses its first ``refusals`` mails."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refusals = 0
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.refusals > 0:
            self.refusals -= 1
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content))
        return "250 taken"

    @property
    def url(self) -> str:
        port = self.controller.port
        return f"mailto://127.0.0.1:{port}/?from=groundstop@acme.com&to=ops@acme.com&mode=insecure&smtp=127.0.0.1"


class Hook:
    """A webhook receiver that answers its first ``refusals`` posts with 503."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.refusals = 0
        self.port = free_port()

    async def take(self, request: web.Request) -> web.Response:
        if self.refusals > 0:
            self.refusals -= 1
            return web.Response(status=503)
        self.posts.append((dict(request.headers), await request.read()))
        return web.Response()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
def mailbox() -> Any:
    box = Mailbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    receiver = Hook()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", receiver.port).start()
    yield receiver
    await runner.cleanup()


def directory(mailbox: Mailbox, hook: Hook, folder: Path) -> str:
    (folder / "hook.key").write_bytes(SECRET)
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    (folder / "hook.ed25519").write_bytes(base64.b64encode(key.private_bytes_raw()))
    return f"""
people:
  alice: {{groups: [oncall]}}
  mia: {{roles: [viewer], notify: ["{mailbox.url.replace("ops@", "mia@")}"]}}
notifications:
  link: "https://console.test/cases/{{case}}"
  targets:
    ops: {{url: "{mailbox.url}"}}
    hook: {{webhook: "{hook.url}", secret_file: "{folder}/hook.key", ed25519_file: "{folder}/hook.ed25519"}}
  rules:
    - {{events: [case.opened, case.decided], to: [ops, hook]}}
    - {{events: [control.halt, control.resume], to: [affected]}}
    - {{events: [outcome.failed], to: [hook]}}
"""


def subjects_of(mailbox: Mailbox) -> list[str]:
    return sorted(str(mail["Subject"]) for mail in mailbox.mails)


async def sent(log: Log, count: int) -> list[NotificationSent]:
    async def all_there() -> list[Any] | None:
        found = await log.newest(["gs.notification.sent.*"])
        return found if len(found) >= count else None

    found = await eventually(all_there, f"{count} notifications", within_s=60)
    return [NotificationSent.model_validate_json(one.payload) for one in found]


async def test_mail_and_webhook_are_told_once_of_each_event(
    log: Log, service: Service, desk_of, mailbox: Mailbox, hook: Hook
) -> None:
    service.people(directory(mailbox, hook, service.folder))
    await service.up()
    alice = await desk_of("alice")
    case = await case_of(alice, await hold(log, arguments={"to": "a@acme.com", "body": "private words"}))
    await alice.approve(case)
    facts = await sent(log, 4)
    assert sorted((fact.event, fact.target, fact.ok) for fact in facts) == [
        ("case.decided", "hook", True),
        ("case.decided", "ops", True),
        ("case.opened", "hook", True),
        ("case.opened", "ops", True),
    ]
    assert subjects_of(mailbox) == ["[risky] May helper run email.send?", "approved: email.send of helper"]
    assert all(f"https://console.test/cases/{case}" in str(mail) for mail in mailbox.mails)
    assert all("private words" not in str(mail) for mail in mailbox.mails)
    headers, body = hook.posts[0]
    signed = headers["Groundstop-Timestamp"].encode() + b"." + body
    assert headers["Groundstop-Signature"] == "v1=" + hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
    public = Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key()
    public.verify(base64.b64decode(headers["Groundstop-Signature-Ed25519"]), signed)
    assert json.loads(body)["about"] == case


async def test_failing_receivers_and_restarts_change_nothing_about_once(
    log: Log, service: Service, desk_of, mailbox: Mailbox, hook: Hook
) -> None:
    """Both receivers fail at first, the service is stopped and started in between; nobody waits for them."""
    service.people(directory(mailbox, hook, service.folder))
    mailbox.refusals, hook.refusals = 4, 5
    await service.up()
    alice = await desk_of("alice")
    cases = []
    for _ in range(4):
        cases.append(await case_of(alice, await hold(log)))
    await service.stop()
    await service.up()
    for case in cases[:2]:
        await alice.approve(case)
    await service.stop()
    await service.up()
    facts = await sent(log, 12)
    assert all(fact.ok for fact in facts) and max(fact.tries for fact in facts) > 1
    mails = [mail["X-Groundstop-Notification"] for mail in mailbox.mails]
    posts = [headers["Groundstop-Notification"] for headers, _ in hook.posts]
    assert len(mails) == len(set(mails)) == 6
    assert len(posts) == len(set(posts)) == 6


async def test_a_killed_notifier_may_repeat_a_message_but_only_under_its_key(
    log: Log, service: Service, desk_of, mailbox: Mailbox, hook: Hook
) -> None:
    service.people(directory(mailbox, hook, service.folder))
    await service.up()
    alice = await desk_of("alice")
    for _ in range(2):
        held = [await hold(log) for _ in range(5)]
        service.kill()
        await service.up()
        await asyncio.gather(*(case_of(alice, one) for one in held))
    facts = await sent(log, 20)
    keys = {fact.key for fact in facts}
    assert {mail["X-Groundstop-Notification"] for mail in mailbox.mails} <= keys
    assert {headers["Groundstop-Notification"] for headers, _ in hook.posts} <= keys
    assert len({h["Groundstop-Notification"] for h, _ in hook.posts}) == 10


async def test_a_dead_receiver_holds_nothing_up_and_is_recorded(
    log: Log, service: Service, desk_of, mailbox: Mailbox, hook: Hook
) -> None:
    text = directory(mailbox, hook, service.folder).replace(hook.url, "http://127.0.0.1:9/gone")
    service.people(text.replace("notifications:", "notifications:\n  tries_max: 2", 1))
    await service.up()
    alice = await desk_of("alice")
    held = await hold(log)
    assert (await alice.approve(await case_of(alice, held)))["won"]
    await stored(log, CaseDecided, f"gs.case.decided.*.*.{held.intent}.*.*")
    facts = await sent(log, 4)
    assert {(fact.target, fact.ok) for fact in facts} == {("ops", True), ("hook", False)}
    assert all("127.0.0.1:9" not in fact.channel for fact in facts)


async def test_a_failure_is_told_once_with_what_can_be_done_now(
    log: Log, service: Service, desk_of, mailbox: Mailbox, hook: Hook
) -> None:
    """In words, and again only once when the receiver fails and the service is restarted meanwhile."""
    service.people(directory(mailbox, hook, service.folder))
    hook.refusals = 2
    await service.up()
    held = await hold(log)
    down = {"reason_code": "attempts_exhausted", "reason": "the mail server is down", "tool": "email.send"}
    await log.publish_once(Outcome.caused_by(held, held.at, "executor-1", status=Status.FAILED, **down))
    await service.stop()
    await service.up()

    async def told() -> list[dict[str, Any]]:
        bodies = [json.loads(body) for _, body in hook.posts]
        return [body for body in bodies if body["event"] == "outcome.failed"]

    (post,) = await eventually(told, "the hook is told of the failure", within_s=60)
    assert "the mail server is down" in post["body"]
    assert "try again in a few minutes, do it manually, or drop it" in post["body"]


async def test_users_of_halted_tasks_are_told_of_halt_and_resume(
    log: Log, service: Service, desk_of, mailbox: Mailbox, hook: Hook
) -> None:
    service.people(directory(mailbox, hook, service.folder))
    await service.up()
    boss: Client = await desk_of("boss")
    await hold(log, user="mia", task="trip")
    report = await boss.halt("agent=helper", "it misbehaves", wait_s=0.1)
    await boss.resume(report.control, "fixed")
    await boss.halt("agent=somebody-else", "not hers", wait_s=0.1)

    async def told() -> bool:
        return len([mail for mail in mailbox.mails if "mia@acme.com" in mail["To"]]) == 2

    await eventually(told, "mia is told twice", within_s=60)
    titles = [title for title in subjects_of(mailbox) if "agent=" in title]
    assert titles == ["Halted: agent=helper", "Resumed: agent=helper"]
    assert any("Tasks: trip" in str(mail) for mail in mailbox.mails)
