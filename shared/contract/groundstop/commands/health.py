"""What a process says of itself on ``gs.cmd.<role>.<tenant>.<name>.health.<service>``.

Every replica answers, so it is no command that one of them takes; the request is empty.
"""

from groundstop.commands.base import Answer


class Health(Answer):
    """A process is ready: all its parts have started. Those that cannot do their work say why in ``problems``."""

    service: str
    host: str = ""
    pid: int
    ready: bool = False
    problems: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    """What was left out because nobody could read it, or nobody who may had said it."""
