"""Run the service: ``python -m groundstop_approval``."""

import groundstop.startup  # noqa: F401 - first: the start is quicker
from groundstop.bus.app import run

from groundstop_approval.app import make

if __name__ == "__main__":
    run(make)
