"""One root error for the package; each says what value came and what was expected."""

from groundstop.vocabulary import Reason


class GroundstopError(Exception):
    """Root of every error this package raises on purpose."""


class BadInput(GroundstopError):
    """A message or a value that no later try can make right. Carries the reason code that is stored with it."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StackNotFound(GroundstopError):
    """No running stack could be found, or it cannot be reached."""


class NotAllowed(GroundstopError):
    """The server or a service refused this identity."""


class PermissionDenied(NotAllowed):
    """The bus does not let this identity publish or subscribe there. Carries the subject."""

    def __init__(self, verb: str, subject: str, name: str) -> None:
        super().__init__(f"the bus does not permit {name!r} a {verb} to {subject!r}")
        self.verb = verb
        self.subject = subject


class Refused(GroundstopError):
    """The log refused a publish for a reason other than a lost race. Carries the server's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message} (error {code})")
        self.code = code


class NoAcknowledgement(GroundstopError):
    """The log did not answer within the deadline: whether the fact is stored is not known."""


class RequestFailed(GroundstopError):
    """A service answered a request with an error. Carries the service's code and the answer."""

    def __init__(self, code: str, message: str, answer: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.answer = answer or {}
