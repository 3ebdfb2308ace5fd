"""The metrics once more, by pandas and loops over facts, from docs/metrics.md: sharing nothing with the views."""

from collections import defaultdict
from typing import Any

import orjson
import pandas as pd
from groundstop.log import Stored

GOOD = ("succeeded", "completed_manually")


def table(facts: list[Stored]) -> pd.DataFrame:
    """One line per fact: what its subject says, when it was logged, and the fact itself."""
    lines = []
    for number, message in enumerate(facts):
        parts = message.subject.split(".")
        kind, rest = (parts[1], parts[2:]) if parts[1] in ("outcome", "feedback") else (".".join(parts[1:3]), parts[3:])
        lines.append((number, kind, *rest[:3], message.time_ns // 1000, orjson.loads(message.payload)))
    return pd.DataFrame(lines, columns=["seq", "kind", "tenant", "agent", "intent", "at", "fact"])


def between(frame: pd.DataFrame, since_us: int, until_us: int) -> pd.DataFrame:
    return frame[(frame["at"] >= since_us) & (frame["at"] < until_us)]


def _of(frame: pd.DataFrame, kind: str, **fields: str) -> pd.DataFrame:
    """Facts of one kind with some of their fields as columns."""
    chosen = frame[frame["kind"] == kind].copy()
    for column, field in fields.items():
        chosen[column] = [fact.get(field) for fact in chosen["fact"]]
    return chosen


def completion(frame: pd.DataFrame) -> dict[str, tuple[int, int, int, int]]:
    ended = _of(frame, "outcome", status="status")
    return {
        tenant: (
            len(group), int(group["status"].isin(GOOD).sum()), int((group["status"] == "unknown").sum()),
            int((group["status"] == "expired").sum()),
        )
        for tenant, group in ended.groupby("tenant")
    }  # fmt: skip


def tasks(frame: pd.DataFrame) -> dict[str, tuple[int, int, int]]:
    ended = _of(frame, "outcome", status="status", task="task").sort_values("seq")
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for (tenant, _, _), group in ended.groupby(["tenant", "agent", "task"]):
        counts[tenant][0] += 1
        counts[tenant][1] += group["status"].iloc[-1] in GOOD
        counts[tenant][2] += all(status in GOOD for status in group["status"])
    return {tenant: tuple(found) for tenant, found in counts.items()}


def errors(frame: pd.DataFrame) -> dict[str, tuple[int, int, float]]:
    found = {}
    for tenant, group in frame.groupby("tenant"):
        statuses = list(_of(group, "outcome", status="status")["status"])
        bad, ran = (
            sum(s in which for s in statuses) for which in (("failed", "unknown"), ("failed", "unknown", GOOD[0]))
        )
        attempts = int((group["kind"] == "execution.started").sum())
        if attempts or ran:
            found[tenant] = (attempts, bad, round(bad / ran, 9) if ran else 0.0)
    return found


def satisfaction(frame: pd.DataFrame) -> dict[str, tuple[int, int, float, float]]:
    found = {}
    for tenant, group in _of(frame, "feedback", rating="rating").groupby("tenant"):
        up, n = int((group["rating"] > 0).sum()), len(group)
        p, z = up / n, 1.96
        middle, root = p + z * z / (2 * n), z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
        found[tenant] = (
            up,
            n - up,
            round((middle - root) / (1 + z * z / n), 6),
            round((middle + root) / (1 + z * z / n), 6),
        )
    return found


def cost(frame: pd.DataFrame) -> dict[str, tuple[int, int, int, float]]:
    done = {tenant: found[1] for tenant, found in tasks(frame).items()}
    totals: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0.0])
    for line in frame.itertuples():
        total = totals[line.tenant]
        if line.kind == "cost.recorded":
            total[1] += line.fact["cost_micros"]
            total[2] += line.fact["tokens_in"] + line.fact["tokens_out"]
            total[3] += line.fact["human_s"]
        elif line.kind == "case.decided":
            total[3] += line.fact.get("read_s") or 0.0
        elif line.kind != "outcome":
            totals[line.tenant] = total
    relevant = set(frame[frame["kind"].isin(["cost.recorded", "case.decided", "outcome"])]["tenant"])
    return {
        tenant: (done.get(tenant, 0), total[1], total[2], round(total[3] / 60, 6))
        for tenant, total in totals.items() if tenant in relevant
    }  # fmt: skip


