"""What the console knows without asking anybody: pure functions over values."""
