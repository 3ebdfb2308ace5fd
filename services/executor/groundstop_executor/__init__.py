"""executor: claims, runs, records; stops when it is told to, and when it is told nothing."""
