"""Automatic halts: the rules, and the watcher that applies them to the outcomes in the log."""
