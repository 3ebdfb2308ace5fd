"""What the gateway talks to: the servers behind it, the bus, the file with the pins, an authorization server's keys."""
