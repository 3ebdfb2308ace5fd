"""Screens: prompt injection, secrets and PII in text and structures; provenance of arguments. Pure, bounded in time."""

from groundstop.screening.findings import Finding, Findings, Source
from groundstop.screening.screen import screen, screen_structure

__all__ = ["Finding", "Findings", "Source", "screen", "screen_structure"]
