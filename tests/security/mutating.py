"""Messages with something wrong: what every subscriber may be told one day."""

import random  # noqa: TID251 - the seed is a parameter of the tests

import orjson

DEEP = b"[" * 300 + b"]" * 300


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """A valid message with one thing wrong: bytes, values, names, depth, types."""
    body = orjson.loads(payload) if payload.startswith(b"{") else {}
    match chance.randrange(7):
        case 0:
            return chance.randbytes(chance.randrange(400))
        case 1:
            at = chance.randrange(len(payload) + 1)
            return payload[:at] + chance.randbytes(3) + payload[at + 3 :]
        case 2:
            return payload[: chance.randrange(len(payload) + 1)]
        case 3 if body:
            body[chance.choice(list(body))] = chance.choice((None, -1, 1e308, "", "\u0000", [], {}, True, "x" * 5000))
        case 4 if body:
            body.pop(chance.choice(list(body)))
        case 5:
            body |= {"extra": 1, "tenant": "*", "agent": ">", "at": "yesterday"}
        case _:
            return chance.choice((DEEP, b"[" * 10 + DEEP))
    return orjson.dumps(body)
