"""Proof that an archive holds what is to leave the record: hashes over rows that are named only when it is asked for.

Whoever asks for the removal of rows is given a nonce. It chooses SAMPLES of the sequences, and the answer is SHA-256
over the nonce and the payloads of those rows: nobody has it who has no such rows at hand. Pure.
"""

from collections.abc import Iterable
from hashlib import sha256

SAMPLES = 64


def sampled(nonce: str, upto: int) -> list[int]:
    """The sequences, from 1 to ``upto``, that ``nonce`` chooses; in order, without repeats, at most SAMPLES."""
    drawn = (int.from_bytes(sha256(f"{nonce}:{number}".encode()).digest()[:8], "big") for number in range(SAMPLES))
    return sorted({1 + number % upto for number in drawn})


def proof(nonce: str, rows: Iterable[tuple[int, bytes]]) -> str:
    """What proves that the rows (sequence and payload, in order) are at hand, in hexadecimal digits."""
    found = sha256(nonce.encode())
    for seq, payload in rows:
        found.update(seq.to_bytes(8, "big") + sha256(payload).digest())
    return found.hexdigest()
