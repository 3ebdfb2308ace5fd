"""Run the service: ``python -m groundstop_classifier``."""

from groundstop.bus.app import run

from groundstop_classifier.app import make

if __name__ == "__main__":
    run(make)
