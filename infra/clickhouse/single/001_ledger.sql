CREATE DATABASE IF NOT EXISTS audit;

CREATE TABLE IF NOT EXISTS audit.event_log
(
    stream          LowCardinality(String)          COMMENT 'Name of the stream (partition of the log)',
    seq             UInt64                          COMMENT 'The log''s own sequence: gap-free and duplicate-free here',
    event_id        String,
    ts              DateTime64(6, 'UTC')            COMMENT 'When the writer of the fact says it happened',
    logged_at       DateTime64(6, 'UTC')            COMMENT 'When the log stored it',
    ingested_at     DateTime64(6, 'UTC')            COMMENT 'When this row was written; one value per batch',
    kind            LowCardinality(String),
    schema_version  UInt16,
    subject         String,
    tenant          LowCardinality(String),
    agent           LowCardinality(String),
    task            String,
    intent          String,
    case            String,
    attempt         UInt16,
    tool            LowCardinality(String),
    action_type     LowCardinality(String),
    risk            LowCardinality(String),
    band            LowCardinality(String),
    route           LowCardinality(String),
    confidence      Nullable(Float64),
    digest          String,
    policy_version  LowCardinality(String),
    actor           LowCardinality(String),
    status          LowCardinality(String)          COMMENT 'Outcome status, case verdict, or control action',
    reason_code     LowCardinality(String),
    duration_ms     Nullable(Float64),
    trace_id        String,
    causation_id    String,
    payload         String CODEC(ZSTD(3))           COMMENT 'The exact bytes of the fact'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (stream, seq)
SETTINGS non_replicated_deduplication_window = 0, fsync_after_insert = 1, fsync_part_directory = 1;
