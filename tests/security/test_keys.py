"""Issuing, revoking and rotating identities: what the server and the verifiers make of it, while they run."""

import asyncio
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nats.errors
import pytest
from groundstop import natspy
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, NotAllowed, PermissionDenied
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import read_signer, signer_of_service
from groundstop.identity.seeds import BadSeed, read_seed
from groundstop.identity.signatures import BadSignature, Keyring, new_signer
from groundstop.log import Log
from groundstop.log.denials import request, subscribe
from groundstop.permissions.folder import KeyFolder, KeysProblem
from groundstop.permissions.publishing import publish_keys
from groundstop.permissions.roles import SERVICES
from groundstop.settings import Settings
from groundstop.testing import a_clearance, a_submission
from groundstop_embedded.testing import Bus, secured_bus
from nats.aio.client import Client as Connection

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WITHIN_S = 60.0
HELPER = {"tenant": "acme", "agent": "helper"}


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Bus]:
    async with secured_bus(tmp_path / "bus") as bus:
        yield bus


async def _connected(bus: Bus, name: str, gone: asyncio.Event | None = None) -> Connection:
    """As ``name``; tried again for the moment that the server takes to read its users."""

    async def lost() -> None:
        if gone is not None:
            gone.set()

    deadline = Clock().monotonic() + WITHIN_S
    while True:
        try:
            nc = await natspy.connect(
                **connection_options(bus.settings_as(name)), allow_reconnect=False, error_cb=_quiet, closed_cb=lost
            )
            await nc.flush()  # who came in while the server read its users is put out again by what it has read
            return nc
        except (nats.errors.Error, OSError):
            assert Clock().monotonic() < deadline, f"{name} does not get in"
            await Clock().sleep(0.05)
            if gone is not None:
                gone.clear()


async def _quiet(_: Exception) -> None:
    """Refusals are what is asked for."""


async def test_a_revoked_identity_is_cut_off_while_it_is_connected(secured: Bus) -> None:
    """And nobody else is: the operator's connection does not even notice."""
    keys, gone, others = secured.keys, asyncio.Event(), asyncio.Event()
    assert keys is not None
    keys.issue("helper", "agent", HELPER, Clock()())
    secured.reload()
    thief, owner = await _connected(secured, "helper", gone), await _connected(secured, "owner", others)
    settings = secured.settings_as("helper")
    await thief.flush()
    stolen = keys.seed_file("helper").read_text()
    keys.revoke("helper", Clock()())
    secured.reload()
    await asyncio.wait_for(gone.wait(), WITHIN_S)
    await owner.flush()
    assert not others.is_set()
    keys.seed_file("helper").write_text(stolen)  # the thief has a copy
    with pytest.raises(NotAllowed):
        async with Client.open(tenant="acme", agent="helper", settings=settings):
            pass
    await owner.close()


async def test_a_rotated_identity_comes_back_with_its_new_seed(secured: Bus) -> None:
    keys, gone = secured.keys, asyncio.Event()
    assert keys is not None
    await _connected(secured, "audit", gone)
    old = read_seed(keys.seed_file("audit"))
    keys.rotate("audit", Clock()())
    secured.reload()
    await asyncio.wait_for(gone.wait(), WITHIN_S)
    again = await _connected(secured, "audit")
    assert read_seed(keys.seed_file("audit")).public != old.public
    await again.close()


async def test_what_the_server_forbids_is_an_error_where_it_is_tried(secured: Bus) -> None:
    """A publish to the log, a request, a subscription, the client's own: each names the subject, none waits."""
    assert secured.keys is not None
    secured.keys.issue("helper", "agent", HELPER, Clock()())
    secured.reload()
    nc = await _connected(secured, "helper")
    log = Log(nc, Clock())
    await log.start()
    async with asyncio.timeout(60):
        with pytest.raises(PermissionDenied, match=r"gs\.intent\.submitted\.rival"):
            await log.publish_once(a_submission(tenant="rival"))
        with pytest.raises(PermissionDenied, match=r"msg\.get"):
            await log.last("gs.outcome.>")
        with pytest.raises(PermissionDenied, match=r"direct\.get"):
            await log.newest(["gs.outcome.>"])
        with pytest.raises(PermissionDenied, match=r"gs\.cmd\.alice"):
            await request(nc, "gs.cmd.alice.case.decide", b"{}", timeout_s=4)
        with pytest.raises(PermissionDenied, match=r"gs\.>"):
            await subscribe(nc, "gs.>")
        with pytest.raises(PermissionDenied):
            async with Client.open(tenant="rival", agent="helper", settings=secured.settings_as("helper")):
                pass
    await log.stop()
    await nc.close()


async def test_the_list_of_keys_is_published_once_and_anew_after_a_change(secured: Bus) -> None:
    keys = secured.keys
    assert keys is not None
    nc = await _connected(secured, "bootstrap")
    log = Log(nc, Clock())
    await log.start()
    assert await publish_keys(log, keys.listed(Clock()()))
    assert not await publish_keys(log, keys.listed(Clock()()))
    keys.rotate("rate-limiter", Clock()())
    assert await publish_keys(log, keys.listed(Clock()()))
    await log.stop()
    await nc.close()


