"""A customer-support back office run by an agent: real orders, real mail, real payments, and Groundstop in between."""

from pathlib import Path

SOURCES = ("groundstop_example_support.tools", str(Path(__file__).with_name("catalogue.yaml")))
"""What the services load as their catalogue: the Python tools and the YAML file beside them."""
