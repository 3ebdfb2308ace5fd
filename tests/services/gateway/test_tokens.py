"""Whose token is taken: everything that is wrong with one, and what somebody else's unknown keys may cost."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from groundstop.clock import Clock
from groundstop_gateway.adapters import issuer as keys_of
from groundstop_gateway.adapters.issuer import AGAIN_S, FRESH_S, KEYS_BYTES_MAX, LONGEST_S, Keys, parsed
from groundstop_gateway.adapters.tokens import Tokens
from groundstop_gateway.domain.naming import agent_of
from groundstop_gateway.settings import Http

ISSUER, RESOURCE = "https://login.example", "https://gate.example/mcp"
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def jwk(key: Any, **more: str) -> dict[str, Any]:
    kinds = ((Ed25519PrivateKey, jwt.algorithms.OKPAlgorithm), (rsa.RSAPrivateKey, jwt.algorithms.RSAAlgorithm))
    algorithm: Any = next((one for kind, one in kinds if isinstance(key, kind)), jwt.algorithms.ECAlgorithm)
    return {**json.loads(algorithm.to_jwk(key.public_key())), "use": "sig", **more}


LISTED = [
    jwk(KEY, kid="one", alg="EdDSA"),
    jwk(RSA, kid="rsa", alg="RS256"),
    jwk(EC, kid="ec", alg="ES256"),
    jwk(OTHER, kid="seals", alg="EdDSA", use="enc"),
    {"kty": "oct", "k": base64.urlsafe_b64encode(b"k" * 32).decode(), "kid": "shared", "alg": "HS256"},
    {"kty": "RSA", "kid": "none", "alg": "none", "n": "AQ", "e": "AQAB"},
    {"kty": "RSA", "kid": "broken"},
    {"kty": "OKP", "kid": "future", "crv": "X9999", "x": "AA"},
]


def claims(**changed: Any) -> dict[str, Any]:
    now = int(Clock()().timestamp())
    whole = {"iss": ISSUER, "aud": RESOURCE, "exp": now + 86_400, "iat": now, "client_id": "desk", "sub": "ann"}
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def token(key: Any = KEY, alg: str = "EdDSA", head: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=alg, headers={"kid": "one", **(head or {})})


def by_hand(header: Any, body: Any, signature: bytes = b"") -> str:
    parts = (part if isinstance(part, bytes) else orjson.dumps(part) for part in (header, body))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))


PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
NOW = int(Clock()().timestamp())


def with_secret(secret: bytes, kid: str, alg: str = "HS256") -> str:
    """Signed by hand: libraries refuse to use a public key as a secret."""
    unsigned = by_hand({"alg": alg, "kid": kid, "typ": "JWT"}, claims()).rpartition(".")[0]
    made = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


WRONG: dict[str, str] = {
    "no token": "",
    "rubbish": "rubbish",
    "dots": "..",
    "unsigned": by_hand({"alg": "none", "kid": "one"}, claims()),
    "unsigned, other spelling": by_hand({"alg": "nOnE", "kid": "one"}, claims()),
    "unsigned with a known key": by_hand({"alg": "none", "kid": "none"}, claims()),
    "no algorithm": by_hand({"kid": "one"}, claims()),
    "the signature of nothing": by_hand({"alg": "EdDSA", "kid": "one"}, claims(), b"\0" * 64),
    "the public key as a secret": with_secret(PUBLIC, "rsa"),
    "the public key as a secret, under its own algorithm": with_secret(PUBLIC, "rsa", "RS256"),
    "a shared secret out of the list": with_secret(b"k" * 32, "shared"),
    "a shared secret under another algorithm": with_secret(b"k" * 32, "shared", "RS256"),
    "another key": token(OTHER),
    "another key under its own name": token(OTHER, head={"kid": "two"}),
    "a key that seals": token(OTHER, head={"kid": "seals"}),
    "RSA key, EC algorithm": token(EC, "ES256", {"kid": "rsa"}),
    "EC key, RSA algorithm": token(RSA, "RS256", {"kid": "ec"}),
    "PSS with a key for PKCS": token(RSA, "PS256", {"kid": "rsa"}),
    "its own key in the header": token(OTHER, head={"kid": "mine", "jwk": jwk(OTHER)}),
    "an address of keys in the header": token(OTHER, head={"kid": "mine", "jku": "http://127.0.0.1:1/jwks"}),
    "a certificate in the header": token(OTHER, head={"kid": "mine", "x5u": "http://127.0.0.1:1/", "x5c": ["AAAA"]}),
    "a path as a key's name": token(OTHER, head={"kid": "../../../../dev/null"}),
    "a query as a key's name": token(OTHER, head={"kid": "x' UNION SELECT 'k'--"}),
    "a very long key's name": token(OTHER, head={"kid": "k" * 100_000}),
    "a list as a key's name": by_hand({"alg": "EdDSA", "kid": ["one"]}, claims(), b"\0" * 64),
    "what must be understood": token(head={"crit": ["exp"], "exp": 1}),
    "a token of a sign-out": token(head={"typ": "logout+jwt"}),
    "a proof": token(head={"typ": "dpop+jwt"}),
    "another issuer": token(iss="https://evil.example"),
    "issuer with a slash": token(iss=f"{ISSUER}/"),
    "issuers": token(iss=[ISSUER, "https://evil.example"])
    if False
    else by_hand({"alg": "EdDSA"}, claims(iss=[ISSUER])),
    "no issuer": token(iss=None),
    "another audience": token(aud="https://other.example/mcp"),
    "a part of the audience": token(aud="https://gate.example"),
    "no audience": token(aud=None),
    "no audiences": token(aud=[]),
    "no end": token(exp=None),
    "expired": token(exp=NOW - 3_600),
    "ends in words": by_hand({"alg": "EdDSA", "kid": "one"}, {**claims(), "exp": "soon"}, b"\0" * 64),
    "not yet": token(nbf=NOW + 864_000),
    "from the future": token(iat=NOW + 864_000),
    "nobody's": token(client_id=None, sub=None),
    "scopes that are none": token(scope=7),
    "very long": token(extra="x" * 20_000),
    "a body that is no object": by_hand({"alg": "EdDSA", "kid": "one"}, [1], b"\0" * 64),
    "a header that is no object": by_hand([1], claims()),
    "very deep": by_hand(b'{"alg":' + b"[" * 5_000, claims()),
}
TAKEN = {
    "EdDSA": token(),
    "RS256": token(RSA, "RS256", {"kid": "rsa"}),
    "ES256": token(EC, "ES256", {"kid": "ec"}),
    "an access token by its type": token(head={"typ": "at+JWT"}),
    "several audiences": token(aud=[RESOURCE, "https://other.example"]),
}


def tokens(folder: Path) -> Tokens:
    (folder / "jwks.json").write_bytes(orjson.dumps({"keys": LISTED}))
    return Tokens(Http(resource=RESOURCE, issuer=ISSUER, jwks=str(folder / "jwks.json")), Clock())


@pytest.mark.asyncio
@pytest.mark.parametrize("name", WRONG)
async def test_a_token_with_anything_wrong_is_nobodys(tmp_path: Path, name: str) -> None:
    assert await tokens(tmp_path).verify_token(WRONG[name]) is None


@pytest.mark.asyncio
@pytest.mark.parametrize("name", TAKEN)
async def test_a_good_token_says_whose_it_is(tmp_path: Path, name: str) -> None:
    taken = await tokens(tmp_path).verify_token(TAKEN[name])
    assert taken is not None
    assert (taken.client_id, taken.subject, taken.resource) == ("desk", "ann", RESOURCE)


@pytest.mark.asyncio
async def test_a_token_that_has_just_ended_is_a_little_late(tmp_path: Path) -> None:
    """Clocks of two hosts differ; made here, since the suite may run for longer than that."""
    late = token(exp=int(Clock()().timestamp()) - 5)
    assert await tokens(tmp_path).verify_token(late) is not None


class Source:
    """An issuer's list of keys that can be counted, held up, changed and broken."""

    def __init__(self) -> None:
        self.keys = [LISTED[0]]
        self.fetches = 0
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False

    async def fetch(self) -> bytes:
        self.fetches += 1
        await self.open.wait()
        if self.broken:
            raise OSError("the issuer is away")
        return orjson.dumps({"keys": self.keys})


