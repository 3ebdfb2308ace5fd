"""Private names of nats-py are used in one file, and an upgrade that moves one of them is noticed there."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nats
import pytest
from groundstop import natspy
from nats.aio.client import Client

ROOT = Path(__file__).parents[2]
ONE_FILE = "shared/bus/groundstop/natspy.py"
LIBRARY = Path(nats.__file__).parent
CONNECTED_BY_US = ("shared/", "services/", "infra/")
OWN = ("self", "cls")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_names_of_nats() -> set[str]:
    """Of everything that a connection, a subscription, a message and the parser have, methods and attributes."""
    names: set[str] = set()
    for path in (*LIBRARY.glob("aio/*.py"), *LIBRARY.glob("protocol/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.add(node.target.id)
    return {name for name in names if is_private(name)}


THEIRS = private_names_of_nats()


class Uses(ast.NodeVisitor):
    """The private names of nats-py that a file uses.

    Found are: a private attribute of anything that is annotated as, or made by, something of nats-py; a private
    attribute whose name nats-py has, of anything but our own ``self``, by dot or by getattr and its kind; a private
    name of a module of nats-py; and ``self`` in a class that inherits from one of nats-py.
    """

    def __init__(self, source: str) -> None:
        self.found: list[str] = []
        self._modules: set[str] = set()
        self._imported: set[str] = set()
        self._typed: set[str] = set()
        self._own = OWN
        tree = ast.parse(source)
        for node in ast.walk(tree):
            self._learn(node)
        self.visit(tree)

    def _learn(self, node: ast.AST) -> None:
        """What is imported from nats-py, and which variables are of its types."""
        if isinstance(node, ast.Import):
            self._modules |= {(one.asname or one.name).split(".")[0] for one in node.names if _is_nats(one.name)}
        elif isinstance(node, ast.ImportFrom) and _is_nats(node.module or ""):
            self._imported |= {one.asname or one.name for one in node.names}
            self.found += [one.name for one in node.names if is_private(one.name)]
        elif isinstance(node, ast.arg) and self._is_theirs(node.annotation):
            self._typed.add(node.arg)
        elif isinstance(node, ast.AnnAssign) and self._is_theirs(node.annotation):
            self._typed.add(ast.unparse(node.target))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Await | ast.Call):
            call = node.value.value if isinstance(node.value, ast.Await) else node.value
            if isinstance(call, ast.Call) and self._makes_theirs(call.func):
                self._typed |= {ast.unparse(target) for target in node.targets}

    def _is_theirs(self, node: ast.AST | None) -> bool:
        """Whether an expression names something of nats-py."""
        return node is not None and any(
            isinstance(part, ast.Name) and part.id in self._modules | self._imported for part in ast.walk(node)
        )

    def _makes_theirs(self, function: ast.expr) -> bool:
        return self._is_theirs(function) or (
            isinstance(function, ast.Attribute) and function.attr in ("subscribe", "connect", "jetstream")
        )

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        before = self._own
        if any(self._is_theirs(base) for base in node.bases):
            self._own = ()
        self.generic_visit(node)
        self._own = before

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = ast.unparse(node.value)
        typed = owner in self._typed or owner.split(".")[0] in self._modules
        if is_private(node.attr) and (typed or (node.attr in THEIRS and owner not in self._own)):
            self.found.append(f"{owner}.{node.attr}")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = ast.unparse(node.func).rpartition(".")[2]
        if function in ("getattr", "setattr", "hasattr", "delattr"):
            names = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            self.found += [name for name in names if name in THEIRS and ast.unparse(node.args[0]) not in self._own]
        self.generic_visit(node)


def _is_nats(module: str) -> bool:
    return module.split(".")[0] == "nats"


def ours() -> Iterator[tuple[str, str]]:
    """Every file of Python that is ours, tests included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    for name in listed:
        if (ROOT / name).exists():
            yield name, (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("async def f(nc):\n await nc._send_command(b'')", ["nc._send_command"]),
        ("def f(nc):\n return self.nc._subs", ["self.nc._subs"]),
        ("def f(nc):\n return getattr(nc, '_subs', None)", ["_subs"]),
        ("def f(m):\n m.setattr(C, '_process_msg', 1)", ["_process_msg"]),
        ("from nats.aio.client import Client as C\ndef f(x: C | None):\n return x._anything", ["x._anything"]),
        ("import nats\nasync def f():\n x = await nats.connect()\n x._new", ["x._new"]),
        ("async def f(y):\n x = await y.subscribe('a')\n x._new", ["x._new"]),
        ("import nats.aio.client\nnats.aio.client._parse", ["nats.aio.client._parse"]),
        ("from nats.aio.client import _parse", ["_parse"]),
        ("from nats.aio.client import Client\nclass A(Client):\n def f(self): return self._subs", ["self._subs"]),
        ("class A:\n def f(self): return self._subs, self._pending, self.nc.is_closed", []),
    ],
)
def test_the_rule_finds_each_way_to_a_private_name(source: str, found: list[str]) -> None:
    """A rule that finds nothing would hold for any code."""
    assert Uses(source).found == found


