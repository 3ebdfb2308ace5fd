"""What a reader should look at first, in sentences made of the report's own rows. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from groundstop.record.cells import Row, number

Found = Mapping[str, Sequence[Row]]
"""Rows by the key of their measure."""

ERRORS_MUCH = 0.05
TOLD_MAX = 12


def standouts(found: Found) -> list[str]:
    """Sentences, the most urgent first; none when all is as it should be."""
    told = [sentence for look in (_leaks, _unread, _unknown, _errors, _escalation, _modest) for sentence in look(found)]
    return told[:TOLD_MAX]


def _leaks(found: Found) -> Iterator[str]:
    for row in found.get("halts", ()):
        if leaks := number(row["leaks"]):
            yield f"{leaks:,.0f} calls began in scope of the halt of {row['scope']} at {str(row['at'])[:16]}."


def _unread(found: Found) -> Iterator[str]:
    for row in found.get("reviewers", ()):
        missed, drills, alarms = (number(row[name]) for name in ("missed", "drills", "alarms"))
        if missed:
            yield f"{row['reviewer']} said yes to {missed:,.0f} of {drills:,.0f} drills: does anybody read?"
        if alarms:
            yield f"{row['reviewer']} approved many cases at once, {alarms:,.0f} times."


def _unknown(found: Found) -> Iterator[str]:
    for row in found.get("summary", ()):
        if unknown := number(row["unknown"]):
            yield f"Of {unknown:,.0f} intents nobody knows whether they happened: somebody has to look."


def _errors(found: Found) -> Iterator[str]:
    for row in found.get("errors", ()):
        if (rate := number(row["error_rate"])) > ERRORS_MUCH:
            yield f"{row['action_type']} goes wrong in {rate:.1%} of its executions."


def _escalation(found: Found) -> Iterator[str]:
    for row in found.get("escalation", ()):
        share = f"{number(row['escalation_rate']):.1%} of {row['action_type']}"
        if row["flag"] == "too_high":
            yield f"{share} goes to people: more than they will read."
        elif row["flag"] == "too_low":
            yield f"Only {share} goes to people: nobody looks."


def _modest(found: Found) -> Iterator[str]:
    for row in found.get("calibration", ()):
        if (over := number(row["overconfidence"])) > ERRORS_MUCH:
            yield f"{row['agent']} is too sure of itself, by {over:.1%} on average."
