"""The table of routes in docs/reference/console.md: ``python -m groundstop_console.web.doctable PAGE`` writes it."""

import re
import sys
from pathlib import Path

from groundstop_console.web.request_context import Endpoint
from groundstop_console.web.table import ENDPOINTS

_MARKED = re.compile(r"(<!-- generated: routes -->\n).*?(<!-- end -->)", re.DOTALL)


def table() -> str:
    """Every route: from which role on, of what, and what a form of it must carry."""
    head = "| route | from role | about | besides |\n|---|---|---|---|\n"
    return head + "\n".join(map(_row, ENDPOINTS))


def _row(endpoint: Endpoint) -> str:
    role = endpoint.role.value if endpoint.role else "nobody signed in"
    token = "this browser's" if endpoint.role is None else "the session's"
    besides = f"{token} token, from this site" if endpoint.method == "POST" else ""
    return f"| `{endpoint.method} {endpoint.path}` | {role} | {endpoint.reach.value} | {besides} |"


def filled(text: str) -> str:
    """``text`` with the table made anew."""
    return _MARKED.sub(lambda found: f"{found[1]}{table()}\n{found[2]}", text)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
