"""The metrics once more, by pandas from docs/reference/metrics.md: every column, sharing nothing with the views.

Each function takes all facts and a range and answers rows: key -> values in the view's own order of columns.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pandas as pd
from groundstop.log import Stored

GOOD = ("succeeded", "completed_manually")
BAD = ("failed", "unknown")
PEOPLE = ("confirm", "approve", "clarify", "escalate")
STATUSES = ("refused", "throttled", "denied", "expired", "needs_clarification", "failed", "unknown", "cancelled")
FEW = 50
NOBODYS = ("control", "executor.halted", "reviewer.alarmed")
LOOK_BACK_US = 7 * 86_400 * 1_000_000
BASELINE_S = 600.0

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
Recount = Callable[[pd.DataFrame, int, int], Rows]
VIEWS: dict[str, tuple[Recount, int]] = {}
"""View to its recount and how many of its columns are the key."""


def view(keys: int) -> Callable[[Recount], Recount]:
    """Plug in the recount of the view that the function is named after."""

    def plug(function: Recount) -> Recount:
        VIEWS[function.__name__] = (function, keys)
        return function

    return plug


def table(facts: list[Stored]) -> pd.DataFrame:
    """One line per fact: what its subject says, when it was logged, the fact itself and the fields that metrics use."""
    lines = []
    for message in facts:
        parts = message.subject.split(".")
        kind = parts[1] if parts[1] in ("outcome", "feedback", "control") else ".".join(parts[1:3])
        who = parts[len(kind.split(".")) + 1 :][:3] if kind not in NOBODYS else ()
        fact = orjson.loads(message.payload)
        judgement, call = fact.get("judgement") or {}, fact.get("call") or {}
        lines.append({
            "seq": message.seq, "kind": kind, "at": message.time_ns // 1000, "fact": fact,
            **dict(zip(("tenant", "agent", "intent"), (*who, "", "", "")[:3], strict=True)),
            "task": fact.get("task", ""), "status": fact.get("status", ""), "verdict": fact.get("verdict", ""),
            "action_type": fact.get("action_type") or call.get("action_type", ""),
            "risk": fact.get("risk") or judgement.get("risk", ""), "route": judgement.get("route", ""),
            "policy": fact.get("policy_version") or judgement.get("policy_version", ""),
            "answer": judgement.get("answer", ""), "shadow": len(judgement.get("shadow") or ()),
        })  # fmt: skip
    frame = pd.DataFrame(lines)
    frame["day"] = pd.to_datetime(frame["at"], unit="us", utc=True).dt.date
    frame["good"] = (frame["kind"] == "outcome") & frame["status"].isin(GOOD)
    return frame


def inside(frame: pd.DataFrame, since: int, until: int, *kinds: str) -> pd.DataFrame:
    """Facts of some kinds that were logged in a range."""
    return frame[(frame["at"] >= since) & (frame["at"] < until) & frame["kind"].isin(kinds)]


class Group:
    """Some lines of a frame, columns as arrays: a frame for each of thousands of small groups would take minutes."""

    def __init__(self, columns: dict[str, Any], lines: Any) -> None:
        self._columns, self._lines = columns, lines

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, column: str) -> Any:
        return self._columns[column][self._lines]

    def where(self, flags: Any) -> "Group":
        """Those lines for which it is true."""
        return Group(self._columns, self._lines[np.asarray(flags, dtype=bool)])


def by(frame: pd.DataFrame, *columns: str) -> list[tuple[tuple[Any, ...], Group]]:
    """Groups in the frame's order, with their keys as tuples."""
    arrays = {str(name): frame[name].to_numpy() for name in frame.columns}
    groups = frame.groupby(list(columns), sort=False).indices
    return [(key if isinstance(key, tuple) else (key,), Group(arrays, lines)) for key, lines in groups.items()]


def ratio(part: float, whole: float) -> float | None:
    """None where the view has NULL."""
    return part / whole if whole else None


def count(flags: Any) -> int:
    """How many are true."""
    return int(np.asarray(flags).sum())


