"""audit: every fact of the log into ClickHouse, in order, once."""
