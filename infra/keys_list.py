"""Identities of a deployment: drawn where its secrets are kept, and whose signature counts told to its bus.

``python infra/keys_list.py draw SECRETS`` makes the folder of keys SECRETS/keys with an identity for each service, the
key with which the console signs for whom it asks, and the signed list of everybody's keys. What exists is left alone.
``python infra/keys_list.py publish LIST`` puts that list in force, as the identity ``bootstrap``. Again: no change.
The root's private key stays where it was drawn.
"""

import asyncio
import base64
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop import natspy
from groundstop.clock import Clock
from groundstop.events import KeysPublished
from groundstop.identity.connecting import connection_options
from groundstop.log import Log
from groundstop.permissions.folder import KeyFolder
from groundstop.permissions.publishing import publish_keys
from groundstop.settings import Settings

GATEWAY = "gateway"


def draw(secrets: Path) -> None:
    """Everything that containers are given, but for the copies that the script makes of it."""
    keys, now = KeyFolder(secrets / "keys"), Clock()()
    register = keys.init(now)
    if all(issued.name != GATEWAY for issued in register.issued):
        keys.issue(GATEWAY, GATEWAY, {"tenant": "default"}, now)
    face(secrets)
    (secrets / "keys_list").write_text(keys.listed(now).model_dump_json() + "\n", encoding="utf-8")


async def publish(listed: KeysPublished) -> None:
    """Store it, unless the log has it. Raises GroundstopError."""
    nc = await natspy.connect(**connection_options(Settings()), connect_timeout=5)
    log = Log(nc, Clock())
    try:
        await log.start()
        await publish_keys(log, listed)
        await log.stop()
    finally:
        await nc.close()


def face(folder: Path) -> None:
    """face_key for the console, face_pub for approval."""
    if not (folder / "face_key").exists():
        drawn = Ed25519PrivateKey.generate()
        (folder / "face_key").write_bytes(base64.b64encode(drawn.private_bytes_raw()))
        (folder / "face_pub").write_bytes(base64.b64encode(drawn.public_key().public_bytes_raw()))


if __name__ == "__main__":
    verb, path = sys.argv[1], Path(sys.argv[2])
    if verb == "draw":
        draw(path)
    else:
        asyncio.run(publish(KeysPublished.model_validate_json(path.read_text(encoding="utf-8"))))
