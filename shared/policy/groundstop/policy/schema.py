"""The JSON Schema of the policy file, for editors and for docs/reference/policy.schema.json."""

import json
from typing import Any

from groundstop.policy.loading import TABLES
from groundstop.policy.model import Policy
from groundstop.policy.presets import PRESETS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> dict[str, Any]:
    """What a file may say: the model, the preset it extends, and tables of which only some cells are given."""
    schema = Policy.model_json_schema(mode="validation")
    for name in ("ByBand",):
        schema["$defs"][name].pop("required", None)
    schema["properties"]["extends"] = {
        "description": "The preset that the file is laid upon.",
        "enum": list(PRESETS),
    }
    return {"$schema": DIALECT, **schema, "title": "Groundstop policy", "description": _description()}


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def _description() -> str:
    return f"A policy file. {', '.join(TABLES)} are changed setting by setting; see docs/reference/policy.md."
