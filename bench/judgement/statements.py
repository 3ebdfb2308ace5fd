"""Statements: is what reads let through, and what destroys held, in ten languages and the command lines of many tools?

The statements were written from general knowledge, tool by tool. Each is put to the judgement in three ways: to a tool
whose catalogue entry names the language, to a tool that only its name gives away, and as an argument of a tool that is
not known to run anything. Tables that know a program could know its statements, too: the last row takes the tables of every
single program away and reads their lines by the words that all command lines share, as those of a new one.

Run from the root: ``python -m bench.judgement.statements [--all]``.
"""

# ruff: noqa: E501 - tables, one row a line

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundstop.risk import assess_tool
from groundstop.risk.statements import commands, languages, shell
from groundstop.vocabulary import Risk

FILE = Path(__file__).with_name("statements.tsv")
GOALS = {"destroying called safe": 0.0, "destroying called risky": 0.03, "harmless held": 0.08}
LANGUAGES = {
    "postgres": "sql:postgres", "mysql": "sql:mysql", "clickhouse": "sql:clickhouse", "othersql": "sql", "mongodb": "mongodb",
    "redis": "redis", "graphql": "graphql", "http": "http", "cypher": "cypher", "sparql": "sparql", "powershell": "powershell",
}  # fmt: skip
NAMED = {
    "sql": ("run_sql", "sql"), "mongodb": ("run_mongodb_command", "command"), "redis": ("redis_command", "command"),
    "graphql": ("graphql_query", "query"), "cypher": ("run_cypher_query", "query"), "sparql": ("run_sparql_query", "query"),
    "bash": ("run_terminal_command", "command"), "powershell": ("run_powershell", "command"),
}  # fmt: skip
Row = tuple[str, str, str]


def rows() -> list[Row]:
    """(tool, label, statement) of every line."""
    lines = (line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return [(tool, label, text.replace("\\n", "\n")) for tool, label, text in (line.split("\t") for line in lines)]


def language(tool: str) -> str:
    """The language of a tool's statements, as a catalogue names it."""
    return LANGUAGES.get(tool, "bash")


def declared(tool: str, text: str) -> Risk:
    """To a tool whose entry says dangerous, and in which language."""
    entry = {"name": "tool", "declared_risk": "dangerous", "statement": f"{language(tool)}@line"}
    return assess_tool({**entry, "inputSchema": _schema("line")}, {"line": text}).risk


def named(tool: str, text: str) -> Risk:
    """To a tool that only its name gives away."""
    spoken = language(tool).partition(":")[0]
    if spoken == "http":
        method, _, rest = text.partition(" ")
        address, _, body = rest.partition("\n")
        schema = _schema("method", "url", "body")
        return assess_tool(
            {"name": "http_request", "inputSchema": schema}, {"method": method, "url": address, "body": body}
        ).risk
    name, parameter = NAMED[spoken]
    return assess_tool({"name": name, "inputSchema": _schema(parameter)}, {parameter: text}).risk


def aside(tool: str, text: str) -> Risk:
    """As an argument of a tool that updates something and is not known to run anything."""
    update = {"name": "update_job", "description": "Update a job.", "inputSchema": _schema("id", "spec")}
    return assess_tool(update, {"id": "7", "spec": text}).risk


def untold(tool: str, text: str) -> Risk:
    """Declared, with the tables of every single program taken away."""
    with _without_tables():
        return declared(tool, text)


@contextmanager
def _without_tables() -> Iterator[None]:
    kept = commands.SUBCOMMANDS, commands.WORDED
    shell.read_shell.cache_clear()
    commands.SUBCOMMANDS, commands.WORDED = {}, kept[1] | frozenset(kept[0])
    try:
        yield
    finally:
        commands.SUBCOMMANDS, commands.WORDED = kept
        shell.read_shell.cache_clear()


def _schema(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


def score(judge: Callable[[str, str], Risk], data: list[Row]) -> tuple[dict[str, float], list[str]]:
    """The three rates, and what was misjudged."""
    counts: Counter[str] = Counter()
    missed = []
    for tool, label, text in data:
        risk = judge(tool, text)
        counts[label] += 1
        wrong = {
            "r": "harmless held" if risk is not Risk.SAFE else "",
            "c": "changing called safe" if risk is Risk.SAFE else "",
        }.get(label, f"destroying called {risk}" if risk is not Risk.DANGEROUS else "")
        counts[wrong] += 1
        if wrong:
            missed.append(f"{wrong}: [{tool}] {text!r}")
    whole = {
        "harmless held": "r",
        "changing called safe": "c",
        "destroying called safe": "d",
        "destroying called risky": "d",
    }
    return {name: counts[name] / max(1, counts[label]) for name, label in whole.items()}, missed


WAYS: dict[str, Callable[[str, str], Risk]] = {
    "language declared": declared, "told by its name": named, "among other arguments": aside, "no tables": untold,
}  # fmt: skip


def report(every: bool = False) -> str:
    """The tables as text."""
    data = rows()
    rates = ("harmless held", "changing called safe", "destroying called safe", "destroying called risky")
    lines = [f"{len(data)} statements of {len({tool for tool, _, _ in data})} tools", ""]
    lines.append(f"{'':24}" + "".join(f"{rate:>26}" for rate in rates))
    for way, judge in WAYS.items():
        rated, missed = score(judge, data)
        shown = [
            "-" if way == "among other arguments" and rate in rates[:2] else f"{rated[rate]:.2%}" for rate in rates
        ]
        lines.append(f"{way:24}" + "".join(f"{one:>26}" for one in shown))
        if every:
            lines += [
                f"    {one}" for one in missed if not (way == "among other arguments" and "destroying" not in one)
            ]
    lines += ["", f"{'by tool, declared':24}" + "".join(f"{rate:>26}" for rate in rates)]
    for tool in dict.fromkeys(tool for tool, _, _ in data):
        rated, _ = score(declared, [row for row in data if row[0] == tool])
        lines.append(f"{tool:24}" + "".join(f"{rated[rate]:>26.2%}" for rate in rates))
    return "\n".join(lines)


if __name__ == "__main__":
    print(report("--all" in sys.argv))


__all__ = ["GOALS", "languages", "report", "rows", "score"]
