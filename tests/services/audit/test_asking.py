"""What people ask the record with: the dashboard's queries, the report, thumbs and costs through the client."""

import asyncio
import json
import os
import shutil
import sys
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import jsonschema_rs
import pytest
from groundstop.bus.consumer import Consumer
from groundstop.cli.asking import records
from groundstop.cli.measuring import BROWSERS
from groundstop.clickhouse import query
from groundstop.client import Client
from groundstop.errors import BadInput
from groundstop.events import CostRecorded, Feedback, IntentSubmitted, Outcome
from groundstop.record.measures import MEASURES
from groundstop.record.report import Section, page
from groundstop.testing import NOON, eventually
from groundstop.vocabulary import Reason, Status
from groundstop_approval.projections.similar import SQL
from groundstop_embedded.testing import Bus

from .conftest import Record, facts_of

DASHBOARD = Path(__file__).parents[3] / "infra" / "grafana" / "groundstop.json"
SPAN = (NOON - timedelta(days=1), NOON + timedelta(days=7))


async def test_every_panel_of_the_dashboard_asks_what_the_record_can_answer(record: Record) -> None:
    await record.fill(facts_of(3, 200))
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    since, until = (f"toDateTime({int(at.timestamp())})" for at in SPAN)
    assert len({panel["id"] for panel in panels}) == len(panels) >= 12
    for panel in panels:
        for target in panel["targets"]:
            rows = record.ask(target["rawSql"].replace("$__fromTime", since).replace("$__toTime", until))
            assert rows or "alt" in panel["title"], panel["title"]


async def test_a_briefing_asks_what_the_record_can_answer(record: Record) -> None:
    """Approval treats a record that refuses like one that is away: what is wrong with its question shows here alone."""
    await record.fill(facts_of(3, 200))
    decided = record.ask(
        "SELECT tenant, tool, risk, max(ts) FROM audit.event_log WHERE kind = 'case.decided' GROUP BY ALL"
    )
    tenant, tool, risk, _ = max(decided, key=lambda row: row[3])
    sql = SQL.replace("now() - INTERVAL 90 DAY", "toDateTime(0)")
    found = query(record.dsn, sql, "JSONEachRow", {"tenant": tenant, "tool": tool, "risk": risk, "kind": ""})
    rows = [json.loads(line) for line in found.splitlines()]
    assert rows and all(set(row) == {"at", "verdict", "by", "note", "status"} for row in rows)


