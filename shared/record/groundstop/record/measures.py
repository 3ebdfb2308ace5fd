"""The numbers of a period, as ``groundstop metrics`` and the report show them: which views are asked, and how.

Counts are summed first and divided last; a mean of rates would weigh a busy day like a quiet one.
"""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt

LIMIT = 50
Z = 1.96
"""Standard normal quantile of a 95 % interval."""


def wilson(part: float, whole: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, JASA 1927), as in metrics.satisfaction; 0 to 1 for nothing."""
    if not whole:
        return 0.0, 1.0
    middle, wide = part + Z * Z / 2, Z * sqrt(part * (whole - part) / whole + Z * Z / 4)
    return max(0.0, (middle - wide) / (whole + Z * Z)), min(1.0, (middle + wide) / (whole + Z * Z))


@dataclass(frozen=True, slots=True)
class Measure:
    """One table of the report. ``view`` is a view of database ``metrics``; ``columns`` is what is selected from it.

    Columns of the view are called ``t.name`` inside aggregates: a bare name could be taken for the alias beside it.
    """

    key: str
    title: str
    says: str
    view: str
    columns: str
    group: str = ""
    order: str = ""

    def sql(self, since: datetime, until: datetime) -> str:
        """The question for a range of aware times."""
        span = f"since = '{since:%Y-%m-%d %H:%M:%S}', until = '{until:%Y-%m-%d %H:%M:%S}'"
        group = f" GROUP BY {self.group}" if self.group else ""
        order = f" ORDER BY {self.order}" if self.order else ""
        return f"SELECT {self.columns} FROM metrics.{self.view}_in({span}) AS t{group}{order} LIMIT {LIMIT}"


MEASURES: tuple[Measure, ...] = (
    Measure("summary", "Summary", "Intents and how they ended.", "completion",
            "sum(t.ended) AS ended, sum(t.completed) AS completed, sum(t.failed) AS failed, sum(t.unknown) AS unknown,"
            " sum(t.refused) AS refused, sum(t.denied) AS denied, sum(t.expired) AS expired,"
            " sum(t.throttled) AS throttled,"
            " round(sum(t.completed) / nullIf(sum(t.ended), 0), 4) AS completion_rate"),
    Measure("days", "Day by day", "Intents that ended, and the part of them that did what was asked.", "completion",
            "day, sum(t.ended) AS ended, sum(t.completed) AS completed,"
            " round(sum(t.completed) / sum(t.ended), 4) AS completion_rate", "day", "day"),
    Measure("tasks", "Tasks", "A task is completed when its newest intent ended well, clean when all of them did.",
            "tasks", "agent, sum(t.tasks) AS tasks, sum(t.completed) AS completed, sum(t.clean) AS clean,"
            " round(sum(t.completed) / sum(t.tasks), 4) AS completion_rate", "agent", "tasks DESC"),
    Measure("escalation", "What goes to people",
            "Too little means that nobody looks; too much, that nobody reads what they approve.", "escalation",
            "action_type, sum(t.classified) AS classified, sum(t.to_people) AS to_people, sum(t.refused) AS refused,"
            " round(sum(t.to_people) / sum(t.classified), 4) AS escalation_rate, multiIf(classified < 50, 'few',"
            " escalation_rate < 0.01, 'too_low', escalation_rate > 0.3, 'too_high', 'ok') AS flag",
            "action_type", "classified DESC"),
    Measure("errors", "Errors by action type", "Executions that failed, or of which nobody knows what they did.",
            "errors", "action_type, sum(t.attempts) AS attempts, sum(t.succeeded) AS succeeded,"
            " sum(t.failed) AS failed,"
            " sum(t.unknown) AS unknown,"
            " round((sum(t.failed) + sum(t.unknown)) / nullIf(sum(t.succeeded) + sum(t.failed)"
            " + sum(t.unknown), 0), 4) AS error_rate", "action_type", "error_rate DESC"),
    Measure("satisfaction", "Satisfaction", "Thumbs, with the range that the true share is in with 95 % certainty.",
            "satisfaction", "agent, up, down, round(satisfaction, 4) AS satisfaction,"
            " round(wilson_low, 4) AS at_least, round(wilson_high, 4) AS at_most", "", "up + down DESC"),
    Measure("cost", "Cost of a successful task", "All that was spent, divided by the tasks that succeeded.", "cost",
            "agent, sum(t.successful) AS successful, round(sum(t.cost_micros) / 1e6, 2) AS money,"
            " sum(t.tokens_in) + sum(t.tokens_out) AS tokens, round(sum(t.human_minutes), 1) AS human_minutes,"
            " round(money / nullIf(successful, 0), 4) AS money_per_success,"
            " round(human_minutes / nullIf(successful, 0), 2) AS minutes_per_success", "agent", "money DESC"),
    Measure("time", "Time to completion", "From proposal to good end; by hand: ten minutes, until you state your own.",
            "time_to_completion", "action_type, sum(t.completed) AS done, round(sum(t.completed * t.mean_s) / done, 2)"
            " AS mean_s, any(t.baseline_s) AS by_hand_s, round(sum(t.saved_hours), 1) AS saved_hours",
            "action_type", "done DESC"),
    Measure("calibration", "Does confidence mean anything?",
            "How far stated confidence is from what happened; above zero: overconfident.", "calibration_error",
            "agent, sum(t.intents) AS judged, round(sum(t.calibration_error * t.intents) / judged,"
            " 4) AS calibration_error,"
            " round(sum(t.overconfidence * t.intents) / judged, 4) AS overconfidence", "agent", "judged DESC"),
    Measure("reliability", "Reliability", "What happened, by what was stated.", "calibration",
            "bin, sum(t.intents) AS judged, round(sum(t.confidence_sum) / judged, 3) AS stated,"
            " round(sum(t.right) / judged, 3) AS happened", "bin", "bin"),
    Measure("cases", "The work of people", "A decision that is almost always yes is hardly a decision.", "cases",
            "case_kind, sum(t.opened) AS opened, sum(t.decided) AS decided, sum(t.approved) AS approved,"
            " sum(t.denied) AS denied,"
            " sum(t.expired) AS expired, sum(t.overridden) AS edited,"
            " round(sum(t.approved) / nullIf(sum(t.approved) + sum(t.denied), 0), 4) AS approval_rate",
            "case_kind", "opened DESC"),
    Measure("reviewers", "Reviewers", "Who decides how. A drill is a known-bad case: deny it.", "reviewers",
            "reviewer, sum(t.decided) AS decided, sum(t.approved) AS approved, sum(t.denied) AS denied,"
            " sum(t.edited) AS edited, round(argMax(t.decide_p50_s, t.decided), 1) AS middle_s,"
            " round(sum(t.approved) / nullIf(sum(t.approved) + sum(t.denied), 0), 4) AS approval_rate,"
            " round(sum(t.agreed) / nullIf(sum(t.together), 0), 4) AS agreement_rate,"
            " sum(t.drills) AS drills, sum(t.drills_missed) AS missed, sum(t.alarms) AS alarms",
            "reviewer", "decided DESC"),
    Measure("throttling", "Throttling", "What the limits held back.", "throttling",
            "action_type, sum(t.ended) AS ended, sum(t.throttled) AS throttled, sum(t.deferred) AS deferred,"
            " round(sum(t.throttled) / nullIf(sum(t.ended), 0), 4) AS throttle_rate", "action_type", "throttled DESC"),
    Measure("confusion", "Confusion", "How often agents had to be asked what they mean.", "confusion",
            "agent, sum(t.classified) AS classified, sum(t.asked) AS asked, sum(t.unclear) AS unclear,"
            " round(sum(t.asked) / nullIf(sum(t.classified), 0), 4) AS asked_rate", "agent", "asked DESC"),
    Measure("undo", "Undo", "What was taken back.", "undo",
            "action_type, sum(t.succeeded) AS succeeded, sum(t.undone) AS undone,"
            " round(sum(t.undone) / sum(t.succeeded), 4) AS undo_rate", "action_type", "undone DESC"),
    Measure("compounding", "Compounding", "What the success of steps makes of the success of whole tasks.",
            "compounding", "agent, sum(t.tasks) AS tasks, round(sum(t.steps_good) / sum(t.steps_total),"
            " 4) AS step_success,"
            " round(sum(t.steps_total) / sum(t.tasks), 2) AS steps_mean, round(pow(step_success, steps_mean), 4)"
            " AS clean_expected, round(sum(t.clean_actual * t.tasks) / sum(t.tasks), 4) AS clean_actual", "agent",
            "tasks DESC"),
    Measure("halts", "Halts", "Leaks are claims that were accepted in scope while it was halted; they must be 0.",
            "halts", "at, scope, reason, by, executors, slowest_ms, in_flight, unknown, leaks, resumed_at", "",
            "at DESC"),
    Measure("policies", "Policies", "Versions side by side; would differ: what a policy in shadow mode would change.",
            "policy_versions", "policy_version, classified, to_people, refused, would_differ, ended, completed, errors",
            "", "last_used DESC"),
)  # fmt: skip