@view(4)
def completion(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    for key, group in by(inside(frame, since, until, "outcome"), "day", "tenant", "agent", "policy"):
        done, how = count(group["good"]), list(group["status"])
        rows[key] = (len(group), done, *(how.count(status) for status in STATUSES), done / len(group))
    return rows


def _tasks(frame: pd.DataFrame, since: int, until: int) -> dict[tuple[Any, ...], list[tuple[int, int, bool]]]:
    """Per tenant and agent: steps, good steps, and whether the newest is good, of each task."""
    found: dict[tuple[Any, ...], list[tuple[int, int, bool]]] = {}
    for key, group in by(inside(frame, since, until, "outcome").sort_values("seq"), "tenant", "agent", "task"):
        found.setdefault(key[:2], []).append((len(group), count(group["good"]), bool(group["good"][-1])))
    return found


@view(2)
def tasks(frame: pd.DataFrame, since: int, until: int) -> Rows:
    return {
        key: (len(all_), sum(last for *_, last in all_), sum(steps == good for steps, good, _ in all_),
              sum(last for *_, last in all_) / len(all_))
        for key, all_ in _tasks(frame, since, until).items()
    }  # fmt: skip


@view(2)
def compounding(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    for key, all_ in _tasks(frame, since, until).items():
        steps, good = sum(n for n, *_ in all_), sum(n for _, n, _ in all_)
        success, mean = good / steps, steps / len(all_)
        clean = sum(steps == good for steps, good, _ in all_) / len(all_)
        rows[key] = (len(all_), steps, good, success, mean, success**mean, clean)
    return rows


@view(3)
def escalation(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    for key, group in by(inside(frame, since, until, "intent.classified"), "tenant", "agent", "action_type"):
        routes = list(group["route"])
        people = sum(route in PEOPLE for route in routes)
        rate = people / len(routes)
        flag = "few" if len(routes) < FEW else "too_low" if rate < 0.01 else "too_high" if rate > 0.3 else "ok"
        named = (routes.count(route) for route in ("escalate", "refuse"))
        rows[key] = (len(routes), routes.count("proceed"), people, *named, rate, flag)
    return rows


@view(3)
def errors(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    kinds = ("execution.started", "execution.failed", "outcome")
    for key, group in by(inside(frame, since, until, *kinds), "day", "tenant", "action_type"):
        tries = [count(group["kind"] == kind) for kind in kinds[:2]]
        ended = [count(group["status"] == status) for status in ("succeeded", "failed", "unknown")]
        if any((*tries, *ended)):
            rows[key] = (*tries, *ended, ratio(ended[1] + ended[2], sum(ended)))
    return rows


@view(1)
def latency(frame: pd.DataFrame, since: int, until: int) -> Rows:
    done = inside(frame, since, until, "outcome")
    done = done[done["status"] == "succeeded"].copy()
    done["ms"] = [fact.get("duration_ms") for fact in done["fact"]]
    return {
        key: (len(group), *(float(np.quantile(group["ms"], q)) for q in (0.5, 0.95)), float(max(group["ms"])))
        for key, group in by(done.dropna(subset=["ms"]), "action_type")
    }


@view(2)
def satisfaction(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    z = 1.96
    for key, group in by(inside(frame, since, until, "feedback"), "tenant", "agent"):
        ratings = [fact["rating"] for fact in group["fact"]]
        n, up = len(ratings), sum(rating > 0 for rating in ratings)
        p = up / n
        middle, root = p + z * z / (2 * n), z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
        rows[key] = (up, n - up, n, p, (middle - root) / (1 + z * z / n), (middle + root) / (1 + z * z / n))
    return rows


@view(2)
def cost(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    done = _tasks(frame, since, until)
    for key, group in by(inside(frame, since, until, "outcome", "cost.recorded", "case.decided"), "tenant", "agent"):
        paid = list(group.where(group["kind"] == "cost.recorded")["fact"])
        read = [fact.get("read_s") or 0.0 for fact in group.where(group["kind"] == "case.decided")["fact"]]
        micros, tokens_in, tokens_out, human_s = (
            sum(fact[name] for fact in paid) for name in ("cost_micros", "tokens_in", "tokens_out", "human_s")
        )
        minutes = (human_s + sum(read)) / 60
        good = sum(last for *_, last in done.get(key, ()))
        each = (ratio(total, good) for total in (micros, tokens_in + tokens_out, minutes))
        rows[key] = (len(done.get(key, ())), good, micros, tokens_in, tokens_out, minutes, *each)
    return rows


@view(2)
def time_to_completion(frame: pd.DataFrame, since: int, until: int) -> Rows:
    begun = inside(frame, since - LOOK_BACK_US, until, "intent.submitted").set_index(["tenant", "intent"])["at"]
    done = inside(frame, since, until, "outcome")
    done = done[done["good"]].join(begun.rename("begun"), on=["tenant", "intent"], how="inner")
    rows: Rows = {}
    for key, group in by(done, "tenant", "action_type"):
        took = (group["at"] - group["begun"]) / 1e6
        mean, n = float(took.mean()), len(took)
        quantiles = (float(np.quantile(took, q)) for q in (0.5, 0.95))
        rows[key] = (n, mean, *quantiles, BASELINE_S, (n * BASELINE_S - took.sum()) / 3600, ratio(BASELINE_S, mean))
    return rows


def _judged(frame: pd.DataFrame, since: int, until: int) -> pd.DataFrame:
    """Ended intents that say something about confidence: how sure the agent was, and whether it went well."""
    said = inside(frame, since - LOOK_BACK_US, until, "intent.submitted").copy()
    said["sure"] = [fact.get("confidence") for fact in said["fact"]]
    ended = inside(frame, since, until, "outcome")
    ended = ended[~ended["status"].isin(["throttled", "expired", "cancelled"])]
    ended = ended.join(
        said.dropna(subset=["sure"]).set_index(["tenant", "intent"])["sure"], on=["tenant", "intent"], how="inner"
    )
    taken_back = _undone(frame)
    ended["right"] = [
        good and who not in taken_back
        for good, who in zip(ended["good"], zip(ended["tenant"], ended["intent"], strict=True), strict=True)
    ]
    ended["bin"] = [min(9, int(sure * 10 + 1e-9)) for sure in ended["sure"]]
    return ended


def _undone(frame: pd.DataFrame) -> set[tuple[str, str]]:
    undone = frame[frame["kind"] == "intent.undone"]
    return set(zip(undone["tenant"], undone["intent"], strict=True))


@view(4)
def calibration(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    for key, group in by(_judged(frame, since, until), "tenant", "agent", "action_type", "bin"):
        n, right, sure = len(group), count(group["right"]), float(group["sure"].sum())
        rows[key] = (n, right, sure, sure / n, right / n, (sure - right) / n)
    return rows


def _gaps(judged: pd.DataFrame, *columns: str) -> Rows:
    rows: Rows = {}
    for key, group in by(judged, *columns):
        bins: dict[int, float] = {}
        for sure, right, number in zip(group["sure"], group["right"], group["bin"], strict=True):
            bins[number] = bins.get(number, 0.0) + sure - right
        gaps = bins.values()
        rows[key] = (len(group), sum(map(abs, gaps)) / len(group), sum(gaps) / len(group))
    return rows


@view(2)
def calibration_error(frame: pd.DataFrame, since: int, until: int) -> Rows:
    return _gaps(_judged(frame, since, until), "tenant", "agent")


@view(3)
def calibration_by_action(frame: pd.DataFrame, since: int, until: int) -> Rows:
    judged = _judged(frame, since, until)
    right = {key: count(group["right"]) for key, group in by(judged, "tenant", "agent", "action_type")}
    return {key: (n, right[key], *gaps) for key, (n, *gaps) in _gaps(judged, "tenant", "agent", "action_type").items()}


@view(4)
def throttling(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    found = inside(frame, since, until, "outcome", "intent.deferred")
    for key, group in by(found, "day", "tenant", "agent", "action_type"):
        ended, held = count(group["kind"] == "outcome"), count(group["status"] == "throttled")
        rows[key] = (ended, held, len(group) - ended, ratio(held, ended))
    return rows


@view(3)
def confusion(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    for key, group in by(inside(frame, since, until, "intent.classified", "outcome"), "day", "tenant", "agent"):
        judged = group.where(group["kind"] == "intent.classified")
        asked, confused = count(judged["route"] == "clarify"), count(judged["answer"] != "")
        answers = (count(judged["answer"] == answer) for answer in ("warn", "context_reset", "handoff"))
        unclear = count(group["status"] == "needs_clarification")
        rates = (ratio(asked, len(judged)), ratio(confused, len(judged)))
        rows[key] = (len(judged), asked, confused, *answers, unclear, *rates)
    return rows


@view(3)
def undo(frame: pd.DataFrame, since: int, until: int) -> Rows:
    taken_back, done = _undone(frame), inside(frame, since, until, "outcome")
    rows: Rows = {}
    for key, group in by(done[done["good"]], "tenant", "agent", "action_type"):
        undone = sum(who in taken_back for who in zip(group["tenant"], group["intent"], strict=True))
        rows[key] = (len(group), undone, undone / len(group))
    return rows


@view(2)
def cases(frame: pd.DataFrame, since: int, until: int) -> Rows:
    found = inside(frame, since, until, "case.opened", "case.decided", "case.edited", "case.voted").copy()
    found["case_kind"] = [fact["case_kind"] for fact in found["fact"]]
    people: dict[tuple[Any, ...], list[tuple[str, float, bool, list[str]]]] = {}
    for (tenant, _, case_kind), group in by(found, "tenant", "intent", "case_kind"):
        lines = list(zip(group["kind"], group["at"], group["verdict"], strict=True))
        at = {kind: when for kind, when, _ in lines}
        if "case.opened" in at:
            verdict = next((said for kind, _, said in lines if kind == "case.decided"), "")
            age = (at["case.decided"] - at["case.opened"]) / 1e6 if verdict else 0.0
            votes = [said for kind, _, said in lines if kind == "case.voted"]
            people.setdefault((tenant, case_kind), []).append((verdict, age, "case.edited" in at, votes))
    return {key: _cases(each) for key, each in people.items()}


def _cases(each: list[tuple[str, float, bool, list[str]]]) -> tuple[Any, ...]:
    verdicts = [verdict for verdict, *_ in each]
    how = [verdicts.count(name) for name in ("approved", "denied", "answered", "expired", "withdrawn")]
    ages = [age for verdict, age, *_ in each if verdict not in ("", "expired")]
    decided, voted = len(each) - verdicts.count(""), [votes for *_, votes in each if len(votes) > 1]
    agreed, yes = sum(len(set(votes)) == 1 for votes in voted), ratio(how[0], how[0] + how[1])
    expiry = ratio(how[3], decided)
    flag = "few" if how[0] + how[1] < FEW else "rubber_stamp" if (yes or 0) > 0.93 else "ok"
    flag = "unattended" if flag == "ok" and (expiry or 0) > 0.2 else flag
    return (
        len(each), decided, verdicts.count(""), *how, sum(edited for _, _, edited, _ in each), len(voted), agreed,
        ratio(sum(ages), len(ages)), *(float(np.quantile(ages, q)) if ages else None for q in (0.5, 0.95)),
        expiry, yes, ratio(agreed, len(voted)), flag,
    )  # fmt: skip


@view(2)
def reviewers(frame: pd.DataFrame, since: int, until: int) -> Rows:
    kinds = ("case.opened", "case.edited", "case.voted", "case.claimed", "case.decided")
    found = inside(frame, since - LOOK_BACK_US, until, *kinds).copy()
    found["case_kind"] = [fact["case_kind"] for fact in found["fact"]]
    alarmed = frame[(frame["kind"] == "reviewer.alarmed") & (frame["at"] >= since)]["fact"]
    causes = {(fact["reviewer"], fact["cause"]) for fact in alarmed}
    lines: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for (tenant, *_), group in by(found, "tenant", "intent", "case_kind"):
        told = list(zip(group["kind"], group["at"], group["fact"], strict=True))
        opened = [at for kind, at, _ in told if kind == "case.opened"]
        ended = next(((at, fact) for kind, at, fact in told if kind == "case.decided"), None)
        if opened and ended and ended[0] >= since:
            for who, line in _seats(told, (ended[0] - opened[0]) / 1e6, ended[1], causes):
                lines.setdefault((tenant, who), []).append(line)
    return {key: _reviewer(each) for key, each in lines.items()}


def _seats(
    told: list[tuple[str, int, dict[str, Any]]], age: float, ended: dict[str, Any], causes: set[tuple[str, str]]
) -> list[tuple[str, dict[str, Any]]]:
    """What each person did about one decided case."""
    verdict = ended["verdict"]
    decider = ended["by"] if verdict not in ("expired", "withdrawn") else ""
    words = [(fact["approver"], fact["verdict"]) for kind, _, fact in told if kind == "case.voted"]
    words += [(decider, verdict)] if decider else []
    people, claims = {who for who, _ in words}, {fact["by"] for kind, _, fact in told if kind == "case.claimed"}
    editors = {fact["by"] for kind, _, fact in told if kind == "case.edited"}
    drill, said = ended.get("drill", False), {what for _, what in words}
    return [
        (who, {
            "verdict": verdict, "age": age, "read": ended.get("read_s"), "drill": drill, "decider": who == decider,
            "edited": who in editors, "together": not drill and who in people and len(people) > 1,
            "agreed": len(said) == 1, "claimed": not drill and who in claims,
            "alarm": who == decider and (who, ended["id"]) in causes,
        })
        for who in people | claims
    ]  # fmt: skip


def _reviewer(lines: list[dict[str, Any]]) -> tuple[Any, ...]:
    mine = [line for line in lines if line["decider"] and not line["drill"]]
    drills = [line for line in lines if line["decider"] and line["drill"]]
    yes, no = (sum(line["verdict"] == verdict for line in mine) for verdict in ("approved", "denied"))
    together = [line["agreed"] for line in lines if line["together"]]
    claimed = [line["verdict"] == "expired" for line in lines if line["claimed"]]
    ages, reads = [line["age"] for line in mine], [line["read"] for line in mine if line["read"] is not None]
    edited, missed = sum(line["edited"] for line in mine), sum(line["verdict"] == "approved" for line in drills)
    alarms, rate = sum(line["alarm"] for line in lines), ratio(yes, yes + no)
    flag = "few" if yes + no < FEW else "rubber_stamp" if (rate or 0) > 0.93 else "ok"
    flag = "missed_drill" if missed else "rubber_stamp" if alarms else flag
    return (
        len(mine), yes, no, edited, len(together), sum(together), len(claimed), sum(claimed),
        *(float(np.quantile(ages, q)) if ages else None for q in (0.5, 0.95)),
        float(np.median(reads)) if reads else None, len(drills), missed, alarms,
        rate, ratio(edited, len(mine)), ratio(sum(together), len(together)), ratio(sum(claimed), len(claimed)), flag,
    )  # fmt: skip


RISKS = ["safe", "risky", "dangerous"]


def covers(scope: str, fact: dict[str, Any]) -> bool:
    """Whether a halt of this scope holds a claim back (docs/how-to/halt-and-resume.md)."""
    name, _, value = scope.partition("=")
    if name == "all":
        return True
    if name == "action":
        return f"{fact['action_type']}.".startswith(f"{value}.")
    if name == "risk":
        return RISKS.index(fact["risk"]) >= RISKS.index(value)
    return bool(fact[name] == value)


@view(1)
def halts(frame: pd.DataFrame, since: int, until: int) -> Rows:
    controls = frame[frame["kind"] == "control"].copy()
    controls["control"] = [fact["control"] for fact in controls["fact"]]
    controls["action"] = [fact["action"] for fact in controls["fact"]]
    claims, reports = frame[frame["kind"] == "execution.started"], frame[frame["kind"] == "executor.halted"]
    rows: Rows = {}
    for control, group in controls.groupby("control"):
        pressed = group[group["action"].isin(["halt", "drill"]) & (group["at"] >= since) & (group["at"] < until)]
        if not len(pressed):
            continue
        fact, resumed = pressed["fact"].iloc[0], group[group["action"] == "resume"]
        told = [one for one in reports["fact"][reports["at"] >= since] if one["control"] == control]
        flying = [flight for one in told for flight in one["in_flight"]]
        halted = group[group["action"] == "halt"]["seq"].max() if (group["action"] == "halt").any() else None
        end = resumed["seq"].min() if len(resumed) else float("inf")
        leaks = (
            0
            if halted is None
            else sum(
                halted < one.seq < end and one.at >= since and covers(fact["scope"], one.fact)
                for one in claims.itertuples()
            )
        )
        rows[(control,)] = (
            fact["scope"], fact["reason"], fact["by"], int(pressed["at"].min()), fact["action"] == "drill",
            int(resumed["at"].min()) if len(resumed) else None, len(told),
            max((one["halted_ms"] for one in told), default=None), len(flying),
            sum(flight["ended"] == "unknown" for flight in flying), leaks,
        )  # fmt: skip
    return rows


@view(1)
def policy_versions(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    found = inside(frame, since, until, "intent.classified", "outcome")
    for key, group in by(found[found["policy"] != ""], "policy"):
        judged, ended = (group.where(group["kind"] == kind) for kind in ("intent.classified", "outcome"))
        people, good = count(np.isin(judged["route"], PEOPLE)), count(ended["good"])
        rows[key] = (
            len(judged), people, count(judged["route"] == "refuse"), count(judged["shadow"] > 0), len(ended), good,
            count(np.isin(ended["status"], BAD)), ratio(people, len(judged)), ratio(good, len(ended)),
            int(min(group["at"])), int(max(group["at"])),
        )  # fmt: skip
    return rows


@view(1)
def tenants(frame: pd.DataFrame, since: int, until: int) -> Rows:
    rows: Rows = {}
    found = frame[(frame["at"] >= since) & (frame["at"] < until) & (frame["tenant"] != "")]
    for key, group in by(found, "tenant"):
        kinds, good = list(group["kind"]), count(group["good"])
        ended = group.where(group["kind"] == "outcome")["status"]
        ratings = [fact["rating"] for fact in group.where(group["kind"] == "feedback")["fact"]]
        spent = sum(fact["cost_micros"] for fact in group.where(group["kind"] == "cost.recorded")["fact"])
        rows[key] = (
            kinds.count("intent.submitted"), len(ended), good, count(np.isin(ended, BAD)),
            count(ended == "throttled"), kinds.count("case.opened"), sum(rating > 0 for rating in ratings),
            sum(rating < 0 for rating in ratings), spent, ratio(good, len(ended)),
        )  # fmt: skip
    return rows
