"""Run the service: ``python -m groundstop_executor``."""

import groundstop.startup  # noqa: F401 - first: the start is quicker
from groundstop.bus.app import run

from groundstop_executor.app import make

if __name__ == "__main__":
    run(make)
