"""How well circles are seen: recorded runs by source, and step-by-step verdicts, beside the naive rule.

The naive rule is three identical calls in the last ten. Nothing is fitted to a source: the thresholds are those of the
built-in policy. Run from the root: ``python -m bench.judgement.confusion [--json]``.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundstop.policy import assess_sequence
from groundstop.policy.confusion import EMPTY_MEMORY, Step, look
from groundstop.policy.confusion.sequence import arguments_of, failed, result_of
from groundstop.policy.thresholds import ConfusionLimits

from bench.judgement.data import DATA, rows

GOALS = {"successful_runs_flagged": 0.016, "stuck_runs_caught": 0.95}
Steps = Sequence[Mapping[str, Any]]
WINDOW, REPEATS = 10, 3


def naive(steps: Steps) -> str:
    """Three identical calls in the last ten; empty when that never happens."""
    calls = [json.dumps([step.get("tool"), arguments_of(step)], sort_keys=True) for step in steps]
    windows = (calls[max(0, end - WINDOW) : end] for end in range(1, len(calls) + 1))
    return "same_call" if any(Counter(window).most_common(1)[0][1] >= REPEATS for window in windows) else ""


def judged(steps: Steps) -> str:
    """The kind of confusion that the product sees first; empty for none."""
    return str(assess_sequence(steps).kind or "")


def judged_at_the_end(steps: Steps) -> str:
    """The kind of confusion after the last step alone, as the step-by-step verdicts are given."""
    memory = EMPTY_MEMORY
    for record in steps:
        step = Step.of(str(record.get("tool", "")), arguments_of(record))
        memory = memory.called(step).answered(step.call, result_of(record), error=failed(record))
    return str(look(memory, ConfusionLimits()).kind or "")


def share(part: int, whole: int) -> float | None:
    """None where there is nothing to have a share of."""
    return round(part / whole, 4) if whole else None


def score(found: Iterable[tuple[bool, bool, str]]) -> dict[str, Any]:
    """(successful, stuck, kind) of each run -> the shares that the goals are about, and which kinds spoke."""
    runs = list(found)
    flagged = [kind for ok, _, kind in runs if ok and kind]
    caught = [kind for _, stuck, kind in runs if stuck and kind]
    return {
        "runs": len(runs),
        "successful": sum(ok for ok, _, _ in runs),
        "successful_runs_flagged": share(len(flagged), sum(ok for ok, _, _ in runs)),
        "stuck": sum(stuck for _, stuck, _ in runs),
        "stuck_runs_caught": share(len(caught), sum(stuck for _, stuck, _ in runs)),
        "kinds": dict(Counter(kind for *_, kind in runs if kind)),
    }


def runs_by_source(judge: Callable[[Steps], str], folder: Path) -> dict[str, dict[str, Any]]:
    """The recorded runs, by source and together."""
    found: dict[str, list[tuple[bool, bool, str]]] = defaultdict(list)
    for row in rows("loops", folder):
        verdict = bool(row["task_success"]), row["label"] == "stuck", judge(row["steps"])
        found[row["source"]].append(verdict)
        found["together"].append(verdict)
    return {source: score(verdicts) for source, verdicts in found.items()}


def verdicts(judge: Callable[[Steps], str], folder: Path) -> dict[str, Any]:
    """The step-by-step verdicts of an orchestrating model, taken as they are."""
    found = [(row["in_loop"], bool(judge(row["actions"]))) for row in rows("loop_ledger", folder)]
    loops, others = [said for truth, said in found if truth], [said for truth, said in found if not truth]
    return {
        "in a loop": len(loops),
        "of which seen": share(sum(loops), len(loops)),
        "not in a loop": len(others),
        "of which flagged": share(sum(others), len(others)),
    }


def report(folder: Path = DATA) -> dict[str, Any]:
    """Everything as plain values."""
    return {
        "goals": GOALS,
        "runs": {"product": runs_by_source(judged, folder), "naive": runs_by_source(naive, folder)},
        "verdicts": {"product": verdicts(judged_at_the_end, folder), "naive": verdicts(naive, folder)},
    }


def table(scores: Mapping[str, Mapping[str, dict[str, Any]]]) -> str:
    """The runs as text, the naive rule beside the product."""
    lines = [f"{'source':<28}{'runs':>6}{'ok':>6}{'flagged':>10}{'stuck':>7}{'caught':>9}   naive flagged / caught"]
    for source, mine in scores["product"].items():
        other = scores["naive"][source]
        lines.append(
            f"{source:<28}{mine['runs']:>6}{mine['successful']:>6}{_percent(mine['successful_runs_flagged']):>10}"
            f"{mine['stuck']:>7}{_percent(mine['stuck_runs_caught']):>9}   "
            f"{_percent(other['successful_runs_flagged'])} / {_percent(other['stuck_runs_caught'])}   {mine['kinds']}"
        )
    return "\n".join(lines)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def main(arguments: list[str]) -> int:
    """Print the tables. Exit status 1 when a goal is missed."""
    found = report()
    together = found["runs"]["product"]["together"]
    if "--json" in arguments:
        print(json.dumps(found, indent=2))
    else:
        print(table(found["runs"]))
        for name, scores in found["verdicts"].items():
            print(f"step-by-step verdicts, {name}: {scores}")
    met = (
        together["successful_runs_flagged"] <= GOALS["successful_runs_flagged"]
        and together["stuck_runs_caught"] >= GOALS["stuck_runs_caught"]
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
