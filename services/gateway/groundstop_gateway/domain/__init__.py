"""What the gateway decides, without a connection in sight: names, definitions, pins, results. Pure."""
