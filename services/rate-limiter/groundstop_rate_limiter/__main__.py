"""Run the service: ``python -m groundstop_rate_limiter``."""

from groundstop.bus.app import run

from groundstop_rate_limiter.app import make

if __name__ == "__main__":
    run(make)
