"""``python -m groundstop.cli``."""

from groundstop.cli import main

if __name__ == "__main__":
    main()