def test_the_dashboard_is_one_that_grafana_can_load() -> None:
    """Against the part of Grafana's JSON model that is used; panels have places of their own in its 24 columns."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    schema = json.loads(Path(__file__).with_name("dashboard.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(dashboard)] == []
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in dashboard["panels"]):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24 and not cells & taken
        taken |= cells


class Texts(HTMLParser):
    """The words of a page, its charts, and whatever it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.charts = 0
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.charts += tag == "svg"
        self.loads += [f"{tag} {value}" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


async def test_the_report_is_one_file_with_charts_and_every_measure(record: Record) -> None:
    await record.fill(facts_of(4, 400, rated=0.5))
    sections = [Section(measure, records(record.dsn, measure.sql(*SPAN))) for measure in MEASURES]
    read = Texts()
    read.feed(page(sections, *SPAN))
    text = " ".join(read.text)
    assert not read.loads
    assert read.charts >= 3
    assert all(measure.title in text for measure in MEASURES if measure.key != "summary")
    assert "400" in text


async def test_a_report_about_nothing_says_so(record: Record) -> None:
    sections = [Section(measure, records(record.dsn, measure.sql(*SPAN))) for measure in MEASURES]
    assert "Nothing in this period" in page(sections, *SPAN)


async def test_names_from_outside_cannot_write_into_the_report(record: Record) -> None:
    measure = MEASURES[2]
    assert "<script>" not in page(
        [Section(each, [{"agent": "<script>alert(1)</script>"}] if each is measure else []) for each in MEASURES], *SPAN
    )


async def test_a_thumb_counts_once_per_person_and_a_cost_once_per_entry(bus: Bus, door: Consumer) -> None:
    async with Client.open(agent="ann", settings=bus.settings) as client:
        ticket = await client.submit("orders.get", {"order": "A-1"})
        await _taken(client, ticket.intent)
        assert await client.feedback(ticket.intent, "up", "quick")
        assert not await client.feedback(ticket.intent, "down")
        assert await client.record_cost(ticket.intent, cost=0.0125, tokens_in=900, entry="model-1")
        assert not await client.record_cost(ticket.intent, cost=9.0, entry="model-1")
        with pytest.raises(BadInput, match="executors"):
            await client.record_cost(ticket.intent, cost=0.0, entry="tool")
        thumb = await client.log.last_fact(Feedback, "gs.feedback.>")
        cost = await client.log.last_fact(CostRecorded, "gs.cost.recorded.>")
        assert thumb is not None and (thumb.rating, thumb.user, thumb.comment) == (1, "ann", "quick")
        assert cost is not None and (cost.cost_micros, cost.tokens_in) == (12_500, 900)
        with pytest.raises(BadInput, match="neither"):
            await client.feedback(ticket.intent, "great")
        with pytest.raises(BadInput, match="no intent"):
            await client.feedback("nobody", "up")


async def _taken(client: Client, intent: str) -> IntentSubmitted:
    """The submission, once the log has it."""
    pattern = f"gs.intent.submitted.*.*.{intent}"
    return await eventually(lambda: client.log.last_fact(IntentSubmitted, pattern), "the submission")


async def test_a_task_is_summed_up_for_whoever_takes_it_over(bus: Bus, door: Consumer) -> None:
    async with Client.open(agent="ann", tenant="shop", settings=bus.settings) as client:
        ticket = await client.submit("orders.get", {"order": "A-1"}, task="t-1", assumptions=["it is her order"])
        submitted = await _taken(client, ticket.intent)
        done = {"status": Status.SUCCEEDED, "reason_code": Reason.DONE, "tool": "orders.get"}
        await client.log.publish_once(Outcome.caused_by(submitted, NOON, "executor", **done))
        second = await client.submit("email.send", {"to": "kira"}, task="t-1")
        await _taken(client, second.intent)
    env = dict(os.environ) | {"GROUNDSTOP_NATS_URL": bus.url}  # noqa: TID251 - a child inherits it
    argv = [sys.executable, "-m", "groundstop.cli", "summary", "t-1", "--tenant", "shop", "--json"]
    told = await asyncio.create_subprocess_exec(*argv, env=env, stdout=asyncio.subprocess.PIPE)
    answer = json.loads((await told.communicate())[0])
    assert told.returncode == 0
    assert answer["accomplished"] == ["orders.get(order=A-1)"] and answer["failed"] == []
    assert len(answer["pending"]) == 1 and "email.send" in answer["pending"][0]
    assert answer["assumptions"] == ["it is her order"]


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="printing needs a Chromium on the path")
async def test_the_report_prints_as_a_pdf(record: Record, tmp_path: Path) -> None:
    await record.fill(facts_of(6, 60, rated=0.5))
    env = dict(os.environ) | {  # noqa: TID251 - a child inherits it
        "GROUNDSTOP_NATS_URL": "nats://127.0.0.1:1", "GROUNDSTOP_CLICKHOUSE_DSN": record.dsn,
    }  # fmt: skip
    argv = [sys.executable, "-m", "groundstop.cli", "report", "--since", "2026-05-01", "--pdf", "--out", "r.html"]
    done = await asyncio.create_subprocess_exec(*argv, env=env, cwd=tmp_path)
    assert await done.wait() == 0
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    assert "What the agents did" in (tmp_path / "r.html").read_text(encoding="utf-8")
