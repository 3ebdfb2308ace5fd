"""approval: cases, all the work people do for agents."""
