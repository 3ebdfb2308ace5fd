"""``python -m bench.judgement``: every judgement on the labelled material, each with its baselines.

See docs/concepts/screening.md and docs/reference/policy.md.

What is trained or tuned is scored on material it has not seen (left out by server or by source). One table after the
other; ``--out FILE`` keeps them.
"""

import argparse
import contextlib
import io
import runpy
import sys
from pathlib import Path

PARTS = {
    "Risk of tools, by server": "bench.judgement.risk",
    "Statements, by tool": "bench.judgement.statements",
    "Screens, by source": "bench.judgement.screens",
    "Provenance of arguments": "bench.judgement.provenance",
    "Confusion": "bench.judgement.confusion",
    "Cost of one decision": "bench.judgement.decision",
}


def run(module: str) -> str:
    """What a part prints. A part that exits with a status misses a goal of its own; what it printed says which."""
    out = io.StringIO()
    arguments, sys.argv = sys.argv, [module]
    try:
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            runpy.run_module(module, run_name="__main__")
    finally:
        sys.argv = arguments
    return out.getvalue()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.judgement", description=__doc__)
    parser.add_argument("--out", type=Path, help="write what is printed to this file as well")
    chosen = parser.parse_args()
    texts = []
    for title, module in PARTS.items():
        print(f"... {title}", file=sys.stderr, flush=True)
        text = f"## {title}\n\n{run(module)}"
        print(text, flush=True)
        texts.append(f"## {title}\n\n```\n{run_tidy(text)}\n```\n")
    if chosen.out:
        chosen.out.write_text("# Judgement, measured\n\n`make judgement`\n\n" + "\n".join(texts), encoding="utf-8")


def run_tidy(text: str) -> str:
    """A printed part without its title and trailing blanks."""
    return "\n".join(line.rstrip() for line in text.split("\n")[2:]).strip()


if __name__ == "__main__":
    main()
