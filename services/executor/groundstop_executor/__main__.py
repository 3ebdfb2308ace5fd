"""Run the service: ``python -m groundstop_executor``."""

from groundstop.bus.app import run

from groundstop_executor.app import make

if __name__ == "__main__":
    run(make)
