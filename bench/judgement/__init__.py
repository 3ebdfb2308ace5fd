"""How well the judgement judges: risk, screens and confusion, scored by source on material nobody here wrote."""