class Hands(Clock):
    """A clock that is set by hand."""

    at = 1_000.0

    def monotonic(self) -> float:
        return self.at


def a_ring() -> tuple[Keys, Source, Hands]:
    source, clock = Source(), Hands()
    return Keys(source.fetch, clock), source, clock


@pytest.mark.asyncio
async def test_who_names_a_known_key_does_not_wait_for_who_names_an_unknown_one() -> None:
    """Each unknown name was fetched for under the lock that all others needed: one client could keep everybody out."""
    ring, source, clock = a_ring()
    assert await ring.find("one") is not None
    source.open.clear()
    clock.at += AGAIN_S
    strangers = [asyncio.create_task(ring.find(f"stranger {n}")) for n in range(500)]
    await Clock().sleep(0)
    async with asyncio.timeout(1):
        assert await ring.find("one") is not None
    assert not any(stranger.done() for stranger in strangers)
    source.open.set()
    assert await asyncio.gather(*strangers) == [None] * 500
    assert source.fetches == 2


@pytest.mark.asyncio
async def test_unknown_keys_are_asked_for_seldom_and_a_new_one_is_found_all_the_same() -> None:
    ring, source, clock = a_ring()
    for n in range(1_000):
        assert await ring.find(f"stranger {n}") is None
    assert source.fetches == 1
    source.keys = [jwk(OTHER, kid="two", alg="EdDSA")]
    clock.at += AGAIN_S
    assert await ring.find("two") is not None
    assert await ring.find("one") is None  # withdrawn
    assert source.fetches == 2