def escalation(frame: pd.DataFrame) -> dict[str, tuple[int, int, int]]:
    classified = _of(frame, "intent.classified", judgement="judgement")
    found = {}
    for tenant, group in classified.groupby("tenant"):
        routes = [judgement["route"] for judgement in group["judgement"]]
        people = sum(route not in ("proceed", "refuse") for route in routes)
        found[tenant] = (len(routes), people, routes.count("refuse"))
    return found


def duration(frame: pd.DataFrame) -> dict[str, tuple[int, float]]:
    began = {(x.tenant, x.intent): x.at for x in frame[frame["kind"] == "intent.submitted"].itertuples()}
    found: dict[str, list[float]] = defaultdict(list)
    for line in frame[frame["kind"] == "outcome"].itertuples():
        if line.fact["status"] in GOOD and (line.tenant, line.intent) in began:
            found[line.tenant].append((line.at - began[line.tenant, line.intent]) / 1e6)
    return {tenant: (len(values), round(sum(values), 4)) for tenant, values in found.items()}


def calibration(frame: pd.DataFrame) -> dict[str, tuple[int, float]]:
    """Intents and expected calibration error per tenant over its agents, weighted by intents."""
    undone = {(x.tenant, x.intent) for x in frame[frame["kind"] == "intent.undone"].itertuples()}
    ended = {(x.tenant, x.intent): x.fact["status"] for x in frame[frame["kind"] == "outcome"].itertuples()}
    bins: dict[tuple[str, str, int], list[tuple[float, bool]]] = defaultdict(list)
    for line in frame[frame["kind"] == "intent.submitted"].itertuples():
        status, sure = ended.get((line.tenant, line.intent)), line.fact["confidence"]
        if status is None or sure is None or status in ("throttled", "expired", "cancelled"):
            continue
        right = status in GOOD and (line.tenant, line.intent) not in undone
        bins[line.tenant, line.agent, min(9, int(sure * 10 + 1e-9))].append((sure, right))
    found: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for (tenant, _, _), pairs in bins.items():
        found[tenant][0] += len(pairs)
        found[tenant][1] += abs(sum(sure for sure, _ in pairs) - sum(right for _, right in pairs))
    return {tenant: (int(n), round(gap / n, 6)) for tenant, (n, gap) in found.items()}


def throttling(frame: pd.DataFrame) -> dict[str, tuple[int, int]]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in frame.itertuples():
        if line.kind in ("outcome", "intent.deferred"):
            found[line.tenant][0] += line.kind == "outcome" and line.fact["status"] == "throttled"
            found[line.tenant][1] += line.kind == "intent.deferred"
    return {tenant: tuple(counts) for tenant, counts in found.items()}


def undo(frame: pd.DataFrame) -> dict[str, tuple[int, int]]:
    undone = {(x.tenant, x.intent) for x in frame[frame["kind"] == "intent.undone"].itertuples()}
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in frame[frame["kind"] == "outcome"].itertuples():
        if line.fact["status"] in GOOD:
            found[line.tenant][0] += 1
            found[line.tenant][1] += (line.tenant, line.intent) in undone
    return {tenant: tuple(counts) for tenant, counts in found.items()}


def cases(frame: pd.DataFrame) -> dict[str, tuple[int, int, int, int, int, int, float]]:
    people: dict[tuple[str, str], dict[str, Any]] = {}
    for line in frame.itertuples():
        if not line.kind.startswith("case."):
            continue
        case = people.setdefault((line.tenant, f"{line.intent}-{line.fact['case_kind']}"), {"votes": [], "edits": 0})
        if line.kind == "case.voted":
            case["votes"].append(line.fact["verdict"])
        elif line.kind == "case.edited":
            case["edits"] += 1
        else:
            case[line.kind] = (line.at, line.fact.get("verdict"))
    found: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, 0, 0, 0.0])
    for (tenant, _), case in people.items():
        if "case.opened" not in case:
            continue
        at, verdict = case.get("case.decided", (0, None))
        votes, total = case["votes"], found[tenant]
        total[0] += 1
        total[1] += verdict is not None
        total[2] += verdict == "expired"
        total[3] += case["edits"] > 0
        total[4] += len(votes) > 1
        total[5] += len(votes) > 1 and len(set(votes)) == 1
        total[6] += (at - case["case.opened"][0]) / 1e6 if verdict not in (None, "expired") else 0.0
    return {tenant: (*counts[:6], round(counts[6], 4)) for tenant, counts in found.items()}
