"""The store: the ClickHouse engine of chDB behind the ClickHouse HTTP protocol, as one process."""
