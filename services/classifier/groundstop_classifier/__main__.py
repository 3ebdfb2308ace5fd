"""Run the service: ``python -m groundstop_classifier``."""

import groundstop.startup  # noqa: F401 - first: the start is quicker
from groundstop.bus.app import run

from groundstop_classifier.app import make

if __name__ == "__main__":
    run(make)
