"""``python -m bench.halts [CASE ...]``: how fast a halt is, and that it accounts for everything.

Cases: idle, busy (a handler computes on every executor's loop), stopped, cut, starting (one of the executors is in
trouble), cut-off (one executor alone, cut off from the bus). One JSON document per case.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from bench.halts import cases

Case = Callable[[argparse.Namespace], Awaitable[dict[str, Any]]]
CASES: dict[str, Case] = {
    "idle": lambda w: cases.undisturbed(w.executors, w.rounds, w.flights, busy=False),
    "busy": lambda w: cases.undisturbed(w.executors, w.rounds, w.flights, busy=True),
    "stopped": lambda w: cases.stopped(w.executors, w.rounds, w.flights),
    "cut": lambda w: cases.one_cut(w.executors, w.rounds, w.flights),
    "starting": lambda w: cases.starting(w.executors, w.rounds, w.flights),
    "cut-off": lambda w: cases.cut_off(w.rounds, w.flights),
}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.halts", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"which: {', '.join(CASES)}; default all")
    parser.add_argument("--executors", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--flights", type=int, default=20, help="effects in the air for each executor")
    wanted = parser.parse_args()
    if unknown := set(wanted.cases) - set(CASES):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    for name in wanted.cases or CASES:
        found = asyncio.run(CASES[name](wanted))
        line = {"case": name, "executors": 1 if name == "cut-off" else wanted.executors} | found | cases.machine()
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
