"""``groundstop up``: the stack, and beside it an example if one is asked for."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
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


def run(
    data: Path,
    executors: int,
    catalogue: tuple[str, ...],
    policy: Path | None,
    log_level: str,
    example_name: str | None,
    console: Console,
) -> int:
    """Run until SIGTERM or Ctrl-C. Returns the exit status."""
    clock = Clock()
    logger = logs.configure("stack", "warning" if console.is_terminal else log_level)

    def tell(text: str) -> None:
        console.print(f"[dim]groundstop[/] {text}", highlight=False)

    try:
        beside = example(example_name, data) if example_name else None
        options = Options(
            data=data,
            executors=executors,
            catalogue=catalogue + (beside.sources if beside else ()),
            policy=policy or (beside.policy if beside else None),
            log_level=log_level,
            env=beside.env if beside else {},
        )
        companion = _companion(beside, data) if beside else None
        asyncio.run(run_stack(options, clock, logger, tell, companion))
    except GroundstopError as error:
        console.print(f"[red]error[/]: {error}", highlight=False)
        return 1
    return 0


def _companion(beside: Example, data: Path) -> Companion:
    systems = [sys.executable, "-m", f"{beside.module}.systems", "--data", str(beside.folder), "--die-with-parent"]
    agent = [sys.executable, "-m", beside.module, "--data", str(data), "--die-with-parent"]
    return Companion("systems", systems, agent)
