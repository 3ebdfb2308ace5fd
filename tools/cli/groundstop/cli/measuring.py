"""metrics, report: how well the agents do, on the terminal and as one file to pass around."""

import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from groundstop.cli.asking import records, refused, settings_or_fail
from groundstop.cli.common import NEGATIVE, USAGE, AsJson, Data, fail, hints, out, print_json
from groundstop.cli.lookback import Since, since_of
from groundstop.clickhouse import ClickHouseProblem
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.record.measures import MEASURES
from groundstop.record.report import Section, page
from rich.table import Table

PDF_TIMEOUT_S = 120
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command()(metrics)
    app.command()(report)


def _range(since: str, json: bool) -> tuple[datetime, datetime]:
    now = Clock()()
    try:
        return since_of(since, now), now + timedelta(seconds=1)
    except BadInput as error:
        fail(f"--since {error}", USAGE, json, "invalid_since")


def _sections(since: datetime, until: datetime, data: Path | None, json: bool) -> list[Section]:
    dsn = settings_or_fail(data, json).clickhouse_dsn
    try:
        return [Section(measure, records(dsn, measure.sql(since, until))) for measure in MEASURES]
    except ClickHouseProblem as error:
        refused(error, json)


def metrics(since: Since = "7d", data: Data = None, json: AsJson = False) -> None:
    """Show metrics of agents: completion, escalation, errors, satisfaction, cost, time, calibration, halts and more.

    Each number is a view of the database metrics: [bold]groundstop sql "select * from metrics.completion"[/]
    """
    begin, end = _range(since, json)
    sections = _sections(begin, end, data, json)
    if json:
        print_json({section.measure.key: section.rows for section in sections} | {"since": begin, "until": end})
        return
    out.print(f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC", highlight=False)
    for section in sections:
        if section.rows and section.measure.key != "reliability":
            out.print(_table(section))


def _table(section: Section) -> Table:
    columns = list(section.rows[0])
    headings = [column.replace("_", " ") for column in columns]
    table = Table(*headings, title=section.measure.title, caption=section.measure.says, box=None, title_justify="left")
    for row in section.rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.4g}" if isinstance(value, float) and value != int(value) else str(value)


def report(
    file: Annotated[Path, typer.Option("--out", help="File to write the page to.")],
    since: Since = "7d",
    pdf: Annotated[bool, typer.Option("--pdf", help="Also write a PDF beside it. Needs Chromium.")] = False,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Write a self-contained HTML report with charts and tables."""
    begin, end = _range(since, json)
    sections = _sections(begin, end, data, json)
    file.write_text(page(sections, begin, end), encoding="utf-8")
    written = [str(file), *([str(_pdf(file, json))] if pdf else [])]
    print_json({"written": written}) if json else hints.print(f"written: {', '.join(written)}", highlight=False)


def _pdf(file: Path, json: bool) -> Path:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        fail(
            f"--pdf needs one of {', '.join(BROWSERS)} on the path; the page itself was written",
            NEGATIVE,
            json,
            "no_pdf",
        )
    target = file.with_suffix(".pdf").absolute()
    argv = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
            f"--print-to-pdf={target}", file.absolute().as_uri()]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, timeout=PDF_TIMEOUT_S, check=False)
    if done.returncode or not target.exists():
        fail(f"{browser} could not print: {done.stderr.decode()[-300:]}", NEGATIVE, json, "no_pdf")
    return target
