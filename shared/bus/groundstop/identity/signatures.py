"""Signatures of what is acted upon, and of the list of keys itself. Ed25519; groundstop.identity.statements says over
what. Pure, but for drawing a new key.
"""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeVar

from groundstop.errors import BadInput
from groundstop.events import Fact, KeysPublished, SignerKey, WorkerKey
from groundstop.identity.merkle import leaf, root_of, ways
from groundstop.identity.statements import EVER, IN_OWN_NAME, SIGNERS, statement
from groundstop.vocabulary import Reason
from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey as Ed25519

F = TypeVar("F", bound=Fact)

_PREFIX = b"groundstop:"
ROOTS_KEPT = 1024
FIRST_OF_ALL = "classifier"
"""Whose key, once it is listed, says that the whole pipeline signs."""


class BadSignature(BadInput):
    """A fact that nobody who may say it has said; the reason code tells in which way."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and its id, which is derived from the public one."""

    key: str
    public: str
    secret: bytes
    """Seed and public key, as libsodium wants them."""

    @property
    def text(self) -> str:
        """The private key as files hold it."""
        return base64.b64encode(self.secret[:32]).decode()

    def sign(self, fact: F) -> F:
        """The fact with our signature in the place of any other."""
        return self.sign_all((fact,))[0]

    def sign_all(self, facts: Sequence[F]) -> list[F]:
        """The facts, at most BATCH_MAX, with one signature over all of them and each one's way up to it."""
        root, found = ways([leaf(statement(fact)) for fact in facts])
        signed = f"{self.key}:{_text(crypto_sign(_PREFIX + root, self.secret)[:64])}"
        return [
            fact.model_copy(update={"signature": f"{signed}:{_text(b''.join(way))}"})
            for fact, way in zip(facts, found, strict=True)
        ]


def new_signer() -> Signer:
    """A fresh key."""
    return signer_of(base64.b64encode(bytes(Ed25519.generate())).decode())


def signer_of(text: str) -> Signer:
    """The signer in the text of a key file. Raises ValueError."""
    secret = base64.b64decode(text.strip(), validate=True)
    public = bytes(Ed25519(secret).verify_key)
    return Signer(key_id(public), base64.b64encode(public).decode(), secret + public)


def key_id(public: bytes) -> str:
    """The id of a public key: the beginning of its SHA-256."""
    return sha256(public).hexdigest()[:16]


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def signed_by(fact: Fact) -> str:
    """The id of the key that a fact says it is signed with; empty without a signature."""
    return str(getattr(fact, "signature", "")).partition(":")[0]


class Verified:
    """Roots whose signature was seen to hold, so that a batch costs one verification."""

    def __init__(self) -> None:
        self._roots: OrderedDict[tuple[bytes, bytes], None] = OrderedDict()

    def holds(self, root: bytes, signature: bytes, public: bytes) -> bool:
        """True when the signature over ``root`` is this key's."""
        if (root, public) in self._roots:
            return True
        try:
            crypto_sign_open(signature + _PREFIX + root, public)
        except (CryptoError, ValueError, TypeError):
            return False
        self._roots[root, public] = None
        if len(self._roots) > ROOTS_KEPT:
            self._roots.popitem(last=False)
        return True


def holds(fact: Fact, public: bytes, verified: Verified | None = None) -> bool:
    """True when the fact's signature was made with this key over what the fact says."""
    try:
        _, value, way = (*str(getattr(fact, "signature", "")).split(":"), "")[:3]
        signature, up = base64.b64decode(value, validate=True), base64.b64decode(way, validate=True)
        root = root_of(leaf(statement(fact)), up)
    except (ValueError, binascii.Error, TypeError):
        return False
    return (verified or Verified()).holds(root, signature, public)


class Keyring:
    """The signing keys that a root vouches for, as of the newest list seen. ``number`` of that list, 0 before any.

    ``since`` is the upgrade: when the log stored the first list that names a key of a classifier. Before that, only
    facts of the kinds in EVER were signed; what was stored earlier, of another kind and without a signature, is
    accepted as it was. None: no list names one yet.
    """

    def __init__(self, root: bytes) -> None:
        self.root = root
        self._keys: dict[str, tuple[SignerKey, bytes]] = {}
        self._workers: tuple[WorkerKey, ...] = ()
        self._verified = Verified()
        self.number = 0
        self.since: datetime | None = None

    def take(self, listed: KeysPublished, at: datetime | None = None) -> bool:
        """Take a list over that was stored ``at``; None: not known, and no fact is older than it.

        False, and no change, for one that is older or that the root has not signed.
        """
        if listed.number <= self.number or not holds(listed, self.root):
            return False
        self._keys = {key.key: (key, base64.b64decode(key.public)) for key in listed.keys}
        self._workers = listed.workers or ()
        self.number = listed.number
        if self.since is None and any(key.role == FIRST_OF_ALL for key in listed.keys):
            self.since = at or datetime.min.replace(tzinfo=UTC)
        return True

    def knows(self, key: str) -> bool:
        """True when the newest list has this key, ended or not."""
        return key in self._keys

    def find(self, key: str) -> tuple[SignerKey, bytes] | None:
        """The key of this id, ended or not, and its 32 bytes."""
        return self._keys.get(key)

    def workers(self, tool: str, at: datetime) -> tuple[WorkerKey, ...]:
        """Who may do the calls of ``tool`` at ``at``."""
        return tuple(w for w in self._workers if w.tool == tool and (w.until is None or at <= w.until))

    def has_workers(self, tool: str) -> bool:
        """True when the calls of ``tool`` are a listed worker's to do, even if every one of them has ended."""
        return any(worker.tool == tool for worker in self._workers)

    def ended(self, name: str, now: datetime) -> bool:
        """True when ``name`` had signing keys, and none of them counts any more."""
        untils = [known.until for known, _ in self._keys.values() if known.name == name]
        return bool(untils) and all(until is not None and until <= now for until in untils)

    def check(self, fact: Fact, at: datetime) -> SignerKey | None:
        """Who signed a fact that was stored at ``at``; None for one that is older than the upgrade (``since``).

        Raises BadSignature with what is wrong with it.
        """
        name = signed_by(fact)
        if not name:
            if fact.kind not in EVER and (self.since is None or at < self.since):
                return None
            raise BadSignature(Reason.UNSIGNED, f"{fact.kind} is not signed")
        known, public = self._keys.get(name, (None, b""))
        if known is None:
            raise BadSignature(Reason.UNKNOWN_SIGNER, f"{fact.kind} is signed with {name[:40]!r}, which nobody has")
        if known.role not in SIGNERS.get(fact.kind, ()):
            raise BadSignature(Reason.WRONG_SIGNER, f"{known.name} ({known.role}) may not say {fact.kind}")
        if fact.kind in IN_OWN_NAME and known.role == "operator" and getattr(fact, "by", "") != known.name:
            raise BadSignature(Reason.WRONG_SIGNER, f"{known.name} may not say {fact.kind} in another's name")
        if known.until is not None and at > known.until:
            raise BadSignature(Reason.WRONG_SIGNER, f"the key of {known.name} ended at {known.until.isoformat()}")
        if not holds(fact, public, self._verified):
            raise BadSignature(Reason.BAD_SIGNATURE, f"{fact.kind} is not what {known.name} signed")
        return known
