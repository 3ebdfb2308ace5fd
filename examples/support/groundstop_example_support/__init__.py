"""A customer-support back office run by an agent: real orders, real mail, real payments, and Groundstop in between."""

from pathlib import Path

_HERE = Path(__file__).parent
SOURCES = ("groundstop_example_support.tools", str(_HERE / "catalogue.yaml"))
"""What the services load as their catalogue: the Python tools and the YAML file beside them."""
POLICY = _HERE / "policy.yaml"
"""The policy that the day is written for."""
