"""What a lane holds, held against what was before it: by who followed it, who looks late, and who starts."""

import base64
from datetime import timedelta

from groundstop.clock import Clock
from groundstop.controls import with_halt
from groundstop.events import Control, Halt, KeysPublished, SignerKey
from groundstop.identity.signatures import Keyring, new_signer
from groundstop.log import Log
from groundstop.log.control_store import ControlStore
from groundstop.log.lanes import read_controls, write
from groundstop.log.verified_controls import SIGNED_BACK, Believed
from groundstop.testing import NOON

ROOT, OTTO = new_signer(), new_signer()
PUBLIC = base64.b64decode(ROOT.public)


async def _listed(log: Log) -> None:
    keys = (SignerKey(key=OTTO.key, name="otto", role="operator", public=OTTO.public),)
    listed = ROOT.sign(KeysPublished(id="keys", at=NOON, actor="owner", number=1, keys=keys))
    await log.publish_checked(listed, {})


async def _pressed(log: Log, name: str) -> Control:
    """Otto halts something, at a desk."""
    halt = Halt(control=name, scope=f"tool={name}", reason="r", by="otto", at=NOON)

    def change(halts: tuple[Halt, ...], seq: int) -> Control:
        return Control(
            id=name, at=NOON, actor="otto", control=name, action="halt", scope=halt.scope, reason="r", by="otto",
            halts=with_halt(halts, halt), replaces=seq,
        )  # fmt: skip

    written, _ = await ControlStore(log.nc, Clock(), Keyring(PUBLIC)).change(change, OTTO.sign)
    return written


async def test_who_looks_late_is_not_deceived_by_an_old_table_that_was_put_there_again(log: Log) -> None:
    """It follows on what was known, but not on what came between."""
    await _listed(log)
    late, starting = Believed(log.nc, Keyring(PUBLIC)), Believed(log.nc, Keyring(PUBLIC))
    await late.look()
    first = await _pressed(log, "one")
    await _pressed(log, "two")
    assert await write(log.nc, first, await read_controls(log.nc)) is not None
    for one in (late, starting):
        standing = await one.look()
        assert standing.why and [halt.control for halt in standing.table.halts] == ["one", "two"]


async def test_who_starts_looks_back_as_far_as_it_says(log: Log) -> None:
    await _listed(log)
    names = [f"h{number}" for number in range(SIGNED_BACK + 4)]
    for name in names:
        await _pressed(log, name)
    standing = await Believed(log.nc, Keyring(PUBLIC)).look()
    assert not standing.why and [halt.control for halt in standing.table.halts] == names


async def test_what_was_in_force_before_an_upgrade_stays_in_force(log: Log) -> None:
    """A table of the kind that names no other one, signed: nobody has to do anything."""
    await _listed(log)
    halt = Halt(control="old", scope="all", reason="r", by="otto", at=NOON)
    old = Control(
        id="old", at=NOON, actor="otto", control="old", action="halt", scope="all", reason="r", by="otto", halts=(halt,)
    )
    assert await write(log.nc, OTTO.sign(old), await read_controls(log.nc)) is not None
    standing = await Believed(log.nc, Keyring(PUBLIC)).look()
    assert not standing.why and standing.table.halts == (halt,)
    await _pressed(log, "new")
    standing = await Believed(log.nc, Keyring(PUBLIC)).look()
    assert not standing.why and [halt.control for halt in standing.table.halts] == ["old", "new"]


async def test_a_key_that_was_issued_a_moment_ago_is_believed_when_it_is_listed(log: Log) -> None:
    believed = Believed(log.nc, Keyring(PUBLIC))
    await believed.look()
    halt = Halt(control="h", scope="all", reason="r", by="otto", at=NOON)
    control = Control(
        id="h", at=NOON + timedelta(seconds=1), actor="otto", control="h", action="halt", scope="all", reason="r",
        by="otto", halts=(halt,), replaces=0,
    )  # fmt: skip
    assert await write(log.nc, OTTO.sign(control), await read_controls(log.nc)) is not None
    assert (await believed.look()).why and believed.doubts
    await _listed(log)
    assert not (await believed.look()).why
