"""Freezes the contract of this version as that of the previous one: run on the day of a release.

``python tests/contracts/make_previous.py`` writes previous/schemas.json: what the models of that version accept, as
JSON Schema, one kind to a line. tests/contracts/test_upgrade.py reads the facts of today with it.
"""

import json
from pathlib import Path
from typing import Any

from groundstop.events import KINDS

FILE = Path(__file__).parent / "previous" / "schemas.json"
SILENT = ("title", "description", "default", "examples")
"""Says nothing about what is accepted."""


def lean(schema: Any, names: bool = False) -> Any:
    """The schema without what says nothing. ``names``: the keys are names of fields, not words of JSON Schema."""
    if isinstance(schema, list):
        return [lean(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if names or key not in SILENT}
    return {key: lean(value, names=not names and key in ("properties", "$defs")) for key, value in kept.items()}


def main() -> None:
    """Write the file."""
    lines = (
        f"{json.dumps(kind)}: {json.dumps(lean(model.model_json_schema()), sort_keys=True)}"
        for kind, model in sorted(KINDS.items())
    )
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
