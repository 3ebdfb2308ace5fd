"""Signatures of what is acted upon: clearances, decisions, controls, and the list of keys itself. Ed25519.

What is signed is RFC 8785 canonical JSON of the fields named below: a field added to a fact later leaves old signatures
valid. A call is signed by its digest. Pure, but for drawing a new key.
"""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

import orjson
import rfc8785
from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey as Ed25519

from groundstop.digest import canonical
from groundstop.errors import BadInput
from groundstop.events import Fact, Halt, KeysPublished, SignerKey, WorkerKey
from groundstop.identity.batches import leaf, root_of, ways
from groundstop.words import Reason

F = TypeVar("F", bound=Fact)

_WHO = ("id", "at", "actor", "tenant", "agent", "intent", "task")
_CALL = ("tool", "tool_version", "action_type", "digest")
SIGNED: Mapping[str, tuple[str, ...]] = {
    "intent.cleared": (*_WHO, "cause", "call", "risk", "user", "policy_version", "expires_at", "deadline", "by"),
    "case.decided": (
        *_WHO, "case_kind", "verdict", "by", "answer", "reason_code", "call", "risk", "user", "policy_version",
        "deadline", "approvers", "revision", "asked_digest", "drill",
    ),
    "control": (
        "id", "at", "actor", "control", "action", "scope", "tenant", "reason", "by", "halts", "drill", "stage",
        "canary_until",
    ),
    "keys.published": ("id", "at", "number", "keys", "workers"),
}  # fmt: skip
"""Kind to the fields that its signature covers."""

_SINCE = frozenset({"workers"})
"""Fields that are signed where there is one: a fact from before the field was added has None, and did not sign it."""

SIGNERS: Mapping[str, frozenset[str]] = {
    "intent.cleared": frozenset({"rate-limiter", "approval"}),
    "case.decided": frozenset({"approval"}),
    "control": frozenset({"operator", "owner", "console", "approval", "executor"}),
}
"""Kind to the roles whose signature counts. The list of keys is signed by the root alone."""

_HALT = (
    "control", "scope", "tenant", "reason", "by", "at", "risk_from", "trigger", "people", "drill",
    "resume_by", "resume_note", "resume_stage",
)  # fmt: skip
_PREFIX = b"groundstop:"
ROOTS_KEPT = 1024
_FLAT = "intent.cleared"
"""Holds texts only, for which sorted compact JSON is the canonical form: a fortieth of the time."""


class BadSignature(BadInput):
    """A fact that nobody who may say it has said; the reason code tells in which way."""


def statement(fact: Fact) -> bytes:
    """The bytes that are signed."""
    said: dict[str, Any] = {name: getattr(fact, name, "") for name in SIGNED[fact.kind]}
    said = {name: value for name, value in said.items() if value is not None or name not in _SINCE}
    call = said.get("call")
    if call is not None:
        said["call"] = {name: getattr(call, name) for name in _CALL}
    for name in ("halts", "drill"):
        if isinstance(said.get(name), tuple | Halt):
            said[name] = _halts(said[name])
    said["kind"] = fact.kind
    text = orjson.dumps(said, _plain, orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    if fact.kind == _FLAT:
        return text
    try:
        return canonical(orjson.loads(text))
    except rfc8785.CanonicalizationError:
        return text  # a number in an answer that JSON does not carry exactly: what was written is as good as any


def _halts(value: Halt | tuple[Halt, ...]) -> Any:
    if isinstance(value, tuple):
        return [_halts(halt) for halt in value]
    return {name: getattr(value, name, "") for name in _HALT}


def _plain(value: Any) -> Any:
    """What orjson does not know: our models."""
    return value.model_dump(mode="json")


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
    """The signing keys that a root vouches for, as of the newest list seen. ``number`` of that list, 0 before any."""

    def __init__(self, root: bytes) -> None:
        self.root = root
        self._keys: dict[str, tuple[SignerKey, bytes]] = {}
        self._workers: tuple[WorkerKey, ...] = ()
        self._verified = Verified()
        self.number = 0

    def take(self, listed: KeysPublished) -> bool:
        """Take a list over. False, and no change, for one that is older or that the root has not signed."""
        if listed.number <= self.number or not holds(listed, self.root):
            return False
        self._keys = {key.key: (key, base64.b64decode(key.public)) for key in listed.keys}
        self._workers = listed.workers or ()
        self.number = listed.number
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

    def check(self, fact: Fact, at: datetime) -> SignerKey:
        """Who signed a fact that was stored at ``at``. Raises BadSignature with what is wrong with it."""
        name = signed_by(fact)
        if not name:
            raise BadSignature(Reason.UNSIGNED, f"{fact.kind} is not signed")
        known, public = self._keys.get(name, (None, b""))
        if known is None:
            raise BadSignature(Reason.UNKNOWN_SIGNER, f"{fact.kind} is signed with {name[:40]!r}, which nobody has")
        if known.role not in SIGNERS.get(fact.kind, ()):
            raise BadSignature(Reason.WRONG_SIGNER, f"{known.name} ({known.role}) may not say {fact.kind}")
        if known.until is not None and at > known.until:
            raise BadSignature(Reason.WRONG_SIGNER, f"the key of {known.name} ended at {known.until.isoformat()}")
        if not holds(fact, public, self._verified):
            raise BadSignature(Reason.BAD_SIGNATURE, f"{fact.kind} is not what {known.name} signed")
        return known


def ring_of(root: bytes, lists: Iterable[KeysPublished]) -> Keyring:
    """The keyring after every list that was ever published."""
    ring = Keyring(root)
    for listed in lists:
        ring.take(listed)
    return ring
