"""One signature for many statements: a hash tree whose root is signed, and for each statement its way to the root.

An Ed25519 signature and its verification cost as much as all else that the services do about a clearance; a hash costs
a fiftieth. Leaves and nodes are hashed with different prefixes (RFC 6962, section 2.1), so that none passes for the
other; the two halves of a node are hashed in their own order, so that a way up needs no directions. Pure.
"""

from collections.abc import Sequence
from hashlib import sha256

BATCH_MAX = 32
"""Five hashes on the way up: 220 characters in a fact."""
HASH_BYTES = 32


def leaf(statement: bytes) -> bytes:
    """The hash of one statement."""
    return sha256(b"\x00" + statement).digest()


def _node(one: bytes, other: bytes) -> bytes:
    return sha256(b"\x01" + (one + other if one < other else other + one)).digest()


def ways(leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """The root over ``leaves`` and for each of them the hashes that lead there."""
    found: list[list[bytes]] = [[] for _ in leaves]
    level: list[tuple[bytes, tuple[int, ...]]] = [(value, (at,)) for at, value in enumerate(leaves)]
    while len(level) > 1:
        above: list[tuple[bytes, tuple[int, ...]]] = []
        for at in range(0, len(level) - 1, 2):
            (left, under_left), (right, under_right) = level[at], level[at + 1]
            for below in under_left:
                found[below].append(right)
            for below in under_right:
                found[below].append(left)
            above.append((_node(left, right), under_left + under_right))
        level = above + level[len(level) & ~1 :]
    return level[0][0], found


def root_of(value: bytes, way: bytes) -> bytes:
    """Where the way up from one leaf ends."""
    for at in range(0, len(way), HASH_BYTES):
        value = _node(value, way[at : at + HASH_BYTES])
    return value
