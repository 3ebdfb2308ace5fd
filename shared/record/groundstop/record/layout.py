"""The columns of ``audit.event_log``, in order. Their order and types are part of what a hash of version 1 covers."""

TABLE = "audit.event_log"
HEADS = "audit.chain_head"

WORD = "LowCardinality(String)"
TIME = "DateTime64(6, 'UTC')"

COLUMNS: tuple[tuple[str, str], ...] = (
    ("stream", WORD), ("seq", "UInt64"),
    ("ts", TIME), ("logged_at", TIME), ("ingested_at", TIME),
    ("kind", WORD), ("schema_version", "UInt16"), ("subject", "String"),
    ("tenant", WORD), ("agent", WORD), ("task", "String"), ("intent", "String"), ("case", "String"),
    ("attempt", "UInt16"), ("tool", WORD), ("action_type", WORD), ("risk", WORD), ("band", WORD), ("route", WORD),
    ("confidence", "Nullable(Float64)"), ("digest", "String"), ("policy_version", WORD), ("actor", WORD),
    ("status", WORD), ("reason_code", WORD), ("duration_ms", "Nullable(Float64)"),
    ("cost_micros", "Nullable(Int64)"), ("tokens_in", "Nullable(Int64)"), ("tokens_out", "Nullable(Int64)"),
    ("rating", "Nullable(Int64)"), ("shadowed", "UInt16"), ("trace_id", "String"), ("payload", "String"),
    ("hash_version", "UInt8"),
)  # fmt: skip
"""What the hash of a row covers: everything but the hash itself."""

NAMES = tuple(name for name, _ in COLUMNS)
STORED = (*NAMES, "hash")
ROW_SQL = f"formatRow('RowBinary', {', '.join(f'`{name}`' for name in NAMES)})"
"""In SQL: the bytes of one row that its hash covers."""
