"""Telling people outside: mail, chat, webhooks. Reads facts, records what was sent, and holds nothing else up."""
