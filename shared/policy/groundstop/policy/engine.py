"""The engine of conditions (Common Expression Language), without the command line that its package brings along.

``import cel`` alone loads a prompt, a terminal's colours and an event loop: 75 ms, and modules that nothing pure may
touch. So its command line seems to be there already while it loads; whoever wants that can import it afterwards.
"""

import sys
from types import ModuleType

_COMMAND_LINE = "cel.cli"
_ABSENT = _COMMAND_LINE not in sys.modules

if _ABSENT:
    sys.modules[_COMMAND_LINE] = ModuleType(_COMMAND_LINE)

import cel  # noqa: E402 - only now

if _ABSENT:
    del sys.modules[_COMMAND_LINE]

__all__ = ["cel"]
