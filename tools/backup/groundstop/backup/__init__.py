"""Everything a stack keeps as one folder: a snapshot of the log, the record in files, the keys and the people.

manifest    what a backup consists of, with hashes
snapshot    the log, by the server's own snapshots
ledger      the record, in files that ClickHouse wrote
belongings  files of this machine: identities, the record's signing key, the console's people
take        making one: the record first, the log after it
put         restoring one into an empty stack
"""
