"""The risk of any tool: ``assess_tool(tool, arguments)``, or ``prepare(tool)`` once, ``.assess(arguments)`` often."""

from groundstop.risk.assess import Prepared, assess_tool, language_of, prepare
from groundstop.risk.evidence import Assessment, Evidence, Limits
from groundstop.vocabulary import Risk

__all__ = ["Assessment", "Evidence", "Limits", "Prepared", "Risk", "assess_tool", "language_of", "prepare"]
