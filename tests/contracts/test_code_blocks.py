"""Every code block of the docs is executed, parsed or validated, by its language. Output is marked ``text``."""

import ast
import inspect
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import sqlglot
import typer
from groundstop.catalogue.loading import load_catalogue, tools_in
from groundstop.cli import make_app
from groundstop.policy import load_policy, prepare, run_table
from groundstop_approval.domain.people import read_directory
from groundstop_gateway.settings import servers_in
from typer.core import TyperGroup

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
OTHERS = frozenset({"docker", "kubectl", "nats", "npm", "npx", ".venv/bin/pre-commit"})
"""Programs of others: their command lines are read for files of this repository, and no further."""
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found["language"], found["title"] or "", dedent(found["text"]))


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


# ---- shell


@cache
def command_line() -> TyperGroup:
    return typer.main.get_group(make_app())


def parse(words: list[str]) -> None:
    """Parse a command line of ``groundstop`` without running it. A file that the reader has need not exist here."""
    command: Any = command_line()
    context = command.make_context("groundstop", list(words))
    while isinstance(command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        if not rest and command.invoke_without_command:
            return
        name, command, rest = command.resolve_command(context, rest)
        try:
            context = command.make_context(name, rest, parent=context)
        except typer.BadParameter as error:
            assert "does not exist" in error.message, error.format_message()
            return


def simple_commands(text: str) -> Iterator[list[str]]:
    """The words of each command, without assignments, comments and redirections."""
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;"):
                if words:
                    yield words
                words = []
            elif not (re.match(r"[A-Z_]+=", word) and not words):
                words.append(word)


def check_command(words: list[str]) -> None:
    words = words[: words.index(">")] if ">" in words else words
    program, arguments = words[0], words[1:]
    if program == "groundstop":
        parse(arguments)
        if arguments[0] == "sql":
            check_sql(arguments[1])
    elif program == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M), arguments[0]
    elif program == "sh":
        assert (ROOT / arguments[0]).exists(), arguments[0]
    elif program == "python" and arguments[0] == "-m":
        assert find_spec(arguments[1]) is not None, arguments[1]
    elif program == "pip":
        project = tomllib.loads((ROOT / "shared" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        (extra,) = re.findall(r"groundstop\[([\w-]+)\]", arguments[1])
        assert extra in project["optional-dependencies"], extra
    else:
        assert program in OTHERS, f"{program}: nobody checks this program; add it to OTHERS with care"
        for path in re.findall(r"(?<![\w/.-])infra/?[\w/.-]*", " ".join(arguments)):
            assert (ROOT / path).exists() or (ROOT / path).parent.exists(), path


def check_shell(block: Block) -> None:
    subprocess.run(["bash", "-n"], input=block.text, text=True, check=True, timeout=30)
    commands = list(simple_commands(block.text))
    assert commands
    for words in commands:
        check_command(words)


def check_console(block: Block) -> None:
    """Commands begin with ``$``; the lines below are what they printed."""
    typed = [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]
    assert block.text.startswith("$ ")
    for line in typed:
        for words in simple_commands(line):
            check_command(words)


# ---- the other languages


def check_python(block: Block) -> None:
    """The block is executed as a module, and its calls fit what they call."""
    module: dict[str, Any] = {"__name__": "a_page"}
    exec(compile(block.text, str(block), "exec"), module)
    for call in (node for node in ast.walk(ast.parse(block.text)) if isinstance(node, ast.Call)):
        called = _resolved(call.func, module)
        names = {keyword.arg for keyword in call.keywords if keyword.arg}
        if callable(called) and names:
            parameters = inspect.signature(called).parameters
            if all(one.kind is not one.VAR_KEYWORD for one in parameters.values()):
                assert names <= set(parameters), f"{ast.unparse(call)}: {names - set(parameters)}"


def _resolved(node: ast.expr, module: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return module.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_resolved(node.value, module), node.attr, None)
    return None


def check_yaml(block: Block, tmp_path: Path) -> None:
    """What it is follows from the name of the file that the block shows."""
    match block.title:
        case "policy.yaml":
            assert load_policy(block.text)
        case "tools.yaml":
            assert tools_in(_file(tmp_path, block))
        case "people.yaml":
            assert read_directory(block.text).people
        case "cases.yaml":
            on_page = {other.title: other for other in blocks_of(block.page)}
            judge = prepare(
                load_policy(on_page["policy.yaml"].text), load_catalogue([str(_file(tmp_path, on_page["tools.yaml"]))])
            )
            assert [case.failures for case in run_table(block.text, judge, now=NOW) if not case.passed] == []
        case _:
            pytest.fail(f"{block}: a YAML block needs the title policy.yaml, tools.yaml, people.yaml or cases.yaml")


def _file(folder: Path, block: Block) -> Path:
    path = folder / block.title
    path.write_text(block.text, encoding="utf-8")
    return path


def check_json(block: Block, tmp_path: Path) -> None:
    assert json.loads(block.text)
    if block.title == "servers.json":
        assert servers_in(_file(tmp_path, block))


def check_sql(text: str) -> None:
    assert sqlglot.parse_one(text, dialect="clickhouse")


def check_mermaid(block: Block) -> None:
    """The kind of diagram is known, groups are closed, and every arrow has two ends."""
    head, *lines = block.text.splitlines()
    assert re.fullmatch(r"flowchart (LR|TD)|stateDiagram-v2", head), head
    opened = sum(line.strip().startswith("subgraph ") for line in lines)
    assert opened == sum(line.strip() == "end" for line in lines)
    arrows = [line.strip() for line in lines if "-->" in line]
    assert arrows and all(re.fullmatch(r"\S.* --> \S.*", line) for line in arrows)


def check_output(block: Block) -> None:
    """What a reader would copy into a shell, an interpreter or a query is no output."""
    first = block.text.lstrip().split(maxsplit=1)[0]
    assert first not in {"$", "groundstop", "make", "pip", "python", "import", "from", "SELECT", "select"}, block.text


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_code_block_is_checked_by_its_language(block: Block, tmp_path: Path) -> None:
    match block.language:
        case "sh":
            check_shell(block)
        case "console":
            check_console(block)
        case "python":
            check_python(block)
        case "yaml":
            check_yaml(block, tmp_path)
        case "json":
            check_json(block, tmp_path)
        case "sql":
            check_sql(block.text)
        case "mermaid":
            check_mermaid(block)
        case "text":
            check_output(block)
        case _:
            pytest.fail(f"{block}: a block needs a language that is checked here; output is `text`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_code_block_is_hidden_from_the_check(page: Path) -> None:
    """Indented blocks have no language; a fence of another form would be passed over."""
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^ *(?:```|~~~)", text, re.M)) == 2 * len(list(blocks_of(page)))
    outside = FENCE.sub("", text)
    for before, line in zip(outside.split("\n"), outside.split("\n")[1:], strict=False):
        assert not (re.match(r" {4,}\S", line) and not before.strip()), f"an indented block: {line.strip()}"


def test_the_commands_in_sentences_and_tables_exist() -> None:
    """``groundstop x y`` in backquotes: as far as its words are names of commands."""
    seen = 0
    for page in PAGES:
        for text in re.findall(r"`groundstop ([a-z][^`]*)`", page.read_text(encoding="utf-8")):
            command: Any = command_line()
            for word in text.split():
                if not isinstance(command, TyperGroup):
                    break
                if word.startswith("-"):
                    break
                for name in word.rstrip(",").split("|"):
                    assert name in command.commands, f"{page.name}: groundstop {text}"
                command = command.commands[word.rstrip(",").split("|")[0]]
                seen += 1
    assert seen > 50


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("sh", "", "groundstop halt --no-such-option"),
        ("sh", "", "groundstop fly CASE"),
        ("sh", "", "if then"),
        ("sh", "", "make no-such-target"),
        ("console", "", "$ groundstop halt --raeson x"),
        ("python", "", "from groundstop.client import NoSuchName"),
        ("python", "", "from groundstop.catalogue import tool\n\ntool(name='a', riks='safe')"),
        ("yaml", "policy.yaml", "ruels: []"),
        ("yaml", "", "a: 1"),
        ("json", "", "{a: 1}"),
        ("sql", "", "SELEKT kind FROM"),
        ("mermaid", "", "flowchart LR\n  a --> "),
        ("text", "", "groundstop halt"),
        ("bash", "", "ls"),
    ],
)
def test_the_check_finds_a_wrong_block(language: str, title: str, text: str, tmp_path: Path) -> None:
    """A check that cannot fail is none."""
    block = Block(ROOT / "docs" / "index.md", 1, language, title, text)
    with pytest.raises((Exception, SystemExit, pytest.fail.Exception)):
        test_every_code_block_is_checked_by_its_language(block, tmp_path)
