ALTER TABLE audit.event_log_local ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS who UInt64
        MATERIALIZED if(intent = '', 0, cityHash64(tenant, intent)) CODEC(ZSTD(1))
        COMMENT 'Tenant and intent as one number, 0 for none: what metrics group by; computed, so not part of the chain';

ALTER TABLE audit.event_log ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS who UInt64;

ALTER TABLE audit.event_log_local ON CLUSTER '{cluster}' MATERIALIZE COLUMN who;

CREATE OR REPLACE VIEW metrics.calibration_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, of_agent AS agent, of_action AS action_type, bin, intents, right, confidence_sum,
    confidence_sum / intents AS confidence_mean, right / intents AS success_rate,
    confidence_mean - success_rate AS overconfidence
FROM
(
    SELECT code, toUInt8(least(9, floor(stated * 10 + 1e-9))) AS bin, count() AS intents, countIf(good) AS right, sum(stated) AS confidence_sum
    FROM
    (
        SELECT max(ifNull(confidence, -1)) AS stated, max(if(kind = 'outcome', cityHash64(tenant, agent, action_type), 0)) AS code,
            max(status IN ('succeeded', 'completed_manually')) > max(kind = 'intent.undone') AS good
        FROM audit.event_log
        WHERE (kind = 'outcome' AND status NOT IN ('throttled', 'expired', 'cancelled') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')})
            OR (kind = 'intent.submitted' AND confidence IS NOT NULL AND logged_at >= {since:DateTime64(6, 'UTC')} - toIntervalDay(7) AND logged_at < {until:DateTime64(6, 'UTC')})
            OR (kind = 'intent.undone' AND logged_at >= {since:DateTime64(6, 'UTC')})
        GROUP BY who
        HAVING code > 0 AND stated >= 0
    )
    GROUP BY code, bin
) AS counted
INNER JOIN
(
    SELECT cityHash64(tenant, agent, action_type) AS code, any(tenant) AS of_tenant, any(agent) AS of_agent, any(action_type) AS of_action
    FROM audit.event_log
    WHERE kind = 'outcome' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
    GROUP BY code
) AS named ON named.code = counted.code
COMMENT 'Does it happen as often as the agents say: the reliability curve';

CREATE OR REPLACE VIEW metrics.time_to_completion_in ON CLUSTER '{cluster}' AS
WITH (SELECT mapFromArrays(groupArray(action_type), groupArray(seconds)) FROM metrics.manual_baseline FINAL) AS by_hand
SELECT of_tenant AS tenant, of_action AS action_type, count() AS completed, avg(took_s) AS mean_s,
    quantileExactInclusive(0.5)(took_s) AS p50_s, quantileExactInclusive(0.95)(took_s) AS p95_s,
    if(mapContains(by_hand, of_action), by_hand[of_action], by_hand['']) AS baseline_s,
    (completed * baseline_s - sum(took_s)) / 3600 AS saved_hours, baseline_s / nullIf(mean_s, 0) AS times_faster
FROM
(
    SELECT anyIf(tenant, kind = 'outcome') AS of_tenant, anyIf(action_type, kind = 'outcome') AS of_action,
        (toUnixTimestamp64Micro(maxIf(logged_at, kind = 'outcome'))
            - toUnixTimestamp64Micro(minIf(logged_at, kind = 'intent.submitted'))) / 1e6 AS took_s
    FROM audit.event_log
    WHERE (kind = 'outcome' AND status IN ('succeeded', 'completed_manually') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}) OR (kind = 'intent.submitted' AND logged_at >= {since:DateTime64(6, 'UTC')} - toIntervalDay(7) AND logged_at < {until:DateTime64(6, 'UTC')})
    GROUP BY who
    HAVING countIf(kind = 'outcome') > 0 AND countIf(kind = 'intent.submitted') > 0
)
GROUP BY tenant, action_type
COMMENT 'From proposal to good outcome, beside the stated manual baseline';

CREATE OR REPLACE VIEW metrics.undo_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, action_type, count() AS succeeded,
    countIf(who GLOBAL IN (SELECT who FROM audit.event_log WHERE kind = 'intent.undone' AND logged_at >= {since:DateTime64(6, 'UTC')})) AS undone,
    undone / succeeded AS undo_rate
FROM audit.event_log
WHERE kind = 'outcome' AND status IN ('succeeded', 'completed_manually') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY tenant, agent, action_type
COMMENT 'What was taken back';
