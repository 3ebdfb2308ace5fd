"""The measured stack: its tools, its policy, its load."""
