"""The notebook of the docs is one, and every cell of it runs on a record; the chain in SQL agrees with verify."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from groundstop.record.layout import TABLE
from groundstop.record.verify import verify
from groundstop.subjects import STREAM

from .conftest import Record, facts_of

NOTEBOOK = Path(__file__).parents[3] / "docs" / "how-to" / "record.ipynb"


async def test_every_cell_of_the_notebook_runs_and_answers(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    await record.fill(facts_of(9, 60))
    monkeypatch.setenv("GROUNDSTOP_NATS_URL", "nats://127.0.0.1:1")  # no stack is looked for: the record is enough
    monkeypatch.setenv("GROUNDSTOP_CLICKHOUSE_DSN", record.dsn.replace("default@", "analyst@"))
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)
    assert names["days"]["ended"].sum() > 0 and len(names["curve"]) > 1
    assert list(names["complete"].iloc[0]) == [record.ask(f"SELECT count() FROM {TABLE}")[0][0]] * 2
    assert len(names["broken"]) == 0
    names["client"].close()


async def test_the_chain_in_sql_alone_finds_what_verify_finds(record: Record) -> None:
    tip = await record.fill(facts_of(10, 120))
    record.change(f"ALTER TABLE {TABLE} UPDATE tool = 'other' WHERE seq = 120")
    record.change(f"ALTER TABLE {TABLE} DELETE WHERE seq = 201")
    view = f"SELECT problem, seq FROM audit.chain_in(chain = '{STREAM}', first = 1, last = {tip.seq})"
    found = record.ask(f"{view} WHERE problem != '' ORDER BY seq")
    assert [tuple(row) for row in found] == [("altered", 120), ("missing", 202)]
    assert found == [[each.kind, each.seq] for each in verify(record.ask, STREAM, []).breaks]
    inside = f"SELECT count(), countIf(problem != '') FROM audit.chain_in(chain = '{STREAM}', first = 121, last = 200)"
    assert record.ask(inside) == [[80, 0]]
