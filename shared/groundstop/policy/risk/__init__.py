"""The risk of any tool: ``assess_tool(tool, arguments)``, or ``prepare(tool)`` once, ``.assess(arguments)`` often."""

from groundstop.policy.risk.assess import Prepared, assess_tool, language_of, prepare
from groundstop.policy.risk.evidence import Assessment, Evidence, Limits
from groundstop.words import Risk

__all__ = ["Assessment", "Evidence", "Limits", "Prepared", "Risk", "assess_tool", "language_of", "prepare"]
