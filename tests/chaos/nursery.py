"""``python nursery.py FOLDER SERVICE ...``: services forked from one process that has loaded everything already.

A service that is started by its command line spends a second on loading; here it is back in a few hundredths, so that
a hundred deaths fit into a test. What runs, what dies (SIGKILL) and what is found afterwards are the real thing.
FOLDER is the fault points' (see ``faultsite``). Ends with its parent, and everything it forked with it.
"""

import gc
import os
import signal
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from groundstop.bus.app import run
from groundstop_embedded.child import die_with_parent

SITE = Path(__file__).parent / "faultsite" / "sitecustomize.py"


def fault_points() -> Any:
    """The module that puts them in, loaded from where the interpreter of a whole stack finds it."""
    spec = spec_from_file_location("fault_points", SITE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def born(service: str, folder: Path) -> int:
    """Fork one service; its process id."""
    child = os.fork()
    if child:
        return child
    try:
        die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        fault_points().arm(folder, service)
        run(import_module(f"groundstop_{service}.app").make)
    finally:
        os._exit(1)


def main(folder: Path, services: list[str]) -> None:
    """Keep one of each alive."""
    for service in services:
        import_module(f"groundstop_{service}.app")
    import_module("groundstop_example_support.tools")
    gc.freeze()
    alive = {born(service, folder): service for service in services}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        dead, _ = os.wait()
        if (service := alive.pop(dead, "")) != "":
            alive[born(service, folder)] = service


if __name__ == "__main__":
    die_with_parent()
    main(Path(sys.argv[1]), sys.argv[2:])
