"""The words everybody shares: one closed set of values each (docs/reference/glossary.md)."""

from enum import StrEnum


class Risk(StrEnum):
    """What an action could break, from nothing (safe) to something that cannot be taken back (dangerous)."""

    SAFE = "safe"
    RISKY = "risky"
    DANGEROUS = "dangerous"

    @property
    def rank(self) -> int:
        """0 safe, 1 risky, 2 dangerous: risks compare by rank, never by spelling."""
        return _RANK[self]


_RANK = {Risk.SAFE: 0, Risk.RISKY: 1, Risk.DANGEROUS: 2}


class Band(StrEnum):
    """How sure the agent says it is, after the policy's thresholds."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    VERY_LOW = "very_low"


class Route(StrEnum):
    """What risk and band together ask for."""

    PROCEED = "proceed"
    CONFIRM = "confirm"
    APPROVE = "approve"
    CLARIFY = "clarify"
    ESCALATE = "escalate"
    REFUSE = "refuse"


class CaseKind(StrEnum):
    """The kinds of work people do for agents."""

    APPROVAL = "approval"
    CONFIRMATION = "confirmation"
    CLARIFICATION = "clarification"
    HANDOFF = "handoff"
    MANUAL = "manual"
    RECONCILIATION = "reconciliation"


class Verdict(StrEnum):
    """How a case was decided. Silence is a no: ``expired`` ends like ``denied``."""

    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    # of a hand-off
    GIVEN_BACK = "given_back"
    TAKEN_OVER = "taken_over"
    # of a reconciliation
    HAPPENED = "happened"
    DID_NOT_HAPPEN = "did_not_happen"
    CANNOT_TELL = "cannot_tell"


class Status(StrEnum):
    """The one terminal state of an intent."""

    SUCCEEDED = "succeeded"
    COMPLETED_MANUALLY = "completed_manually"
    REFUSED = "refused"
    THROTTLED = "throttled"
    DENIED = "denied"
    EXPIRED = "expired"
    NEEDS_CLARIFICATION = "needs_clarification"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    UNDONE = "undone"

    @property
    def good(self) -> bool:
        """True when what the agent asked for was done."""
        return self in (Status.SUCCEEDED, Status.COMPLETED_MANUALLY)


class Ceiling(StrEnum):
    """What had no room for a call: so many in a time, or so much money or so many tokens in one."""

    LIMIT = "limit"
    BUDGET = "budget"


class Reason(StrEnum):
    """Machine-readable reason codes. A fact that ends or holds an intent names one; the sentence beside it may vary."""

    # the door
    INVALID_JSON = "invalid_json"
    INVALID_FIELDS = "invalid_fields"
    INVALID_SUBJECT = "invalid_subject"
    IDENTITY_MISMATCH = "identity_mismatch"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    CLOCK_IN_FUTURE = "clock_in_future"
    NOT_CANONICAL = "arguments_not_canonical"
    DUPLICATE_ID = "duplicate_id_other_content"
    INVALID_ARGUMENTS = "invalid_arguments"
    # judgement
    POLICY = "policy"
    UNKNOWN_TOOL = "unknown_tool"
    REFUSED_BY_POLICY = "refused_by_policy"
    NEEDS_CLARIFICATION = "needs_clarification"
    # metering
    RATE_LIMITED = "rate_limited"
    # people
    APPROVED = "approved"
    DENIED = "denied"
    CASE_EXPIRED = "case_expired"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered_by_person"
    DONE_BY_HAND = "done_by_hand"
    GIVEN_BACK = "given_back"
    TAKEN_OVER = "taken_over"
    RECONCILED = "reconciled"
    # execution
    DONE = "done"
    CLEARANCE_EXPIRED = "clearance_expired"
    DEADLINE_PASSED = "deadline_passed"
    TOOL_FAILED = "tool_failed"
    TOOL_TIMED_OUT = "tool_timed_out"
    TOOL_MISSING = "tool_missing"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    EXECUTOR_LOST = "executor_lost"
    HALTED = "halted"
    DIGEST_MISMATCH = "digest_mismatch"
    UNSIGNED = "unsigned"
    UNKNOWN_SIGNER = "unknown_signer"
    WRONG_SIGNER = "wrong_signer"
    BAD_SIGNATURE = "bad_signature"
    WRONG_POLICY = "wrong_policy"
    CLEARANCE_USED = "clearance_used"
    TOOL_BROKEN = "tool_broken"
    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    EFFECT_UNKNOWN = "effect_unknown"
    # delivery
    HANDLER_FAILED = "handler_failed"


class ErrorCode(StrEnum):
    """Why a command was refused or has failed; what it means is in docs/reference/commands.md.

    Where an input is no valid id, name or value at all, the code is a Reason's value (such as ``invalid_subject``).
    """

    # what was asked
    INVALID_REQUEST = "invalid_request"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    NOTE_REQUIRED = "note_required"
    # who asked
    NOT_ALLOWED = "not_allowed"
    FORBIDDEN = "forbidden"
    SELF_APPROVAL = "self_approval"
    NOT_IN_GROUP = "not_in_group"
    SECOND_PERSON_NEEDED = "second_person_needed"
    # what stands in the way
    ALREADY_DECIDED = "already_decided"
    ALREADY_VOTED = "already_voted"
    EXPIRED = "expired"
    WRONG_VERDICT = "wrong_verdict"
    CLAIMED = "claimed"
    CHANGED = "changed"
    CHANGED_MEANWHILE = "changed_meanwhile"
    EDIT_REFUSED = "edit_refused"
    NOT_ALIKE = "not_alike"
    GRANT_REFUSED = "grant_refused"
    TOO_MANY_PAUSES = "too_many_pauses"
    TOO_OFTEN = "too_often"
    HELD = "held"
    NOT_ARCHIVED = "not_archived"
    NOT_SEALED = "not_sealed"
    NOT_SIGNED = "not_signed"
    # who answers
    BUSY = "busy"
    FAILED = "failed"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    UNREADABLE = "unreadable"
