"""What a process of ours imports before anything else: it starts in three quarters of the time.

Libraries load what we never use: nats-py aiohttp (for WebSockets) and FastStream uvicorn (for its command line), 100 ms
and 60 ms of every service's start. They still load, whole, when somebody first asks for a name in them. And while a
thousand modules load, hardly anything is garbage: the collector looks seventy times less often than it would.

A library must not do this to the program that uses it, so no module of the SDK imports this one.
"""

import gc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

LATER = frozenset({"aiohttp", "uvicorn"})


class _Later:
    """A finder that puts off the loading of what is in LATER."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in LATER else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


gc.set_threshold(50_000, 20, 20)
sys.meta_path.insert(0, _Later)