def test_private_names_of_nats_are_used_in_one_file() -> None:
    """An upgrade of nats-py then has one file to look at, and the self-test knows every name."""
    sources = dict(ours())
    assert {name: found for name, text in sources.items() if name != ONE_FILE and (found := Uses(text).found)} == {}
    assert Uses(sources[ONE_FILE]).found


def test_connections_are_opened_so_that_their_errors_are_heard() -> None:
    """nats.connect leaves GROUNDSTOP_BUS=plain without an error callback: no refusal would be heard."""
    wrong = [
        name
        for name, text in ours()
        if name.startswith(CONNECTED_BY_US) and name != ONE_FILE and re.search(r"\bnats\.connect\(", text)
    ]
    assert wrong == []


def test_the_version_bound_is_narrow_and_holds_what_is_pinned() -> None:
    """One minor version: the next one is looked at before anybody gets it."""
    project = tomllib.loads((ROOT / "shared/pyproject.toml").read_text(encoding="utf-8"))["project"]
    (bound,) = [one for one in project["dependencies"] if one.startswith("nats-py")]
    low, high = re.fullmatch(r"nats-py\[nkeys\]>=(\d+\.\d+),<(\d+\.\d+)", bound).groups()  # type: ignore[union-attr]
    major, minor = map(int, low.split("."))
    assert high == f"{major}.{minor + 1}"
    pinned = re.search(r"^nats-py==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned is not None
    for one in (pinned[1], version("nats-py")):
        assert one.startswith(f"{low}.")


def test_the_self_test_finds_nothing_in_the_library_that_is_installed() -> None:
    assert natspy.check() == ()


def used_names() -> list[str]:
    """The private names in the one file, read from it: a new one is covered without a list."""
    found = Uses((ROOT / ONE_FILE).read_text(encoding="utf-8")).found
    return sorted({use.rpartition(".")[2] for use in found})


def methods() -> list[str]:
    return [name for name in used_names() if inspect.iscoroutinefunction(getattr(Client, name, None))]


async def _other(self: Any, *, changed: int) -> None:
    """What a method could have become."""


class _Later:
    def __await__(self) -> Iterator[None]:
        yield


async def _waiting(self: Any, *arguments: Any) -> None:
    await _Later()


@pytest.mark.parametrize("name", methods())
def test_a_method_with_another_signature_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, name, _other)
    (moved,) = natspy.check()
    assert moved.startswith(f"Client.{name}(")


@pytest.mark.parametrize("name", methods())
def test_a_method_that_is_no_coroutine_any_more_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, name, lambda self, *arguments: None)
    assert natspy.check() == (f"Client.{name} is no coroutine function",)


def test_a_method_that_waits_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing a frame must be done when it returns, or frames of two batches could mix."""
    for name in methods():
        monkeypatch.setattr(Client, name, _waiting)
    assert any("waits" in one for one in natspy.check())


def test_a_parser_that_does_not_go_through_what_we_replace_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is there and has its signature, and no message would ever arrive."""
    from nats.protocol import parser

    class Elsewhere(parser.Parser):
        async def parse(self, data: bytes = b"") -> None:
            """Keeps everything to itself."""

    monkeypatch.setattr(parser, "Parser", Elsewhere)
    moved = natspy.check()
    assert [one.split(" ")[0] for one in moved] == ["Client._process_msg", "Client._error_cb"]


def test_a_library_without_the_parser_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nats.protocol.parser", None)
    assert any("parser" in one for one in natspy.check())
