"""What runs for ever is looked after: nothing that is started and never awaited may end without anybody seeing it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEALING = {
    "services/executor/groundstop_executor/halt_response.py:_publish": "of one halt; its report awaits it",
    "shared/bus/groundstop/log/publisher.py:_sweep": "whom it tells may raise without ending it",
    "shared/bus/groundstop/log/pull.py:_watchdog": "sets an event and orders again; neither raises",
    "shared/bus/groundstop/log/reader.py:_mind": "begins again whatever went wrong",
    "shared/sdk/groundstop/client/worker.py:_say_alive": "of one call, which awaits it",
    "services/gateway/groundstop_gateway/adapters/calls.py:_tell": "of one call; a client that cannot be told waits on",
}
"""Loops that are started as plain tasks, and why they do not end by an error, or why that is seen."""
STARTS = ("create_task", "ensure_future", "start")
"""TaskSet.start is one of them; TaskSet.keep, like ``kept``, is not."""


def files() -> Iterator[Path]:
    """Every module that we ship."""
    for folder in ("shared", "tools", "services", "infra", "examples"):
        yield from (ROOT / folder).rglob("*.py")


def endless(tree: ast.AST) -> set[str]:
    """Coroutines that go round for ever."""
    return {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef)
        and any(isinstance(node, ast.While) and _true(node.test) for node in ast.walk(function))
    }


def _true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and test.value is True


def started(tree: ast.AST) -> Iterator[str]:
    """Names of the coroutines that are started as tasks which nobody keeps (groundstop.loops)."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _name(call.func) in STARTS and call.args:
            work = call.args[0]
            if isinstance(work, ast.Call):
                yield _name(work.func)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def unkept() -> set[str]:
    """Every endless coroutine that is started as a plain task, by its file and name."""
    found = set()
    for file in files():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        loops = endless(tree)
        found |= {f"{file.relative_to(ROOT)}:{name}" for name in started(tree) if name in loops}
    return found


def test_every_endless_task_is_kept_or_heals_itself() -> None:
    """Use groundstop.loops.kept, or say in HEALING why it cannot end in silence."""
    assert unkept() == set(HEALING)


@pytest.mark.parametrize(
    ("start", "seen"),
    [
        ("asyncio.create_task(go(), name='x')", {"go"}),
        ("self._tasks.start(self.go())", {"go"}),
        ("self._tasks.keep(self.go(), 'x', logger)", set()),
        ("kept(self.go(), 'x', logger)", set()),
    ],
)
def test_a_loop_that_nobody_keeps_is_seen(start: str, seen: set[str]) -> None:
    tree = ast.parse(f"async def go():\n    while True: ...\ndef begin(): {start}")
    assert endless(tree) & set(started(tree)) == seen
