"""rate-limiter: meters what may proceed; a full bucket rejects with the time to come back."""
