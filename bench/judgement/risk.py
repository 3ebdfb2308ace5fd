"""How well the risk of unknown tools is judged: by server, read against write and in three classes.

Nothing is fitted to any server: the judgement is made of general English words, so every server is an unseen one.
Three conditions are scored: with the servers' own annotations, without them, and with ``readOnlyHint`` flipped to
true on every write, which is how a server would lie.

Run from the root: ``python -m bench.judgement.risk [--json] [--all]``.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from groundstop.risk import assess_tool

from bench.judgement.data import DATA, rows, tool_of

Judge = Callable[[dict[str, Any]], str]
GOALS = {"writes_called_safe": 0.01, "dangerous_called_safe": 0.005, "reads_held_up": 0.08, "accuracy": 0.95}
_LOOKING = re.compile(
    r"^(?:\w+[_-])?(?:get|list|read|search|find|fetch|describe|show|view|query|count|check|lookup|retrieve|inspect)(?:$|[_\-])"
    r"|[_-](?:get|list|search|info|status|details|history)(?:$|[_-])",
    re.I,
)
_SENDING = re.compile(r"delete|remove|drop|destroy|purge|send|email|message|pay|refund|charge|transfer", re.I)


def verb_list(tool: dict[str, Any]) -> str:
    """The naive baseline: a looking verb in the name means safe, everything else risky."""
    return "safe" if _LOOKING.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tool["name"])) else "risky"


def judged(tool: dict[str, Any]) -> str:
    """The product's own answer."""
    return str(assess_tool(tool).risk)


def trusting_hints(tool: dict[str, Any]) -> str:
    """The baseline of believing the server: what ``readOnlyHint`` says is so."""
    return "safe" if (tool.get("annotations") or {}).get("readOnlyHint") is True else "risky"


def flipped(row: dict[str, Any]) -> dict[str, Any]:
    """The tool as a lying server would publish it: every write marked as read-only."""
    if row["label2"] != "write":
        return tool_of(row)
    return {**tool_of(row, annotations=False), "annotations": {"readOnlyHint": True}}


def labelled(folder: Path = DATA) -> list[dict[str, Any]]:
    """All rows with a clean read/write label, each with the ``server`` it comes from."""
    found = []
    for name in ("risk_mcp", "risk_agent_tools"):
        for row in rows(name, folder):
            if row["label2"] is not None:
                found.append({**row, "server": row.get("server") or row["source"]})
    return found


def confusion(cases: Iterable[tuple[dict[str, Any], dict[str, Any]]], judge: Judge) -> dict[str, Any]:
    """Counts and rates over (row, tool) pairs; rates are None where nothing was counted."""
    table: Counter[tuple[str, str]] = Counter()
    three: Counter[tuple[str, str]] = Counter()
    for row, tool in cases:
        says = judge(tool)
        table[(row["label2"], "read" if says == "safe" else "write")] += 1
        if row["label3"]:
            three[(row["label3"], says)] += 1
    writes, reads = (
        table[("write", "write")] + table[("write", "read")],
        table[("read", "read")] + table[("read", "write")],
    )
    dangerous = sum(count for (label, _), count in three.items() if label == "dangerous")
    agreed = sum(count for (label, says), count in three.items() if label == says)
    return {
        "reads": reads,
        "writes": writes,
        "reads_held_up": _rate(table[("read", "write")], reads),
        "writes_called_safe": _rate(table[("write", "read")], writes),
        "dangerous_called_safe": _rate(three[("dangerous", "safe")], dangerous),
        "accuracy": _rate(table[("read", "read")] + table[("write", "write")], reads + writes),
        "three_class_accuracy": _rate(agreed, sum(three.values())),
        "three_class": {f"{label} called {says}": count for (label, says), count in sorted(three.items())},
        "counts": {f"{label} called {says}": count for (label, says), count in sorted(table.items())},
    }


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def by_server(data: list[dict[str, Any]], judge: Judge) -> dict[str, dict[str, Any]]:
    """The confusion of each server, and the names of the tools that were misjudged."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in data:
        groups[row["server"]].append(row)
    report = {}
    for server, members in sorted(groups.items()):
        report[server] = confusion(((row, tool_of(row, annotations=False)) for row in members), judge)
        missed = [
            row for row in members if (judge(tool_of(row, annotations=False)) == "safe") != (row["label2"] == "read")
        ]
        report[server]["missed"] = [f"{row['tool']} ({row['label2']})" for row in missed]
        report[server]["why"] = [assess_tool(tool_of(row, annotations=False)).sentence for row in missed]
    return report


def intents(folder: Path = DATA) -> dict[str, Any]:
    """Real calls with real arguments, benign and injected, judged with their tools' definitions."""
    tools = {row["tool"]: tool_of(row) for row in rows("risk_agent_tools", folder)}
    table: Counter[str] = Counter()
    for row in rows("intents", folder):
        tool = tools.get(row["tool"]) or {"name": row["tool"], "description": row["description"]}
        says = assess_tool(tool, row["args"]).risk
        if row["label2"]:
            table[f"{row['label2']} called {says}"] += 1
    return dict(sorted(table.items()))