# the folder and the keyring, without a server


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    keys = KeyFolder(tmp_path / "keys")
    keys.init(NOON)
    return keys


def _ring(folder: KeyFolder) -> Keyring:
    import base64

    ring = Keyring(base64.b64decode((folder.path / "root.pub").read_text()))
    assert ring.take(folder.listed(NOON))
    return ring


def test_nobody_else_can_read_what_is_private(folder: KeyFolder) -> None:
    for path in folder.path.iterdir():
        if path.suffix in (".nk", ".sign"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_making_a_folder_again_changes_nothing(folder: KeyFolder) -> None:
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    folder.init(NOON + timedelta(days=1))
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before


def test_a_folder_of_an_older_version_gets_the_signing_keys_that_are_missing(folder: KeyFolder) -> None:
    """Its classifier had none. The others keep theirs, the list is a newer one, and again changes nothing."""
    register, limiter = folder.register(), (folder.path / "rate-limiter.sign").read_bytes()
    older = tuple(key for key in register.signers if key.role != "classifier")
    (folder.path / "register.json").write_text(register.model_copy(update={"signers": older}).model_dump_json())
    (folder.path / "classifier.sign").unlink()
    folder.init(NOON)
    assert {key.role for key in folder.register().signers} == {key.role for key in register.signers}
    assert folder.register().number > register.number
    assert (folder.path / "rate-limiter.sign").read_bytes() == limiter
    assert _ring(folder).knows(read_signer(folder.path / "classifier.sign").key)
    number = folder.register().number
    folder.init(NOON)
    assert folder.register().number == number


def test_a_service_that_signs_and_was_given_no_key_says_so(folder: KeyFolder) -> None:
    """It would otherwise say what nobody believes. Where nothing is signed it needs none."""
    with pytest.raises(GroundstopError, match="GROUNDSTOP_SIGNING_KEY_FILE"):
        signer_of_service(Settings(trust_root=folder.path / "root.pub"), "classifier")
    assert signer_of_service(Settings(), "classifier") is None


@pytest.mark.parametrize(
    ("name", "role", "values"),
    [
        ("a.b", "agent", HELPER),
        (">", "agent", HELPER),
        ("x", "king", {}),
        ("x", "agent", {"tenant": "acme"}),
        ("x", "agent", {"tenant": "a.b", "agent": "c"}),
        ("x", "agent", {"tenant": "acme", "agent": ">"}),
        ("x", "worker", {"tool": ">"}),
        ("x", "worker", {"tool": "a.*"}),
        ("owner", "analyst", {}),
    ],
)
def test_what_would_widen_a_permission_is_not_issued(
    folder: KeyFolder, name: str, role: str, values: dict[str, str]
) -> None:
    """Names are subject tokens, values too, and a name is given once."""
    from groundstop.errors import BadInput

    with pytest.raises((KeysProblem, BadInput)):
        folder.issue(name, role, values, NOON)
    assert len(folder.register().issued) == len(SERVICES)


def test_a_rotated_key_counts_a_little_longer_a_revoked_one_not(folder: KeyFolder) -> None:
    """What was on its way while the key changed is not lost; a thief gets no such grace."""
    old = read_signer(folder.path / "rate-limiter.sign").sign(a_clearance(NOON))
    folder.rotate("rate-limiter", NOON)
    ring = _ring(folder)
    assert ring.check(old, NOON + timedelta(seconds=30)).name == "rate-limiter"
    with pytest.raises(BadSignature, match="ended"):
        ring.check(old, NOON + timedelta(minutes=2))
    fresh = read_signer(folder.path / "rate-limiter.sign").sign(a_clearance(NOON))
    folder.revoke("rate-limiter", NOON + timedelta(hours=1))
    ring = _ring(folder)
    assert ring.check(fresh, NOON), "history goes on to hold"
    with pytest.raises(BadSignature, match="ended"):
        ring.check(fresh, NOON + timedelta(hours=1, microseconds=1))


def test_a_list_of_keys_counts_only_from_the_root_and_only_forward(folder: KeyFolder) -> None:
    """Whoever can publish lists can neither add a signer nor bring back one that was revoked."""
    older = folder.listed(NOON)
    folder.revoke("approval", NOON)
    ring = _ring(folder)
    assert not ring.take(older)
    forged = new_signer().sign(older.model_copy(update={"number": older.number + 10}))
    assert not ring.take(forged)
    assert not ring.take(older.model_copy(update={"number": older.number + 10}))


@pytest.mark.parametrize("text", ["", "not a seed", "# groundstop identity x agent\n", "SUAINVALID", "\x00\xff"])
def test_a_file_without_a_seed_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.nk"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(BadSeed, match=r"x\.nk"):
        read_seed(path)