@pytest.mark.asyncio
async def test_a_key_that_was_withdrawn_goes_without_anybody_naming_an_unknown_one() -> None:
    ring, source, clock = a_ring()
    assert await ring.find("one") is not None
    source.keys = []
    clock.at += FRESH_S + 1
    assert await ring.find("one") is not None  # nobody waits: it is fetched beside
    await eventually_gone(ring.find)
    assert source.fetches == 2


async def eventually_gone(find: Callable[[str], Awaitable[object]]) -> None:
    for _ in range(1_000):
        if await find("one") is None:
            return
        await Clock().sleep(0)
    raise AssertionError("the key is still there")


@pytest.mark.asyncio
async def test_an_issuer_that_is_away_takes_nobody_with_it_for_a_day() -> None:
    ring, source, clock = a_ring()
    assert await ring.find("one") is not None
    source.broken = True
    clock.at += FRESH_S + 1
    assert await ring.find("stranger") is None
    assert await ring.find("one") is not None
    clock.at += LONGEST_S
    assert await ring.find("one") is None


@pytest.mark.asyncio
async def test_who_gives_up_waiting_does_not_end_the_fetch_of_others() -> None:
    ring, source, _ = a_ring()
    source.open.clear()
    first, second = (asyncio.create_task(ring.find("one")) for _ in range(2))
    await Clock().sleep(0)
    first.cancel()
    await Clock().sleep(0)
    source.open.set()
    assert await second is not None
    assert source.fetches == 1


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"keys": 1}', orjson.dumps({"keys": LISTED * 20}), b"x" * 10], ids=lambda raw: raw[:12]
)
def test_what_is_no_list_of_keys_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError):
        parsed(raw)


def test_only_keys_that_verify_are_taken_from_a_list() -> None:
    assert set(parsed(orjson.dumps({"keys": [*LISTED, 7, None, {"kty": "RSA", "n": [], "e": {}}]}))) == {
        "one",
        "rsa",
        "ec",
    }


@pytest.mark.asyncio
async def test_a_list_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    huge.write_bytes(b" " * (KEYS_BYTES_MAX * 3))
    with pytest.raises(ValueError, match="too long"):
        await keys_of.fetching(str(huge))()


def test_no_client_can_be_called_so_that_it_is_another_ones_agent() -> None:
    """With a checksum as the mark anybody could find a name that leads to somebody else's agent."""
    odd = "https://desk.example/app"
    assert agent_of("desk-app") == "desk-app"
    assert agent_of(odd) not in (odd, agent_of(agent_of(odd)), agent_of(f"{odd} "))
    assert agent_of("x" * 65) != agent_of("x" * 66)
    assert all(len(agent_of(name)) <= 64 for name in ("x" * 500, odd, "é" * 64, ""))
