"""Run the service: ``python -m groundstop_rate_limiter``."""

import groundstop.startup  # noqa: F401 - first: the start is quicker
from groundstop.bus.app import run

from groundstop_rate_limiter.app import make

if __name__ == "__main__":
    run(make)
