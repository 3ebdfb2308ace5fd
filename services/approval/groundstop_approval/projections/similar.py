"""How similar cases were decided and how they ended, asked of the record within a bounded time."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from groundstop.commands.cases import SimilarCase, SimilarCases

from groundstop_approval.domain.state import CaseState

WAIT_S = 0.2
RECENT = 5
UNKNOWN = SimilarCases(known=False)

SQL = """
WITH decided AS (
    SELECT intent, ts, status AS verdict,
        JSONExtractString(payload, 'by') AS by, JSONExtractString(payload, 'note') AS note
    FROM audit.event_log
    WHERE kind = 'case.decided' AND tenant = {tenant:String} AND tool = {tool:String} AND risk = {risk:String}
        AND endsWith(case, {kind:String}) AND ts > now() - INTERVAL 90 DAY
    ORDER BY ts DESC LIMIT 200),
ended AS (
    SELECT intent, status FROM audit.event_log
    WHERE kind = 'outcome' AND tenant = {tenant:String} AND intent IN (SELECT intent FROM decided))
SELECT toString(d.ts) AS at, d.verdict AS verdict, d.by AS by, d.note AS note, e.status AS status
FROM decided AS d LEFT JOIN ended AS e ON d.intent = e.intent ORDER BY d.ts DESC
FORMAT JSONEachRow
"""

Ask = Callable[[str, Mapping[str, str]], str]
"""Runs one query with its parameters and answers its text; blocking, in a thread; raises when there is no record."""


class Similar:
    """Look-alikes from the record. ``ask`` None: there is no record here."""

    def __init__(self, ask: Ask | None, wait_s: float = WAIT_S) -> None:
        self._ask = ask
        self._wait_s = wait_s

    async def to(self, state: CaseState) -> SimilarCases:
        """How cases like this one went; ``known`` False when the record does not answer in time."""
        if self._ask is None:
            return UNKNOWN
        try:
            text = await asyncio.wait_for(asyncio.to_thread(self._ask, SQL, values_of(state)), self._wait_s)
            return counted([orjson.loads(line) for line in text.splitlines() if line.strip()])
        except Exception:  # whatever is wrong with the record, the decision must not wait for it
            return UNKNOWN


def values_of(state: CaseState) -> dict[str, str]:
    """The parameters of the question for one case."""
    return {
        "tenant": state.opened.tenant,
        "tool": state.call.tool,
        "risk": state.judgement.risk.value,
        "kind": f"-{state.opened.case_kind}",
    }


def counted(rows: list[dict[str, Any]]) -> SimilarCases:
    """Rows of the record as the briefing shows them."""
    verdicts = [row["verdict"] for row in rows]
    statuses = [row.get("status") or "" for row in rows]
    return SimilarCases(
        known=True,
        total=len(rows),
        approved=verdicts.count("approved"),
        denied=verdicts.count("denied"),
        expired=verdicts.count("expired"),
        succeeded=sum(status in ("succeeded", "completed_manually") for status in statuses),
        failed=sum(status in ("failed", "unknown") for status in statuses),
        recent=tuple(SimilarCase.model_validate(row) for row in rows[:RECENT]),
    )
