"""How a case looks to whoever asks: rows, briefings, masked values. Pure."""
