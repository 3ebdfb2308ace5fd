"""Fifty secrets of different shapes, and how to recognise each however it is written."""

import base64
import json
from collections.abc import Iterator

SHAPES = (
    "{}", "{}!", "p@ss {} word", '"{}"', "it's {}", "back\\slash\\{}", "{}\nsecond line {}", "tab\t{}", "<b>{}</b>",
    "pässwörd-{}-ü", "密码{}", "\U0001f511{}", "https://user:{}@db.example/x?y=1&z=2", "Bearer {}", "AKIA{}", "ghp_{}",
    "sk-live-{}", '{{"key": "{}"}}', "a=b;{};c=d", "100% {}%20", "-----BEGIN KEY-----\n{}\n{}\n-----END KEY-----",
    "{}==", "'; DROP TABLE {}; --", "${{{}}}", "$(cat {})",
)  # fmt: skip
"""Twice: once short, once long."""


def planted(number: int) -> tuple[str, str]:
    """A secret and the core of it, which nothing else contains."""
    core = f"Zq{number:02d}kV7mR{(number * 7919 + 104_729) % 1_000_000:06d}"
    text = SHAPES[number % len(SHAPES)]
    value = text.format(*[core] * text.count("{}")) if "{}" in text else text
    return (value + "x" * 600 if number >= len(SHAPES) else value), core


def needles() -> Iterator[tuple[int, bytes]]:
    """What to look for: each core as it is, turned round, in hexadecimal, in base64 wherever it begins."""
    for number in range(2 * len(SHAPES)):
        core = planted(number)[1].encode()
        yield number, core
        yield number, core[::-1]
        yield number, core.hex().encode()
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + core).rstrip(b"=")
            yield number, whole[4 if before else 0 : -2]


def found_in(content: bytes) -> set[int]:
    """The numbers of the secrets that are somewhere in there, in JSON's escapes as well."""
    return {number for number, needle in NEEDLES if needle in content}


NEEDLES = tuple(needles())
assert len({planted(number)[0] for number in range(50)}) == 50
assert all(found_in(json.dumps(planted(number)[0]).encode()) == {number} for number in range(50))
