"""The tables of headers and questions are the server's: a version with a new one fails here until it has a row."""

import re
import subprocess
from pathlib import Path

import pytest
from groundstop_embedded.plan import nats_binary

from tests.security.matrix.apis import VERBS
from tests.security.matrix.headers import NAMES, PREFIXES, SERVER

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "permissions.md"

_HEADER = re.compile(rb"Nats-[A-Z][A-Za-z-]+")
_QUESTION = re.compile(rb"\$JS\.API\.((?:[A-Z_]+\.?)+)((?:[*>%s]+\.?)*)")


@pytest.fixture(scope="module")
def program() -> bytes:
    """The server's program file: its strings lie in it one behind the other, without anything in between."""
    return Path(nats_binary()).read_bytes()


def test_the_tables_are_of_the_servers_version() -> None:
    said = subprocess.run([nats_binary(), "--version"], capture_output=True, check=True, text=True).stdout
    assert f"v{SERVER}." in said, f"{said.strip()}: look through its headers and API, then change SERVER"


def test_every_header_that_the_server_knows_has_a_row(program: bytes) -> None:
    unknown = {
        piece
        for run in _HEADER.findall(program)
        for piece in re.split(r"(?=Nats-)", run.decode())
        if piece and not _known(piece)
    }
    assert not unknown, "a header without a row in headers.NAMES"


def _known(piece: str) -> bool:
    """A name of the table, followed by whatever lies behind it; a longer name is another header."""
    names = [name for name in (*NAMES, *PREFIXES) if piece.startswith(name)]
    longest = max(names, key=len, default="")
    behind = piece[len(longest) :]
    return bool(longest) and (longest in PREFIXES or not behind.startswith("-"))


def test_every_question_of_the_servers_api_is_asked(program: bytes) -> None:
    asked = {match[1].decode().rstrip(".") for match in _QUESTION.finditer(program) if match[2]}
    asked |= {"INFO", "STREAM.NAMES", "STREAM.LIST", "META.LEADER.STEPDOWN", "SERVER.REMOVE"}
    missing = {verb for verb in asked if verb not in VERBS and not any(known.startswith(f"{verb}.") for known in VERBS)}
    assert len(asked) > 20 and not missing, f"{missing} have no row in apis.VERBS"


def test_the_page_says_of_every_header_why_it_does_nothing() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"nats-server {SERVER}" in page
    assert not [name for name in NAMES if f"`{name}`" not in page]
