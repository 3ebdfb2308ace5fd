"""A tool that looks around: ``python3 snoop.py OUT``. For every process that there is, whether it can be read in /proc.

Standard library alone: it runs as a user who can read nothing else.
"""

import json
import sys
import time
from pathlib import Path

LOOKS = {
    "environ": lambda process: (process / "environ").read_text(),
    "fd": lambda process: sorted(entry.name for entry in (process / "fd").iterdir()),
    "maps": lambda process: (process / "maps").read_text()[:1000],
}

found = {}
for entry in Path("/proc").iterdir():
    if entry.name.isdecimal():
        found[entry.name] = seen = {}
        for what, look in LOOKS.items():
            try:
                seen[what] = look(entry)
            except OSError:
                continue
out = Path(sys.argv[1])
written = out.with_suffix(".new")
written.write_text(json.dumps(found))
written.replace(out)
time.sleep(60)
