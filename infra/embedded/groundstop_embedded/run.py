"""``groundstop up``: the stack, and beside it an example if one is asked for."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from groundstop import logs
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from rich.console import Console

from groundstop_embedded.plan import Options
from groundstop_embedded.stack import Companion, run_stack

EXAMPLES = {"support": "groundstop_example_support"}


@dataclass(frozen=True, slots=True)
class Example:
    """What an example adds to a stack: tools, a policy, its systems before the services, its agent after them."""

    module: str
    sources: tuple[str, ...]
    policy: Path | None
    folder: Path
    env: Mapping[str, str]


def example(name: str, data: Path) -> Example:
    """The example called ``name``. Raises GroundstopError when it is not installed."""
    module = EXAMPLES[name]
    try:
        package = import_module(module)
    except ImportError as error:
        raise GroundstopError(f"the example {name!r} is not installed ({module})") from error
    folder = data / name
    policy = Path(str(package.__file__)).parent / "policy.yaml"
    return Example(
        module=module,
        sources=tuple(package.SOURCES),
        policy=policy if policy.exists() else None,
        folder=folder,
        env={f"GROUNDSTOP_{name.upper()}_DATA": str(folder)},
    )


def has_console() -> bool:
    """True when the web console is installed here."""
    return find_spec("groundstop_console") is not None


def run(wanted: Options, example_name: str | None, terminal: Console) -> int:
    """Run until SIGTERM or Ctrl-C. Returns the exit status."""
    clock = Clock()
    logger = logs.configure("stack", "warning" if terminal.is_terminal else wanted.log_level)

    def tell(text: str) -> None:
        terminal.print(f"[dim]groundstop[/] {text}", highlight=False)

    try:
        beside = example(example_name, wanted.data) if example_name else None
        options = wanted if beside is None else _with(wanted, beside)
        companion = _companion(beside, wanted.data) if beside else None
        asyncio.run(run_stack(options, clock, logger, tell, companion))
    except GroundstopError as error:
        terminal.print(f"[red]error[/]: {error}", highlight=False)
        return 1
    return 0


def _with(wanted: Options, beside: Example) -> Options:
    """The stack that was asked for, with the example's tools and environment, and its policy if none was named."""
    return replace(
        wanted,
        catalogue=wanted.catalogue + beside.sources,
        policy=wanted.policy or beside.policy,
        env={**beside.env, **wanted.env},
    )


def _companion(beside: Example, data: Path) -> Companion:
    systems = [sys.executable, "-m", f"{beside.module}.systems", "--data", str(beside.folder), "--die-with-parent"]
    agent = [sys.executable, "-m", beside.module, "--data", str(data), "--die-with-parent"]
    return Companion("systems", systems, agent)
