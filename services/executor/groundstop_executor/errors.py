"""What an exception of a tool says about its effect, in one place for tools that run here and in workers. Pure."""

from groundstop.catalogue import EffectUnknown, ErrorKind, Tool, ToolFailed
from groundstop.errors import GroundstopError
from groundstop.vocabulary import Reason

from groundstop_executor.domain import Failure
from groundstop_executor.in_flight import NotBegun


class ToolRaised(GroundstopError):
    """A tool in another process raised: ``names`` are its exception's class and those it derives from."""

    def __init__(self, message: str, names: tuple[str, ...]) -> None:
        super().__init__(message)
        self.names = names


def failure_of(error: Exception, tool: Tool, *, began: bool) -> Failure:
    """What to record of an attempt that raised ``error``. What never began certainly did nothing."""
    text = describe(error, tool)
    if isinstance(error, ToolFailed):
        return Failure(Reason.TOOL_FAILED, text, retryable=error.retryable)
    if not began:
        return Failure(Reason.HALTED if isinstance(error, NotBegun) else Reason.TOOL_FAILED, text)
    if isinstance(error, EffectUnknown):
        return Failure(Reason.EFFECT_UNKNOWN, text, uncertain=True)
    kind = next((tool.errors[name] for name in names_of(error) if name in tool.errors), ErrorKind.UNKNOWN)
    reason = Reason.TOOL_TIMED_OUT if isinstance(error, TimeoutError) else Reason.TOOL_FAILED
    return Failure(reason, text, retryable=kind is not ErrorKind.FINAL, uncertain=kind is ErrorKind.UNKNOWN)


def names_of(error: BaseException) -> tuple[str, ...]:
    """The class of an exception and those it derives from, most special first."""
    if isinstance(error, ToolRaised):
        return error.names
    return tuple(kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException))


def describe(error: Exception, tool: Tool) -> str:
    """One sentence for the log."""
    if isinstance(error, TimeoutError) and not str(error):
        return f"{tool.name} took longer than {tool.timeout_s:g} s"
    return str(error) if isinstance(error, GroundstopError) else f"{type(error).__name__}: {error}"