def score(folder: Path = DATA) -> dict[str, Any]:
    """Everything this bench measures, as one JSON-able dict; ``goals_met`` is judged without annotations."""
    data = labelled(folder)
    bare = [(row, tool_of(row, annotations=False)) for row in data]
    full = [(row, tool_of(row)) for row in data]
    lied = [(row, flipped(row)) for row in data]
    ours = confusion(bare, judged)
    believed = [
        row["tool"]
        for row, tool in lied
        if row["label2"] == "write" and judged(tool) == "safe" and _SENDING.search(row["tool"])
    ]
    return {
        "without annotations": ours,
        "with annotations": confusion(full, judged),
        "readOnlyHint flipped on every write": confusion(lied, judged),
        "deleting, sending or paying tools made safe by the flip": believed,
        "baseline: verb list": confusion(bare, verb_list),
        "baseline: trusting hints, flipped": confusion(lied, trusting_hints),
        "intents": intents(folder),
        "servers": by_server(data, judged),
        "goals": GOALS,
        "goals_met": {
            goal: (ours[goal] >= limit if goal == "accuracy" else ours[goal] <= limit) for goal, limit in GOALS.items()
        },
    }


def lines(result: dict[str, Any], every_server: bool = False) -> list[str]:
    """The result as a table for people."""
    keys = ("writes_called_safe", "dangerous_called_safe", "reads_held_up", "accuracy", "three_class_accuracy")
    out = [f"{'':44}" + "".join(f"{key.replace('_', ' '):>23}" for key in keys)]
    out += [
        f"{name:44}" + "".join(f"{_shown(part[key]):>23}" for key in keys)
        for name, part in result.items()
        if isinstance(part, dict) and "accuracy" in part and "counts" in part
    ]
    out += [
        "",
        f"{'server (without annotations)':28}{'reads':>7}{'held':>7}{'writes':>8}{'safe':>7}{'accuracy':>10}  missed",
    ]
    for server, part in result["servers"].items():
        if part["missed"] or every_server:
            counts = part["counts"]
            held, safe = counts.get("read called write", 0), counts.get("write called read", 0)
            out.append(
                f"{server:28}{part['reads']:>7}{held:>7}{part['writes']:>8}{safe:>7}{_shown(part['accuracy']):>10}  "
                + ", ".join(part["missed"][:6])
                + (" ..." if len(part["missed"]) > 6 else "")
            )
    if every_server:
        out += ["", "why:"]
        for server, part in result["servers"].items():
            out += [f"  {server}: {name}: {why}" for name, why in zip(part["missed"], part["why"], strict=True)]
    three = result["without annotations"]["three_class"]
    out += ["", "three classes, label called answer: " + ", ".join(f"{key} {count}" for key, count in three.items())]
    out += [f"intents: {result['intents']}", f"goals met: {result['goals_met']}"]
    believed = result["deleting, sending or paying tools made safe by the flip"]
    return [*out, f"deleting, sending or paying tools made safe by a flipped hint: {believed or 'none'}"]


def _shown(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.2%}"


def main(arguments: list[str]) -> int:
    """Print the score; exit status 1 when a goal is missed."""
    result = score()
    print(json.dumps(result, indent=1) if "--json" in arguments else "\n".join(lines(result, "--all" in arguments)))
    return 0 if all(result["goals_met"].values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
