"""Reviewer quality while it happens: an alarm when somebody approves faster than anybody can read."""

from collections import deque

from groundstop.events import CaseDecided, ReviewerAlarmed
from groundstop.ids import derived_id
from groundstop.vocabulary import CaseKind, Verdict

REVIEWERS_MAX = 10_000
HUMAN = (CaseKind.APPROVAL, CaseKind.CONFIRMATION)


class RubberStamps:
    """Counts approvals per reviewer in a sliding window of seconds. Look-alikes decided in one go count once."""

    def __init__(self, approvals: int, seconds: float) -> None:
        self._most = approvals
        self._seconds = seconds
        self._seen: dict[str, deque[tuple[str, float]]] = {}

    def after(self, decided: CaseDecided) -> ReviewerAlarmed | None:
        """The alarm that this decision raises, if any. Seeing a decision again changes nothing."""
        if decided.verdict is not Verdict.APPROVED or decided.case_kind not in HUMAN or decided.batch > 1:
            return None
        at = decided.at.timestamp()
        while len(self._seen) >= REVIEWERS_MAX and decided.by not in self._seen:
            self._seen.pop(next(iter(self._seen)))
        seen = self._seen.setdefault(decided.by, deque(maxlen=self._most * 2))
        if all(known != decided.id for known, _ in seen):
            seen.append((decided.id, at))
        recent = [when for _, when in seen if 0 <= at - when <= self._seconds]
        if len(recent) < self._most:
            return None
        window, took = int(at // self._seconds), max(recent) - min(recent)
        return ReviewerAlarmed(
            id=derived_id(decided.by, f"reviewer.alarmed:{window}"),
            at=decided.at,
            cause=decided.id,
            actor="approval",
            reviewer=decided.by,
            window=window,
            approvals=len(recent),
            seconds=round(took, 3),
            sentence=f"{decided.by} approved {len(recent)} cases within {took:.1f} s: were they read?",
        )
