CREATE DATABASE IF NOT EXISTS metrics ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS metrics.manual_baseline ON CLUSTER '{cluster}'
(
    action_type String  COMMENT 'Empty: for all that have no row of their own',
    seconds     Float64 COMMENT 'How long a person takes for it',
    source      String  COMMENT 'Where the number is from'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/metrics.manual_baseline', '{shard}-{replica}')
ORDER BY action_type;

INSERT INTO metrics.manual_baseline VALUES ('', 600, 'assumed: ten minutes; state your own');

CREATE OR REPLACE VIEW metrics.completion_in ON CLUSTER '{cluster}' AS
SELECT toDate(logged_at) AS day, tenant, agent, policy_version,
    count() AS ended, countIf(status IN ('succeeded', 'completed_manually')) AS completed,
    countIf(status = 'refused') AS refused, countIf(status = 'throttled') AS throttled,
    countIf(status = 'denied') AS denied, countIf(status = 'expired') AS expired,
    countIf(status = 'needs_clarification') AS unclear, countIf(status = 'failed') AS failed,
    countIf(status = 'unknown') AS unknown, countIf(status = 'cancelled') AS cancelled,
    completed / ended AS completion_rate
FROM audit.event_log
WHERE kind = 'outcome' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY day, tenant, agent, policy_version
COMMENT 'How intents end, by day, tenant, agent and policy';

CREATE OR REPLACE VIEW metrics.completion ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.completion_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'How intents end, by day, tenant, agent and policy';

CREATE OR REPLACE VIEW metrics.tasks_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, of_agent AS agent, count() AS tasks, countIf(done) AS completed, countIf(good = steps) AS clean,
    completed / tasks AS completion_rate
FROM
(
    SELECT any(tenant) AS of_tenant, any(agent) AS of_agent, count() AS steps, countIf(status IN ('succeeded', 'completed_manually')) AS good,
        argMax(status, seq) IN ('succeeded', 'completed_manually') AS done
    FROM audit.event_log
    WHERE kind = 'outcome' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
    GROUP BY cityHash64(tenant, agent, task)
)
GROUP BY tenant, agent
COMMENT 'Tasks: done when the newest outcome is good, clean when every one is';

CREATE OR REPLACE VIEW metrics.tasks ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.tasks_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Tasks: done when the newest outcome is good, clean when every one is';

CREATE OR REPLACE VIEW metrics.compounding_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, of_agent AS agent, count() AS tasks, sum(steps) AS steps_total, sum(good) AS steps_good,
    steps_good / steps_total AS step_success, steps_total / tasks AS steps_mean,
    pow(step_success, steps_mean) AS clean_expected, countIf(good = steps) / tasks AS clean_actual
FROM
(
    SELECT any(tenant) AS of_tenant, any(agent) AS of_agent, count() AS steps, countIf(status IN ('succeeded', 'completed_manually')) AS good,
        argMax(status, seq) IN ('succeeded', 'completed_manually') AS done
    FROM audit.event_log
    WHERE kind = 'outcome' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
    GROUP BY cityHash64(tenant, agent, task)
)
GROUP BY tenant, agent
COMMENT 'What the success of steps makes of the success of tasks';

CREATE OR REPLACE VIEW metrics.compounding ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.compounding_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'What the success of steps makes of the success of tasks';

CREATE OR REPLACE VIEW metrics.escalation_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, action_type, count() AS classified, countIf(route = 'proceed') AS proceeded,
    countIf(route IN ('confirm', 'approve', 'clarify', 'escalate')) AS to_people,
    countIf(route = 'escalate') AS handed_off, countIf(route = 'refuse') AS refused,
    to_people / classified AS escalation_rate,
    multiIf(classified < 50, 'few', escalation_rate < 0.01, 'too_low', escalation_rate > 0.3, 'too_high', 'ok') AS flag
FROM audit.event_log
WHERE kind = 'intent.classified' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY tenant, agent, action_type
COMMENT 'How much goes to people, too little and too much flagged';

CREATE OR REPLACE VIEW metrics.escalation ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.escalation_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'How much goes to people, too little and too much flagged';

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
HAVING attempts + succeeded + failed + unknown > 0
COMMENT 'What execution gets wrong, by day, tenant and action type';

CREATE OR REPLACE VIEW metrics.errors ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.errors_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'What execution gets wrong, by day, tenant and action type';

CREATE OR REPLACE VIEW metrics.latency_in ON CLUSTER '{cluster}' AS
SELECT action_type, count() AS executions, quantileExactInclusive(0.5)(assumeNotNull(duration_ms)) AS p50_ms,
    quantileExactInclusive(0.95)(assumeNotNull(duration_ms)) AS p95_ms, max(duration_ms) AS max_ms
FROM audit.event_log
WHERE kind = 'outcome' AND status = 'succeeded' AND duration_ms IS NOT NULL AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY action_type
COMMENT 'How long successful executions take';

CREATE OR REPLACE VIEW metrics.latency ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.latency_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'How long successful executions take';

CREATE OR REPLACE VIEW metrics.satisfaction_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, countIf(rating > 0) AS up, countIf(rating < 0) AS down, up + down AS rated,
    up / nullIf(rated, 0) AS satisfaction,
    (up + 1.9208 - 1.96 * sqrt(up * down / nullIf(rated, 0) + 0.9604)) / (nullIf(rated, 0) + 3.8416) AS wilson_low,
    (up + 1.9208 + 1.96 * sqrt(up * down / nullIf(rated, 0) + 0.9604)) / (nullIf(rated, 0) + 3.8416) AS wilson_high
FROM audit.event_log
WHERE kind = 'feedback' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY tenant, agent
COMMENT 'Thumbs, with the Wilson score interval at 95 %';

CREATE OR REPLACE VIEW metrics.satisfaction ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.satisfaction_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Thumbs, with the Wilson score interval at 95 %';

CREATE OR REPLACE VIEW metrics.cost_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, of_agent AS agent, countIf(outcomes > 0) AS tasks, countIf(done) AS successful,
    sum(task_micros) AS cost_micros, sum(task_in) AS tokens_in, sum(task_out) AS tokens_out,
    sum(task_human_ms) / 60000 AS human_minutes,
    cost_micros / nullIf(successful, 0) AS cost_micros_per_success,
    (tokens_in + tokens_out) / nullIf(successful, 0) AS tokens_per_success,
    human_minutes / nullIf(successful, 0) AS human_minutes_per_success
FROM
(
    SELECT any(tenant) AS of_tenant, any(agent) AS of_agent, countIf(kind = 'outcome') AS outcomes,
        argMaxIf(status, seq, kind = 'outcome') IN ('succeeded', 'completed_manually') AS done,
        ifNull(sumIf(e.cost_micros, kind = 'cost.recorded'), 0) AS task_micros,
        ifNull(sumIf(e.tokens_in, kind = 'cost.recorded'), 0) AS task_in,
        ifNull(sumIf(e.tokens_out, kind = 'cost.recorded'), 0) AS task_out,
        ifNull(sumIf(duration_ms, kind IN ('cost.recorded', 'case.decided')), 0) AS task_human_ms
    FROM audit.event_log AS e
    WHERE kind IN ('outcome', 'cost.recorded', 'case.decided') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
    GROUP BY cityHash64(tenant, agent, task)
)
GROUP BY tenant, agent
COMMENT 'What successful tasks cost: money, tokens, minutes of people';

CREATE OR REPLACE VIEW metrics.cost ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.cost_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'What successful tasks cost: money, tokens, minutes of people';

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
    GROUP BY cityHash64(tenant, intent)
    HAVING countIf(kind = 'outcome') > 0 AND countIf(kind = 'intent.submitted') > 0
)
GROUP BY tenant, action_type
COMMENT 'From proposal to good outcome, beside the stated manual baseline';

