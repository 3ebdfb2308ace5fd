"""The figures as a table: on the terminal, in RESULTS.md and as JSON."""

import platform
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

GOALS = (
    ("bare hops over nats-py, 4 durable hops", "throughput.ceiling_s", "/s", "the ceiling"),
    ("governed safe intents, durable and audited", "throughput.governed_s", "/s", ">= 2000"),
    ("ratio to the ceiling", "throughput.ratio", "", ">= 0.3"),
    ("submit to outcome at 50/s, p50", "latency.p50_ms", "ms", "<= 6"),
    ("submit to outcome at 50/s, p99", "latency.p99_ms", "ms", "<= 20"),
    ("press to last of 8 executors halted, p50", "halt.p50_ms", "ms", ""),
    ("press to last of 8 executors halted, p99", "halt.p99_ms", "ms", "<= 25"),
    ("claims accepted after an acknowledged halt", "halt.claims_after", "", "0"),
    ("in flight when halted, and accounted for", "halt.in_flight", "", "all"),
    ("audit, catching up with a backlog", "audit.events_s", "/s", ">= 10000"),
    ("audit lag under full load, p99", "audit.lag_p99_s", "s", "<= 1"),
    ("start of the embedded stack to ready", "start_s", "s", "< 8"),
)


def rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What, figure with unit, goal."""
    table = []
    for what, path, unit, goal in GOALS:
        value: Any = found
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        table.append((what, "not measured" if value is None else f"{value:,} {unit}".strip(), goal))
    return table


def write(found: dict[str, Any], folder: Path, console: Console, command: str) -> None:
    """Print, and write RESULTS.md and results.json."""
    table = Table("what", "seen", "goal")
    for row in rows(found):
        table.add_row(*row)
    console.print(table)
    lines = [
        "# Results",
        "",
        f"`{command}` on {platform.machine()}, Python {platform.python_version()}, 2 cores. Timings vary by about 2x",
        "with the machine's neighbours: believe the ratio, which is measured in one run, alternately.",
        "",
        "| what | seen | goal |",
        "|---|---|---|",
        *(f"| {what} | {seen} | {goal} |" for what, seen, goal in rows(found)),
        "",
        "CPU per governed intent, microseconds by process (from the kernel's own count):",
        "",
        *(f"- {name}: {value}" for name, value in found["throughput"]["cpu_us"].items()),
        "",
    ]
    put_section(folder / "RESULTS.md", "", "\n".join(lines))
    (folder / "results.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


def put_section(path: Path, heading: str, text: str) -> None:
    """Replace one section of a page (``## heading``; empty: what is above the first), leave the others as they are."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    top, *rest = before.split("\n## ")
    sections = {"": top} | {section.partition("\n")[0]: section for section in rest}
    sections[heading] = text.rstrip() if not heading else f"{heading}\n\n{text.rstrip()}"
    first, *others = (section.rstrip() for section in sections.values())
    path.write_text("\n\n## ".join([first, *others]) + "\n", encoding="utf-8")
