"""The record: what a row of it is, how its chain is computed, and how heads are signed. Pure.

docs/concepts/record.md explains it.

Everything that anybody needs to check a record without trusting whoever keeps it is in this room.
"""
