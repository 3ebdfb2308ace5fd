"""``python -m groundstop_gateway -- COMMAND``: the same as ``groundstop mcp -- COMMAND``."""

import sys

from groundstop.cli import make_app

if __name__ == "__main__":
    make_app("mcp")(["mcp", *sys.argv[1:]])
