"""classifier: judges every intent (risk, confidence band, route) by the policy and says why."""
