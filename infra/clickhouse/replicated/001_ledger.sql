-- The ledger on a cluster: every shard keeps whole chains (a stream is on one shard), every replica of it all rows.
-- {cluster}, {shard} and {replica} are macros of the servers. Audit inserts with insert_quorum and
-- distributed_foreground_insert, so that an acknowledged batch is on a majority of replicas.

CREATE DATABASE IF NOT EXISTS audit ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS audit.event_log_local ON CLUSTER '{cluster}'
(
    stream          LowCardinality(String)           COMMENT 'Name of the stream (partition of the log): one chain each',
    seq             UInt64  CODEC(Delta, ZSTD(1))    COMMENT 'The log''s own sequence: gap-free and duplicate-free here',
    ts              DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))  COMMENT 'When the writer of the fact says it happened',
    logged_at       DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))  COMMENT 'When the log stored it',
    ingested_at     DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))  COMMENT 'When this row was written; one value per batch',
    kind            LowCardinality(String),
    schema_version  UInt16,
    subject         String  CODEC(ZSTD(1)),
    tenant          LowCardinality(String),
    agent           LowCardinality(String),
    task            String  CODEC(ZSTD(1)),
    intent          String  CODEC(ZSTD(1)),
    case            String  CODEC(ZSTD(1)),
    attempt         UInt16,
    tool            LowCardinality(String),
    action_type     LowCardinality(String),
    risk            LowCardinality(String),
    band            LowCardinality(String),
    route           LowCardinality(String),
    confidence      Nullable(Float64)                COMMENT 'As the agent stated it, 0 to 1',
    digest          String  CODEC(ZSTD(1))           COMMENT 'SHA-256 of exactly this call',
    policy_version  LowCardinality(String),
    actor           LowCardinality(String),
    status          LowCardinality(String)           COMMENT 'Outcome status, case verdict, or control action',
    reason_code     LowCardinality(String),
    duration_ms     Nullable(Float64) CODEC(ZSTD(1)) COMMENT 'Of an attempt or outcome; of a halt; of a person''s work',
    cost_micros     Nullable(Int64)  CODEC(ZSTD(1))  COMMENT 'Millionths of the deployment''s currency',
    tokens_in       Nullable(Int64)  CODEC(ZSTD(1)),
    tokens_out      Nullable(Int64)  CODEC(ZSTD(1)),
    rating          Nullable(Int64)  CODEC(ZSTD(1))  COMMENT '1 or -1',
    shadowed        UInt16                           COMMENT 'How many things a policy in shadow mode would change',
    trace_id        String  CODEC(ZSTD(1)),
    payload         String  CODEC(ZSTD(1))           COMMENT 'The exact bytes of the fact',
    hash_version    UInt8,
    hash            FixedString(32) CODEC(NONE)      COMMENT 'SHA256(hash of seq - 1 || RowBinary of all columns before)',
    event_id        String ALIAS JSONExtractString(payload, 'id')     COMMENT 'Random, so stored once: in the payload',
    causation_id    String ALIAS JSONExtractString(payload, 'cause')  COMMENT 'event_id of the fact that brought this one about',
    INDEX logged_at logged_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/audit.event_log', '{replica}')
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (stream, seq)
SETTINGS replicated_deduplication_window = 0, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS audit.event_log ON CLUSTER '{cluster}' AS audit.event_log_local
ENGINE = Distributed('{cluster}', 'audit', 'event_log_local', cityHash64(stream));

CREATE TABLE IF NOT EXISTS audit.chain_head_local ON CLUSTER '{cluster}'
(
    stream          LowCardinality(String),
    seq             UInt64                           COMMENT 'Every row up to this one is covered',
    hash            FixedString(32),
    hash_version    UInt8,
    signed_at       DateTime64(6, 'UTC'),
    public_key      FixedString(32)                  COMMENT 'Ed25519',
    signature       FixedString(64)                  COMMENT 'See docs/concepts/record.md for the signed bytes'
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/audit.chain_head', '{replica}')
ORDER BY (stream, seq)
SETTINGS replicated_deduplication_window = 0, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS audit.chain_head ON CLUSTER '{cluster}' AS audit.chain_head_local
ENGINE = Distributed('{cluster}', 'audit', 'chain_head_local', cityHash64(stream));
