ALTER TABLE audit.event_log_local ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS answer LowCardinality(String)
        MATERIALIZED if(kind = 'intent.classified', JSONExtractString(payload, 'judgement', 'answer'), '')
        COMMENT 'What was done about a confused task; computed from the payload, so not part of the chain';

ALTER TABLE audit.event_log ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS answer LowCardinality(String);

ALTER TABLE audit.event_log_local ON CLUSTER '{cluster}' MATERIALIZE COLUMN answer;

CREATE OR REPLACE VIEW audit.chain_in ON CLUSTER '{cluster}' AS
SELECT stream, seq, multiIf(seq = before_seq, 'repeated', seq != before_seq + 1, 'missing', computed != hash, 'altered', '') AS problem,
    lower(hex(hash)) AS stored_hash, lower(hex(computed)) AS computed_hash
FROM
(
    SELECT stream, seq, hash, before_seq, SHA256(concat(if(before_seq = 0, SHA256(concat('groundstop-chain-v1', char(0), stream)), before), row)) AS computed
    FROM
    (
        SELECT stream, seq, hash,
            formatRow('RowBinary', stream, seq, ts, logged_at, ingested_at, kind, schema_version, subject, tenant, agent, task,
                intent, `case`, attempt, tool, action_type, risk, band, route, confidence, digest, policy_version, actor,
                status, reason_code, duration_ms, cost_micros, tokens_in, tokens_out, rating, shadowed, trace_id, payload,
                hash_version) AS row,
            lagInFrame(seq, 1, toUInt64({first:UInt64} - 1)) OVER w AS before_seq, lagInFrame(hash) OVER w AS before
        FROM audit.event_log
        WHERE stream = {chain:String} AND seq >= {first:UInt64} - 1 AND seq <= {last:UInt64}
        WINDOW w AS (ORDER BY seq ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    )
    WHERE seq >= {first:UInt64}
)
COMMENT 'The chain by SQL alone, row by row: first (1 or more) to last of one stream; ask for 100,000 rows at a time';

CREATE OR REPLACE VIEW metrics.errors_in ON CLUSTER '{cluster}' AS
SELECT toDate(logged_at) AS day, tenant, action_type,
    countIf(kind = 'execution.started') AS attempts, countIf(kind = 'execution.failed') AS attempts_failed,
    countIf(kind = 'outcome' AND status = 'succeeded') AS succeeded,
    countIf(kind = 'outcome' AND status = 'failed') AS failed,
    countIf(kind = 'outcome' AND status = 'unknown') AS unknown,
    (failed + unknown) / nullIf(succeeded + failed + unknown, 0) AS error_rate
FROM audit.event_log
WHERE kind IN ('execution.started', 'execution.failed', 'outcome') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY day, tenant, action_type
HAVING attempts + attempts_failed + succeeded + failed + unknown > 0
COMMENT 'What execution gets wrong, by day, tenant and action type';

CREATE OR REPLACE VIEW metrics.calibration_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, of_agent AS agent, of_action AS action_type,
    toUInt8(least(9, floor(assumeNotNull(stated) * 10 + 1e-9))) AS bin,
    count() AS intents, countIf(good) AS right, sum(assumeNotNull(stated)) AS confidence_sum,
    confidence_sum / intents AS confidence_mean, right / intents AS success_rate,
    confidence_mean - success_rate AS overconfidence
FROM
(
    SELECT any(tenant) AS of_tenant, any(agent) AS of_agent, max(action_type) AS of_action, max(confidence) AS stated,
        max(kind = 'outcome') AS ended, max(kind = 'intent.submitted') AS began,
        max(status IN ('succeeded', 'completed_manually')) AND NOT max(kind = 'intent.undone') AS good
    FROM audit.event_log
    WHERE (kind = 'outcome' AND status NOT IN ('throttled', 'expired', 'cancelled') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')})
        OR (kind = 'intent.submitted' AND confidence IS NOT NULL AND logged_at >= {since:DateTime64(6, 'UTC')} - toIntervalDay(7) AND logged_at < {until:DateTime64(6, 'UTC')})
        OR (kind = 'intent.undone' AND logged_at >= {since:DateTime64(6, 'UTC')})
    GROUP BY cityHash64(tenant, intent)
    HAVING ended AND began
)
GROUP BY tenant, agent, action_type, bin
COMMENT 'Does it happen as often as the agents say: the reliability curve';

CREATE OR REPLACE VIEW metrics.calibration_error_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, sum(n) AS intents, sum(abs(sure - correct)) / sum(n) AS calibration_error,
    sum(sure - correct) / sum(n) AS overconfidence
FROM
(
    SELECT tenant, agent, bin, sum(c.intents) AS n, sum(c.right) AS correct, sum(c.confidence_sum) AS sure
    FROM metrics.calibration_in(since = {since:DateTime64(6, 'UTC')}, until = {until:DateTime64(6, 'UTC')}) AS c
    GROUP BY tenant, agent, bin
)
GROUP BY tenant, agent
COMMENT 'Expected calibration error per agent, over ten bins';

CREATE OR REPLACE VIEW metrics.calibration_by_action_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, action_type, sum(c.intents) AS judged, sum(c.right) AS went_well,
    sum(abs(c.confidence_sum - c.right)) / judged AS calibration_error, sum(c.confidence_sum - c.right) / judged AS overconfidence
FROM metrics.calibration_in(since = {since:DateTime64(6, 'UTC')}, until = {until:DateTime64(6, 'UTC')}) AS c
GROUP BY tenant, agent, action_type
COMMENT 'Expected calibration error per agent and action type';

CREATE OR REPLACE VIEW metrics.calibration_by_action ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.calibration_by_action_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Expected calibration error per agent and action type';

CREATE OR REPLACE VIEW metrics.confusion_in ON CLUSTER '{cluster}' AS
SELECT toDate(logged_at) AS day, tenant, agent, countIf(kind = 'intent.classified') AS classified,
    countIf(kind = 'intent.classified' AND route = 'clarify') AS asked, countIf(answer != '') AS confused,
    countIf(answer = 'warn') AS warned, countIf(answer = 'context_reset') AS reset, countIf(answer = 'handoff') AS handed_off,
    countIf(kind = 'outcome' AND status = 'needs_clarification') AS unclear,
    asked / nullIf(classified, 0) AS asked_rate, confused / nullIf(classified, 0) AS confused_rate
FROM audit.event_log
WHERE kind IN ('intent.classified', 'outcome') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY day, tenant, agent
COMMENT 'How often agents go in circles, and how often they have to be asked what they mean';

CREATE OR REPLACE VIEW metrics.confusion ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.confusion_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'How often agents go in circles, and how often they have to be asked what they mean';

CREATE OR REPLACE VIEW metrics.undo_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, action_type, count() AS succeeded,
    countIf((tenant, intent) GLOBAL IN (SELECT tenant, intent FROM audit.event_log WHERE kind = 'intent.undone' AND logged_at >= {since:DateTime64(6, 'UTC')})) AS undone,
    undone / succeeded AS undo_rate
FROM audit.event_log
WHERE kind = 'outcome' AND status IN ('succeeded', 'completed_manually') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY tenant, agent, action_type
COMMENT 'What was taken back';

CREATE OR REPLACE VIEW metrics.cases_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, case_kind, count() AS opened, countIf(verdict != '') AS decided, opened - decided AS still_open,
    countIf(verdict = 'approved') AS approved, countIf(verdict = 'denied') AS denied,
    countIf(verdict = 'answered') AS answered, countIf(verdict = 'expired') AS expired,
    countIf(verdict = 'withdrawn') AS withdrawn, countIf(edits > 0) AS overridden,
    countIf(votes > 1) AS voted, countIf(votes > 1 AND voices = 1) AS unanimous,
    sumIf(age, verdict NOT IN ('', 'expired')) / nullIf(countIf(verdict NOT IN ('', 'expired')), 0) AS age_mean_s,
    quantileExactInclusiveIfOrNull(0.5)(age, verdict NOT IN ('', 'expired')) AS age_p50_s,
    quantileExactInclusiveIfOrNull(0.95)(age, verdict NOT IN ('', 'expired')) AS age_p95_s,
    expired / nullIf(decided, 0) AS expiry_rate, approved / nullIf(approved + denied, 0) AS approval_rate,
    unanimous / nullIf(voted, 0) AS agreement,
    multiIf(approved + denied < 50, 'few', approval_rate > 0.93, 'rubber_stamp', expiry_rate > 0.2, 'unattended', 'ok') AS flag
FROM
(
    SELECT any(tenant) AS of_tenant, splitByChar('-', any(case))[-1] AS case_kind,
        anyIf(status, kind = 'case.decided') AS verdict, countIf(kind = 'case.edited') AS edits,
        countIf(kind = 'case.voted') AS votes, uniqExactIf(status, kind = 'case.voted') AS voices,
        (toUnixTimestamp64Micro(maxIf(logged_at, kind = 'case.decided'))
            - toUnixTimestamp64Micro(minIf(logged_at, kind = 'case.opened'))) / 1e6 AS age
    FROM audit.event_log
    WHERE kind IN ('case.opened', 'case.decided', 'case.edited', 'case.voted') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
    GROUP BY cityHash64(tenant, case)
    HAVING countIf(kind = 'case.opened') > 0
)
GROUP BY tenant, case_kind
COMMENT 'The work of people: how much, how fast, how it ends';

CREATE OR REPLACE VIEW metrics.cases ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.cases_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'The work of people: how much, how fast, how it ends';
