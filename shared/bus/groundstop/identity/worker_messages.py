"""Signatures of what an executor asks of those who do its calls, and of what workers answer; Ed25519. Pure.

Signed is ``\\xff groundstop: KIND :`` and the RFC 8785 canonical JSON of what is said. The first byte is in no text
that a server could have a client sign when it connects, so that a worker's nkey may sign its answers. Requests are
signed with the executor's signing key over the whole body but ``signature`` itself; answers with the worker's nkey over
the call, the tool, the worker, the kind of answer and the digest of its content. Contract: docs/reference/workers.md.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
import rfc8785
from groundstop.digest import canonical
from groundstop.events import SignerKey, WorkerKey
from groundstop.identity.nkey import public_bytes, secret_bytes
from groundstop.identity.seeds import Identity
from groundstop.identity.signatures import BadSignature, Keyring, Signer
from groundstop.vocabulary import Reason
from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import CryptoError

RUN, CANCEL, ANSWER = "worker.run", "worker.cancel", "worker.answer"
ASKS = frozenset({"executor"})
"""Roles whose signature counts under a request."""
ANSWERS = ("accepted", "working", "result", "error")
_PREFIX = b"\xffgroundstop:"


def sign_request(kind: str, body: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """The body with the signature of its sender. Raises CanonicalizationError for what JSON cannot carry exactly."""
    said = {name: value for name, value in body.items() if name != "signature"}
    return said | {"signature": f"{signer.key}:{_signed(_statement(kind, said), signer.secret)}"}


def check_request(kind: str, body: Mapping[str, Any], ring: Keyring, at: datetime) -> SignerKey:
    """Who asks. Raises BadSignature for a request that no executor has signed as it is, or whose key had ended."""
    name, _, signature = str(body.get("signature", "")).partition(":")
    if not signature:
        raise BadSignature(Reason.UNSIGNED, "the request is not signed")
    known, public = ring.find(name) or (None, b"")
    if known is None:
        raise BadSignature(Reason.UNKNOWN_SIGNER, f"the request is signed with {name[:40]!r}, which nobody has")
    if known.role not in ASKS:
        raise BadSignature(Reason.WRONG_SIGNER, f"{known.name} ({known.role}) may not ask for calls")
    if known.until is not None and at > known.until:
        raise BadSignature(Reason.WRONG_SIGNER, f"the key of {known.name} ended at {known.until.isoformat()}")
    said = {name: value for name, value in body.items() if name != "signature"}
    if not _holds(kind, said, signature, public):
        raise BadSignature(Reason.BAD_SIGNATURE, f"the request is not what {known.name} signed")
    return known


def sign_answer(answer: Mapping[str, Any], call: str, tool: str, worker: Identity) -> dict[str, Any]:
    """An answer, which is JSON already, in the name of the worker that gives it."""
    said = answered(answer, call, tool, worker.public)
    named = {"call": call, "worker": worker.public}
    return {**answer, **named, "signature": _signed(_statement(ANSWER, said), secret_bytes(worker.seed))}


def check_answer(answer: Mapping[str, Any], call: str, tool: str, workers: tuple[WorkerKey, ...]) -> WorkerKey:
    """Who answers. Raises BadSignature for what none of ``workers`` has signed, or what is said to another call."""
    if not answer.get("signature"):
        raise BadSignature(Reason.UNSIGNED, "the answer is not signed")
    known = next((worker for worker in workers if worker.public == answer.get("worker")), None)
    if known is None or known.tool != tool:
        raise BadSignature(Reason.UNKNOWN_SIGNER, f"the answer is signed by no listed worker of {tool}")
    if answer.get("call") != call or sum(kind in answer for kind in ANSWERS) != 1:
        raise BadSignature(Reason.BAD_SIGNATURE, "the answer is to another call, or says several things at once")
    said = answered(answer, call, tool, known.public)
    if not _holds(ANSWER, said, str(answer["signature"]), public_bytes(known.public)):
        raise BadSignature(Reason.BAD_SIGNATURE, f"the answer is not what {known.name} signed")
    return known


def answered(answer: Mapping[str, Any], call: str, tool: str, worker: str) -> dict[str, Any]:
    """What the signature of an answer covers."""
    kind = next((name for name in ANSWERS if name in answer), "")
    return {"call": call, "tool": tool, "worker": worker, "answer": kind, "digest": _digest(answer.get(kind))}


def _digest(value: Any) -> str:
    """SHA-256, hex, of a value's canonical JSON; of its sorted compact JSON where numbers have no canonical form."""
    try:
        return sha256(canonical(value)).hexdigest()
    except rfc8785.CanonicalizationError:
        return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _statement(kind: str, said: Mapping[str, Any]) -> bytes:
    return _PREFIX + kind.encode() + b":" + canonical(dict(said))


def _signed(statement: bytes, secret: bytes) -> str:
    return base64.b64encode(crypto_sign(statement, secret)[:64]).decode()


def _holds(kind: str, said: Mapping[str, Any], signature: str, public: bytes) -> bool:
    try:
        crypto_sign_open(base64.b64decode(signature, validate=True) + _statement(kind, said), public)
    except (CryptoError, ValueError, TypeError, binascii.Error, RecursionError, rfc8785.CanonicalizationError):
        return False
    return True