CREATE OR REPLACE VIEW metrics.time_to_completion ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.time_to_completion_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'From proposal to good outcome, beside the stated manual baseline';

CREATE OR REPLACE VIEW metrics.calibration_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, of_agent AS agent, of_action AS action_type,
    toUInt8(least(9, floor(assumeNotNull(stated) * 10 + 1e-9))) AS bin,
    count() AS intents, countIf(good) AS right, sum(assumeNotNull(stated)) AS confidence_sum,
    confidence_sum / intents AS confidence_mean, right / intents AS success_rate,
    confidence_mean - success_rate AS overconfidence
FROM
(
        SELECT anyIf(tenant, kind = 'outcome') AS of_tenant, anyIf(agent, kind = 'outcome') AS of_agent,
            anyIf(action_type, kind = 'outcome') AS of_action, anyIf(confidence, kind = 'intent.submitted') AS stated,
            countIf(status IN ('succeeded', 'completed_manually')) > 0 AND countIf(kind = 'intent.undone') = 0 AS good
        FROM audit.event_log
        WHERE (kind = 'outcome' AND status NOT IN ('throttled', 'expired', 'cancelled') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')})
            OR (kind = 'intent.submitted' AND confidence IS NOT NULL AND logged_at >= {since:DateTime64(6, 'UTC')} - toIntervalDay(7) AND logged_at < {until:DateTime64(6, 'UTC')})
            OR kind = 'intent.undone'
        GROUP BY cityHash64(tenant, intent)
        HAVING countIf(kind = 'outcome') > 0 AND countIf(kind = 'intent.submitted') > 0
)
GROUP BY tenant, agent, action_type, bin
COMMENT 'Does it happen as often as the agents say: the reliability curve';

CREATE OR REPLACE VIEW metrics.calibration ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.calibration_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Does it happen as often as the agents say: the reliability curve';

CREATE OR REPLACE VIEW metrics.calibration_error_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, sum(n) AS intents, sum(abs(sure - right)) / sum(n) AS calibration_error,
    sum(sure - right) / sum(n) AS overconfidence
FROM
(
    SELECT of_tenant AS tenant, of_agent AS agent, count() AS n, countIf(good) AS right, sum(assumeNotNull(stated)) AS sure
    FROM
    (
        SELECT anyIf(tenant, kind = 'outcome') AS of_tenant, anyIf(agent, kind = 'outcome') AS of_agent,
            anyIf(action_type, kind = 'outcome') AS of_action, anyIf(confidence, kind = 'intent.submitted') AS stated,
            countIf(status IN ('succeeded', 'completed_manually')) > 0 AND countIf(kind = 'intent.undone') = 0 AS good
        FROM audit.event_log
        WHERE (kind = 'outcome' AND status NOT IN ('throttled', 'expired', 'cancelled') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')})
            OR (kind = 'intent.submitted' AND confidence IS NOT NULL AND logged_at >= {since:DateTime64(6, 'UTC')} - toIntervalDay(7) AND logged_at < {until:DateTime64(6, 'UTC')})
            OR kind = 'intent.undone'
        GROUP BY cityHash64(tenant, intent)
        HAVING countIf(kind = 'outcome') > 0 AND countIf(kind = 'intent.submitted') > 0
    )
    GROUP BY tenant, agent, least(9, floor(assumeNotNull(stated) * 10 + 1e-9))
)
GROUP BY tenant, agent
COMMENT 'Expected calibration error per agent, over ten bins';

CREATE OR REPLACE VIEW metrics.calibration_error ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.calibration_error_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Expected calibration error per agent, over ten bins';

CREATE OR REPLACE VIEW metrics.throttling_in ON CLUSTER '{cluster}' AS
SELECT toDate(logged_at) AS day, tenant, agent, action_type, countIf(kind = 'outcome') AS ended,
    countIf(status = 'throttled') AS throttled, countIf(kind = 'intent.deferred') AS deferred,
    throttled / nullIf(ended, 0) AS throttle_rate
FROM audit.event_log
WHERE kind IN ('outcome', 'intent.deferred') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY day, tenant, agent, action_type
COMMENT 'What the limits hold back';

CREATE OR REPLACE VIEW metrics.throttling ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.throttling_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'What the limits hold back';

CREATE OR REPLACE VIEW metrics.confusion_in ON CLUSTER '{cluster}' AS
SELECT toDate(logged_at) AS day, tenant, agent, countIf(kind = 'intent.classified') AS classified,
    countIf(kind = 'intent.classified' AND route = 'clarify') AS asked,
    countIf(kind = 'intent.classified' AND reason_code = 'confused') AS confused,
    countIf(kind = 'outcome' AND status = 'needs_clarification') AS unclear,
    asked / nullIf(classified, 0) AS asked_rate
FROM audit.event_log
WHERE kind IN ('intent.classified', 'outcome') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY day, tenant, agent
COMMENT 'How often agents have to be asked what they mean';

CREATE OR REPLACE VIEW metrics.confusion ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.confusion_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'How often agents have to be asked what they mean';

CREATE OR REPLACE VIEW metrics.undo_in ON CLUSTER '{cluster}' AS
SELECT tenant, agent, action_type, count() AS succeeded,
    countIf((tenant, intent) GLOBAL IN (SELECT tenant, intent FROM audit.event_log WHERE kind = 'intent.undone')) AS undone,
    undone / succeeded AS undo_rate
FROM audit.event_log
WHERE kind = 'outcome' AND status IN ('succeeded', 'completed_manually') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY tenant, agent, action_type
COMMENT 'What was taken back';

CREATE OR REPLACE VIEW metrics.undo ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.undo_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'What was taken back';

CREATE OR REPLACE VIEW metrics.cases_in ON CLUSTER '{cluster}' AS
SELECT of_tenant AS tenant, case_kind, count() AS opened, countIf(verdict != '') AS decided, opened - decided AS still_open,
    countIf(verdict = 'approved') AS approved, countIf(verdict = 'denied') AS denied,
    countIf(verdict = 'answered') AS answered, countIf(verdict = 'expired') AS expired,
    countIf(verdict = 'withdrawn') AS withdrawn, countIf(edits > 0) AS overridden,
    countIf(votes > 1) AS voted, countIf(votes > 1 AND voices = 1) AS unanimous,
    sumIf(age, verdict NOT IN ('', 'expired')) / nullIf(countIf(verdict NOT IN ('', 'expired')), 0) AS age_mean_s,
    quantileExactInclusiveIf(0.5)(age, verdict NOT IN ('', 'expired')) AS age_p50_s,
    quantileExactInclusiveIf(0.95)(age, verdict NOT IN ('', 'expired')) AS age_p95_s,
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

CREATE OR REPLACE VIEW metrics.halts_in ON CLUSTER '{cluster}' AS
SELECT h.control AS control, h.scope AS scope, h.reason AS reason, h.by AS by, h.at AS at, h.drill AS drill,
    resumed_at, r.executors AS executors, r.slowest_ms AS slowest_ms, r.in_flight AS in_flight, r.unknown AS unknown,
    l.leaks AS leaks
FROM
(
    SELECT JSONExtractString(payload, 'control') AS control, any(JSONExtractString(payload, 'scope')) AS scope,
        any(JSONExtractString(payload, 'reason')) AS reason, any(JSONExtractString(payload, 'by')) AS by,
        min(logged_at) AS at, any(status) = 'drill' AS drill
    FROM audit.event_log
    WHERE kind = 'control' AND status IN ('halt', 'drill') AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
    GROUP BY control
) AS h
LEFT JOIN
(
    SELECT JSONExtractString(payload, 'control') AS control, toNullable(min(logged_at)) AS resumed_at
    FROM audit.event_log WHERE kind = 'control' AND status = 'resume' GROUP BY control
) AS s ON s.control = h.control
LEFT JOIN
(
    SELECT JSONExtractString(payload, 'control') AS control, count() AS executors, max(duration_ms) AS slowest_ms,
        sum(JSONLength(payload, 'in_flight')) AS in_flight,
        sum(arrayCount(x -> JSONExtractString(x, 'ended') = 'unknown', JSONExtractArrayRaw(payload, 'in_flight'))) AS unknown
    FROM audit.event_log WHERE kind = 'executor.halted' AND logged_at >= {since:DateTime64(6, 'UTC')} GROUP BY control
) AS r ON r.control = h.control
LEFT JOIN
(
    SELECT control, count() AS leaks
    FROM
    (
        SELECT stream, seq, tenant, agent, task, tool, action_type, risk
        FROM audit.event_log WHERE kind = 'execution.started' AND logged_at >= {since:DateTime64(6, 'UTC')}
    ) AS c
    INNER JOIN
    (
        SELECT stream, JSONExtractString(payload, 'control') AS control,
            any(JSONExtractString(payload, 'scope')) AS scope, maxIf(seq, status = 'halt') AS halted,
            if(countIf(status = 'resume') = 0, 18446744073709551615, minIf(seq, status = 'resume')) AS resumed
        FROM audit.event_log WHERE kind = 'control' AND status IN ('halt', 'resume') GROUP BY stream, control HAVING halted > 0
    ) AS o ON o.stream = c.stream
    WHERE c.seq > o.halted AND c.seq < o.resumed AND (scope = 'all'
        OR scope IN (concat('tenant=', tenant), concat('agent=', agent), concat('task=', task), concat('tool=', tool))
        OR (scope LIKE 'action=%' AND startsWith(concat(action_type, '.'), concat(substring(scope, 8), '.')))
        OR (scope LIKE 'risk=%' AND indexOf(['safe', 'risky', 'dangerous'], risk)
            >= indexOf(['safe', 'risky', 'dangerous'], substring(scope, 6))))
    GROUP BY control
) AS l ON l.control = h.control
COMMENT 'Every halt: how fast, what was in flight, and what leaked (must be 0)';

CREATE OR REPLACE VIEW metrics.halts ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.halts_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Every halt: how fast, what was in flight, and what leaked (must be 0)';

CREATE OR REPLACE VIEW metrics.policy_versions_in ON CLUSTER '{cluster}' AS
SELECT policy_version, countIf(kind = 'intent.classified') AS classified,
    countIf(kind = 'intent.classified' AND route IN ('confirm', 'approve', 'clarify', 'escalate')) AS to_people,
    countIf(kind = 'intent.classified' AND route = 'refuse') AS refused, sum(shadowed > 0) AS would_differ,
    countIf(kind = 'outcome') AS ended, countIf(kind = 'outcome' AND status IN ('succeeded', 'completed_manually')) AS completed,
    countIf(kind = 'outcome' AND status IN ('failed', 'unknown')) AS errors,
    to_people / nullIf(classified, 0) AS escalation_rate, completed / nullIf(ended, 0) AS completion_rate,
    min(logged_at) AS first_used, max(logged_at) AS last_used
FROM audit.event_log
WHERE kind IN ('intent.classified', 'outcome') AND policy_version != '' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY policy_version
COMMENT 'Policies side by side';

CREATE OR REPLACE VIEW metrics.policy_versions ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.policy_versions_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Policies side by side';

CREATE OR REPLACE VIEW metrics.tenants_in ON CLUSTER '{cluster}' AS
SELECT tenant, countIf(kind = 'intent.submitted') AS submitted, countIf(kind = 'outcome') AS ended,
    countIf(kind = 'outcome' AND status IN ('succeeded', 'completed_manually')) AS completed,
    countIf(kind = 'outcome' AND status IN ('failed', 'unknown')) AS errors,
    countIf(kind = 'outcome' AND status = 'throttled') AS throttled, countIf(kind = 'case.opened') AS cases,
    countIf(rating > 0) AS up, countIf(rating < 0) AS down, ifNull(sum(cost_micros), 0) AS cost_micros_total,
    completed / nullIf(ended, 0) AS completion_rate
FROM audit.event_log
WHERE tenant != '' AND logged_at >= {since:DateTime64(6, 'UTC')} AND logged_at < {until:DateTime64(6, 'UTC')}
GROUP BY tenant
COMMENT 'Tenants side by side';

CREATE OR REPLACE VIEW metrics.tenants ON CLUSTER '{cluster}' AS
SELECT * FROM metrics.tenants_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Tenants side by side';
