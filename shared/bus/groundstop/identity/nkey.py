"""The keys inside nkeys, and boxes that only the owner of an nkey can open (libsodium's sealed boxes). Pure.

An nkey is an Ed25519 key in base32 with a prefix and a checksum; the same key, converted, is a Curve25519 one.
"""

import base64
import binascii

import nkeys
from groundstop.errors import GroundstopError
from nacl.bindings import (
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_sign_ed25519_pk_to_curve25519,
    crypto_sign_ed25519_sk_to_curve25519,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import CryptoError

_PUBLIC_CHARS = 56
_RAW_BYTES = 32


class BadBox(GroundstopError):
    """A sealed box that is not for this key, or was changed on its way."""


def public_bytes(public: str) -> bytes:
    """The 32 bytes in a user's public nkey. Raises ValueError."""
    raw = base64.b32decode(public) if len(public) == _PUBLIC_CHARS else b""
    if len(raw) != _RAW_BYTES + 3 or raw[0] != nkeys.PREFIX_BYTE_USER:
        raise ValueError(f"{public[:60]!r} is no public nkey of a user")
    if int.from_bytes(raw[-2:], "little") != nkeys.crc16(raw[:-2]):
        raise ValueError(f"{public[:60]!r} has a wrong checksum")
    return raw[1:-2]


def secret_bytes(seed: str) -> bytes:
    """Seed and public key in an nkey's seed, as libsodium wants them to sign."""
    _, raw = nkeys.decode_seed(seed.encode())
    return bytes(crypto_sign_seed_keypair(bytes(raw))[1])


def seal(text: bytes, public: str) -> str:
    """``text`` for the owner of a public nkey alone, in base64. Raises ValueError for what is no nkey."""
    return base64.b64encode(crypto_box_seal(text, crypto_sign_ed25519_pk_to_curve25519(public_bytes(public)))).decode()


def unseal(box: str, seed: str) -> bytes:
    """What was sealed for the nkey of this seed. Raises BadBox."""
    both = secret_bytes(seed)
    secret, public = crypto_sign_ed25519_sk_to_curve25519(both), crypto_sign_ed25519_pk_to_curve25519(both[32:])
    try:
        return bytes(crypto_box_seal_open(base64.b64decode(box, validate=True), public, secret))
    except (CryptoError, ValueError, TypeError, binascii.Error) as error:
        raise BadBox("what is sealed here is not for this key") from error
