"""policy backtest: what another policy would have decided about what really happened."""

from pathlib import Path
from typing import Annotated

import typer
from groundstop.backtest import Backtest
from groundstop.backtest import backtest as run_backtest
from groundstop.cli.asking import asker, counting, settings_or_fail, trying_a_policy
from groundstop.cli.common import AsJson, Data, hints, out, print_json
from groundstop.cli.finding_record import record_folder
from groundstop.cli.lookback import Since, since_of
from groundstop.clock import Clock
from rich.table import Table


def backtest(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Policy file to evaluate.")],
    since: Since = "30d",
    catalogue: Annotated[list[str] | None, typer.Option("--catalogue", help="Tool catalogue. May be repeated.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Number of processes.")] = 2,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Evaluate another policy on the recorded intents of a period, and list the differences.

    Each changed decision is compared with the decisions of people and the outcome. Nothing is published.
    """
    settings, now = settings_or_fail(data, json), Clock()()
    with trying_a_policy(json):
        begin = since_of(since, now)
        sources = catalogue or settings.catalogue_sources
        if not sources:
            hints.print("no --catalogue was given: every tool is unknown, and unknown tools are dangerous")
        text = file.read_text("utf-8")
        with counting("facts", json) as progress:
            found = run_backtest(
                settings.clickhouse_dsn, asker, text, sources, begin, now, processes, record_folder(data), progress
            )
    _show(found, json)


def _show(found: Backtest, json: bool) -> None:
    shifts = sorted(found.shifts.items(), key=lambda pair: -pair[1].count)
    if json:
        print_json(
            {
                "looked_at": found.looked_at, "changed": found.changed, "unreadable": found.unreadable,
                "held": found.held(), "let_pass": found.let_pass(), "human_minutes": round(found.human_minutes, 1),
                "changes": [
                    {"before": list(key[:2]), "after": list(key[2:]), "count": shift.count, "labels": shift.labels,
                     "samples": shift.samples}
                    for key, shift in shifts
                ],
            }
        )  # fmt: skip
        return
    for sentence in found.sentences():
        out.print(sentence, highlight=False)
    table = Table("from", "to", "count", "what became of them", "such as", box=None)
    for (route, risk, new_route, new_risk), shift in shifts:
        labels = ", ".join(f"{count} {label}" for label, count in shift.labels.items())
        table.add_row(f"{route} ({risk})", f"{new_route} ({new_risk})", str(shift.count), labels, shift.samples[0])
    if shifts:
        out.print(table)
