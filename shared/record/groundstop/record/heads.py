"""Signed heads: who held the key says that the chain of a stream had this hash at this sequence.

What is signed: ``groundstop-head-v1``, NUL, the stream's name, NUL, then the sequence and the time in microseconds
since 1970 as big-endian 64-bit numbers, one byte of hash version, and the 32 bytes of the hash. Ed25519 (RFC 8032).
"""

import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from groundstop.record.chain import ChainTip

_NUMBERS = struct.Struct(">QqB")


@dataclass(frozen=True, slots=True)
class Head:
    """One signed head. ``signed_us`` is in microseconds since 1970; keys and signatures are raw bytes."""

    stream: str
    seq: int
    hash: bytes
    hash_version: int
    signed_us: int
    public_key: bytes
    signature: bytes = b""

    @property
    def message(self) -> bytes:
        """The bytes under the signature."""
        numbers = _NUMBERS.pack(self.seq, self.signed_us, self.hash_version)
        return b"groundstop-head-v1\0" + self.stream.encode() + b"\0" + numbers + self.hash


def sign(key: Ed25519PrivateKey, stream: str, tip: ChainTip, hash_version: int, signed_us: int) -> Head:
    """The head at ``tip``, signed."""
    public = key.public_key().public_bytes_raw()
    bare = Head(stream, tip.seq, tip.hash, hash_version, signed_us, public)
    return Head(stream, tip.seq, tip.hash, hash_version, signed_us, public, key.sign(bare.message))


def genuine(head: Head, public_key: bytes | None = None) -> bool:
    """True when the signature holds, by ``public_key`` where one is given, else by the key that the head names.

    Without a key from elsewhere this shows only that the head is whole, not who signed it.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key or head.public_key).verify(head.signature, head.message)
    except (InvalidSignature, ValueError):
        return False
    return public_key is None or public_key == head.public_key


def as_record(head: Head) -> dict[str, str | int]:
    """For JSON: bytes in hex."""
    return {
        "stream": head.stream,
        "seq": head.seq,
        "hash": head.hash.hex(),
        "hash_version": head.hash_version,
        "signed_us": head.signed_us,
        "public_key": head.public_key.hex(),
        "signature": head.signature.hex(),
    }


def from_record(record: dict[str, str | int]) -> Head:
    """The head in a JSON object. Raises KeyError, ValueError when it holds none."""
    return Head(
        stream=str(record["stream"]),
        seq=int(record["seq"]),
        hash=bytes.fromhex(str(record["hash"])),
        hash_version=int(record["hash_version"]),
        signed_us=int(record["signed_us"]),
        public_key=bytes.fromhex(str(record["public_key"])),
        signature=bytes.fromhex(str(record["signature"])),
    )
