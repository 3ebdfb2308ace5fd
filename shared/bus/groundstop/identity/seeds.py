"""Seed files: the private half of an identity on the bus. A comment says whose it is, another one the public key of the
deployment's root (older files have none), the last line is the nkey seed.

The public half is what the server knows; inboxes are named after it, so that nobody can listen to another's answers.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import nkeys
from groundstop.callers import ANY_TENANT
from groundstop.errors import GroundstopError
from nacl.signing import SigningKey as Ed25519

_HEAD = "# groundstop identity "
_ROOT = "# groundstop root "
INBOX_CHARS = 20
"""Of the public key: 100 bits, more than anybody can collide with on purpose."""


class BadSeed(GroundstopError):
    """A seed file that cannot be read, or holds no user's seed; says which."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One connection's right to be somebody.

    ``name``, ``role`` and ``tenant`` say in whose name to ask; whether that is true the server tells by the key.
    """

    name: str
    role: str
    seed: str
    public: str
    tenant: str = ANY_TENANT
    root: str = ""
    """The root that vouches for signing keys, base64; empty when the file does not say."""

    @property
    def inbox(self) -> str:
        """The prefix of this identity's inboxes, which nobody else may subscribe to."""
        return inbox_of(self.public)


def inbox_of(public: str) -> str:
    """The inbox prefix that belongs to a public nkey."""
    return f"_INBOX.{public[1 : 1 + INBOX_CHARS]}"


def new_identity(name: str, role: str, tenant: str = ANY_TENANT, root: str = "") -> Identity:
    """A fresh key pair of a deployment whose root is ``root``."""
    seed = nkeys.encode_seed(bytes(Ed25519.generate()), nkeys.PREFIX_BYTE_USER).decode()
    return Identity(name, role, seed, _public(seed), tenant, root)


def identity_from(seed: str) -> Identity:
    """Whoever has this seed. Raises BadSeed."""
    try:
        return Identity("unknown", "unknown", seed.strip(), _public(seed.strip()))
    except (nkeys.NkeysError, ValueError) as error:
        raise BadSeed(f"this is no seed: {error or type(error).__name__}") from error


def _public(seed: str) -> str:
    public: bytes = nkeys.from_seed(bytearray(seed.encode())).public_key
    return public.decode()


def read_seed(path: Path) -> Identity:
    """The identity in a seed file. Raises BadSeed."""
    try:
        lines = path.read_text(encoding="ascii").split("\n")
        seed = next(line.strip() for line in reversed(lines) if line.strip())
        public = _public(seed)
    except (OSError, UnicodeDecodeError, StopIteration, nkeys.NkeysError, ValueError) as error:
        raise BadSeed(f"{path} holds no identity: {error or type(error).__name__}") from error
    if not seed.startswith("SU"):
        raise BadSeed(f"{path} holds no seed of a user")
    head = next((line.removeprefix(_HEAD).split() for line in lines if line.startswith(_HEAD)), [])
    name, role, tenant = [*head, ANY_TENANT][:3] if len(head) in (2, 3) else (path.stem, "unknown", ANY_TENANT)
    root = next((line.removeprefix(_ROOT).strip() for line in lines if line.startswith(_ROOT)), "")
    return Identity(name, role, seed, public, tenant, root)


def write_seed(path: Path, identity: Identity) -> None:
    """Leave the seed where only this user can read it."""
    root = f"{_ROOT}{identity.root}\n" if identity.root else ""
    write_private(path, f"{_HEAD}{identity.name} {identity.role} {identity.tenant}\n{root}{identity.seed}\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else could ever read, whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    beside.replace(path)
