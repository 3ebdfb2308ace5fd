"""The real systems of examples/support, started once per test in a folder of its own."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from groundstop.catalogue import ToolContext
from groundstop_example_support import launch
from groundstop_example_support.settings import Systems


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[Systems]:
    """Running systems; the environment names them."""
    with launch.running(tmp_path) as running:
        yield running


@pytest.fixture
def a_context() -> Callable[..., ToolContext]:
    """``a_context(intent="i-1", attempt=2)``: what a tool is told; intents differ unless named."""
    numbers = itertools.count(1)

    def build(intent: str = "", attempt: int = 1) -> ToolContext:
        intent = intent or f"intent-{next(numbers)}"
        return ToolContext(
            intent=intent, attempt=attempt, idempotency_key=f"key-{intent}", tenant="shop", agent="support", task="t"
        )

    return build
