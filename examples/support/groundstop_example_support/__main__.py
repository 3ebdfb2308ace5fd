"""Work the day against a running stack: ``python -m groundstop_example_support [--data DIR] [--speed X] [--once]``.

The agent proposes to the stack that is found; the stack's executors run the tools. This process talks to the systems
behind the tools only to make them fail where the day says so. Exit status: 0 done, 3 no stack or no systems.
"""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundstop import subjects
from groundstop.catalogue import ToolFailed
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.errors import StackNotFound
from groundstop.events import CaseOpened
from groundstop.ids import new_id
from groundstop.stack_discovery import find_stack
from rich.console import Console

from groundstop_example_support import settings
from groundstop_example_support.agent import Agent, Manner
from groundstop_example_support.launch import set_fault
from groundstop_example_support.narrate import Narrator, next_steps
from groundstop_example_support.orders import senders_of
from groundstop_example_support.systems import die_with
from groundstop_example_support.tickets import read_day

TENANT, AGENT = "shop", "support"
FOLDER = "support"
"""Where the systems live inside the stack's data folder unless the environment names another place."""


def systems_folder(data: Path | None) -> Path:
    """The folder of the systems that the stack's executors use. Raises StackNotFound."""
    try:
        return settings.folder()
    except ToolFailed:
        return find_stack(data).data / FOLDER


def _console_of(data: Path | None) -> tuple[str, str]:
    """(address, link of the first sign-in) of the stack's console; empty where there is none."""
    try:
        stack = find_stack(data)
    except StackNotFound:
        return "", ""
    return stack.console_url, stack.first_sign_in


async def _tell_cases(client: Client, narrator: Narrator) -> None:
    async for fact in client.watch([subjects.pattern("case.opened", tenant=TENANT, agent=AGENT)]):
        if isinstance(fact, CaseOpened):
            narrator.asked(fact)


async def work(data: Path | None, speed: float, once: bool, console: Console, clock: Clock) -> None:
    """One day. Raises StackNotFound, and ToolFailed when the systems are not there."""
    where = settings.read(systems_folder(data))
    narrator = Narrator(
        console, lambda: clock().astimezone().strftime("%H:%M:%S"), lambda: next_steps(*_console_of(data))
    )

    async def world(fault: Mapping[str, Any]) -> None:
        await set_fault(where, **fault)

    async with Client.open(tenant=TENANT, agent=AGENT, data=data) as client:
        manner = Manner(think_s=Manner.think_s / speed)
        senders = await asyncio.to_thread(senders_of, where.shop)
        day = read_day()
        console_url, sign_in = _console_of(data)
        narrator.begin(len(day.tickets), sign_in or console_url)
        agent = Agent(client, day, narrator, world, clock, new_id()[-8:], manner, senders)
        telling = asyncio.create_task(_tell_cases(client, narrator))
        try:
            narrator.quiet(await agent.work(stay=not once))
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="groundstop_example_support", description="A day at the support desk")
    parser.add_argument("--data", type=Path, help="data folder of the stack; the newest running one when left out")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than usual the agent thinks")
    parser.add_argument("--once", action="store_true", help="leave when only people can move what is left")
    parser.add_argument(
        "--die-with-parent", action="store_true", help="end when the process that started this one ends"
    )
    chosen = parser.parse_args(arguments)
    if chosen.speed <= 0:
        parser.error(f"--speed is {chosen.speed:g}, expected more than 0")
    if chosen.die_with_parent:
        die_with(os.getppid())
    try:
        asyncio.run(work(chosen.data, chosen.speed, chosen.once, Console(), Clock()))
    except KeyboardInterrupt:
        return 0
    except (StackNotFound, ToolFailed) as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
