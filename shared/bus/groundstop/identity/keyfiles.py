"""Key files of signatures: a private key for who signs, the root's public key for who verifies."""

import base64
from pathlib import Path

from groundstop.errors import GroundstopError
from groundstop.identity.signatures import Keyring, Signer, signer_of
from groundstop.settings import Settings

ROOT_BYTES = 32


def read_signer(path: Path) -> Signer:
    """The key to sign with. Raises GroundstopError naming the file."""
    try:
        return signer_of(path.read_text(encoding="ascii"))
    except (OSError, ValueError, TypeError) as error:
        raise GroundstopError(f"{path} holds no signing key: {error}") from error


def signer_from(settings: Settings) -> Signer | None:
    """What the settings let us sign with; None for a deployment without signatures."""
    return None if settings.signing_key_file is None else read_signer(settings.signing_key_file)


def signer_of_service(settings: Settings, service: str) -> Signer | None:
    """What a service signs with; None for a deployment without signatures.

    Raises GroundstopError where signatures are asked for and this service was given no key: nobody would believe it.
    """
    if settings.signing_key_file is None and settings.trust_root is not None:
        raise GroundstopError(
            f"{service} has no key to sign with (GROUNDSTOP_SIGNING_KEY_FILE), and what it says is believed by its "
            "signature alone (GROUNDSTOP_TRUST_ROOT): groundstop keys init --dir KEYS makes keys that are missing"
        )
    return signer_from(settings)


def ring_from(settings: Settings) -> Keyring | None:
    """An empty keyring that trusts the settings' root; None for a deployment without signatures."""
    if settings.trust_root is None:
        return None
    try:
        return ring_of_root(settings.trust_root.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise GroundstopError(f"{settings.trust_root} holds no root's key: {error}") from error


def ring_of_root(text: str) -> Keyring:
    """An empty keyring that trusts the root whose public key this is, in base64. Raises ValueError."""
    root = base64.b64decode(text.strip(), validate=True)
    if len(root) != ROOT_BYTES:
        raise ValueError(f"{len(root)} bytes, expected {ROOT_BYTES}")
    return Keyring(root)
