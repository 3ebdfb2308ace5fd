"""The guard: a process of its own beside each executor that holds the lease and hears every halt first."""
