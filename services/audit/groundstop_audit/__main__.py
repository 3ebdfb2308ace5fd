"""Run the service: ``python -m groundstop_audit``."""

from groundstop.bus.app import run

from groundstop_audit.app import make

if __name__ == "__main__":
    run(make)
