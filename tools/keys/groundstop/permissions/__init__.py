"""Who may do what on the bus: one table of roles, and the server's configuration made of it."""
