"""The secured profile on a real server: TLS, client certificates, and the WebSocket listener for browsers."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import pytest
from groundstop.identity.connecting import connection_options, tls_context
from groundstop.log.denials import denials_of, settled
from groundstop.permissions.folder import KeyFolder
from groundstop.settings import Settings
from groundstop.testing import eventually
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import free_port, nats_binary

from tests.security.certificates import Authority, now

PROFILE = Path(__file__).parents[2] / "infra" / "nats" / "secured.conf"
ORIGIN = "https://console.example"


@dataclass
class Secured:
    """The server, who may connect, and the authority of its certificates."""

    port: int
    web_port: int
    keys: KeyFolder
    authority: Authority

    def settings(self, name: str, *, certificate: bool = True, ca: Path | None = None) -> Settings:
        """Settings of one identity, with a certificate or without."""
        cert, key = self.authority.issue(name) if certificate else (None, None)
        return Settings(
            nats_url=f"tls://127.0.0.1:{self.port}",
            nats_seed_file=self.keys.seed_file(name),
            nats_ca=ca or self.authority.file,
            nats_cert=cert,
            nats_key=key,
        )


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    """The profile as it is in the tree, beside a fresh list of users."""
    keys, authority = KeyFolder(tmp_path / "keys"), Authority(tmp_path, now())
    keys.init(now(), ("approval", "owner"))
    keys.issue("alice", "browser", {}, now())
    (tmp_path / "secured.conf").write_text(PROFILE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "users.conf").write_text(keys.users_conf.read_text(encoding="utf-8"), encoding="utf-8")
    cert, key = authority.issue("server")
    found = Secured(free_port(), free_port(), keys, authority)
    env = {
        "NATS_NAME": "one", "NATS_CLIENTS": f'"127.0.0.1:{found.port}"', "NATS_STORE": f'"{tmp_path / "store"}"',
        "NATS_WEBSOCKET": f'"127.0.0.1:{found.web_port}"', "NATS_MONITOR": f'"127.0.0.1:{free_port()}"',
        "NATS_CERT": f'"{cert}"', "NATS_KEY": f'"{key}"', "NATS_CA": f'"{authority.file}"',
        "NATS_ORIGIN": f'"{ORIGIN}"',
    }  # fmt: skip
    with (tmp_path / "nats.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it is waited for by connecting
            [nats_binary(), "-c", str(tmp_path / "secured.conf")], env=env, stdout=log, stderr=log,
            preexec_fn=die_with_parent,
        )  # fmt: skip
    try:

        async def answers() -> bool:
            assert process.poll() is None, (tmp_path / "nats.log").read_text()
            return await _gets_in(found.settings("owner"))

        await eventually(answers, "the secured server", 15)
        yield found
    finally:
        process.kill()
        process.wait()


async def _gets_in(settings: Settings, **more: Any) -> bool:
    async def quiet(_: Exception) -> None:
        """Refusals are what is asked for."""

    options = connection_options(settings) | more
    try:
        connecting = nats.connect(**options, allow_reconnect=False, connect_timeout=3, error_cb=quiet)
        nc = await asyncio.wait_for(connecting, 4)  # nats-py 2.16 tries for ever where a WebSocket is refused
    except (nats.errors.Error, OSError, TimeoutError, ssl.SSLError):
        return False
    await nc.close()
    return True


async def test_identity_and_certificate_are_both_asked_for(secured: Secured, tmp_path: Path) -> None:
    """Either alone is not enough, nor is another authority's certificate, nor no encryption."""
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", now())
    cert, key = other.issue("owner")
    owner = secured.settings("owner")
    assert await _gets_in(owner)
    assert not await _gets_in(secured.settings("owner", certificate=False)), "without a certificate"
    assert not await _gets_in(owner.model_copy(update={"nats_cert": cert, "nats_key": key})), "of a stranger"
    assert not await _gets_in(owner.model_copy(update={"nats_seed_file": None})), "without an identity"
    assert not await _gets_in(secured.settings("owner", ca=other.file)), "a server that we do not trust"
    plain = {"nats_ca": None, "nats_cert": None, "nats_key": None, "nats_url": f"nats://127.0.0.1:{secured.port}"}
    assert not await _gets_in(owner.model_copy(update=plain)), "without encryption"


async def test_a_browser_is_let_in_by_websocket_alone_and_only_there(secured: Secured) -> None:
    """With its origin and its own permissions; a service's identity is of no use on that listener."""
    web = {"servers": [f"wss://127.0.0.1:{secured.web_port}"], "ws_connection_headers": {"Origin": [ORIGIN]}}
    alice = secured.settings("alice", certificate=False)
    assert await _gets_in(alice, **web)
    assert not await _gets_in(secured.settings("alice")), "a browser's identity on the services' port"
    assert not await _gets_in(secured.settings("owner", certificate=False), **web), "a service's on the browsers'"
    elsewhere = web | {"ws_connection_headers": {"Origin": ["https://evil.example"]}}
    assert not await _gets_in(alice, **elsewhere), "a page of somebody else"
    nc = await nats.connect(**connection_options(alice) | web, allow_reconnect=False)
    denials = denials_of(nc)
    own, anothers = "gs.cmd.browser.~.alice.case.list", "gs.cmd.browser.~.bob.case.decide"
    for subject in (own, anothers, "gs.control.0", "gs.intent.submitted.a.b.c"):
        await nc.publish(subject, b"{}")
    await settled(nc)
    assert {subject for _, subject in denials.newest} == {
        anothers, "gs.control.0", "gs.intent.submitted.a.b.c",
    }  # fmt: skip
    await nc.close()


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    from groundstop.errors import GroundstopError

    with pytest.raises(GroundstopError, match="certificates"):
        tls_context(Settings(nats_ca=tmp_path / "nothing.pem"))
