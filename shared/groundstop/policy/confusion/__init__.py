"""Confusion: when an agent runs in circles, and what is done about it."""
