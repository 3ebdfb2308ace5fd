ALTER TABLE audit.event_log
    ADD COLUMN IF NOT EXISTS drill UInt8
        MATERIALIZED if(kind = 'case.decided', JSONExtractBool(payload, 'drill'), 0)
        COMMENT 'Whether what was decided was a drill; computed from the payload, so not part of the chain';

ALTER TABLE audit.event_log MATERIALIZE COLUMN drill;

CREATE OR REPLACE VIEW metrics.reviewers_in AS
SELECT of_tenant AS tenant, reviewer, countIf(mine) AS decided,
    countIf(mine AND verdict = 'approved') AS approved, countIf(mine AND verdict = 'denied') AS denied,
    countIf(mine AND has(editors, reviewer)) AS edited,
    countIf(NOT drilled AND has(people, reviewer) AND length(people) > 1) AS together,
    countIf(NOT drilled AND has(people, reviewer) AND length(people) > 1 AND voices = 1) AS agreed,
    countIf(NOT drilled AND has(claimants, reviewer)) AS claimed,
    countIf(NOT drilled AND has(claimants, reviewer) AND verdict = 'expired') AS ran_out,
    quantileExactInclusiveIfOrNull(0.5)(age, mine) AS decide_p50_s, quantileExactInclusiveIfOrNull(0.95)(age, mine) AS decide_p95_s,
    quantileExactInclusiveIfOrNull(0.5)(assumeNotNull(read_ms) / 1000, mine AND read_ms IS NOT NULL) AS read_p50_s,
    countIf(drilled AND decider = reviewer) AS drills,
    countIf(drilled AND decider = reviewer AND verdict = 'approved') AS drills_missed,
    countIf(decider = reviewer AND (decider, decided_ts) IN
        (SELECT splitByChar('.', subject)[4], ts FROM audit.event_log WHERE kind = 'reviewer.alarmed' AND logged_at >= {since:DateTime64(6, 'UTC')})) AS alarms,
    approved / nullIf(approved + denied, 0) AS approval_rate, edited / nullIf(decided, 0) AS override_rate,
    agreed / nullIf(together, 0) AS agreement, ran_out / nullIf(claimed, 0) AS expiry_rate,
    multiIf(drills_missed > 0, 'missed_drill', alarms > 0, 'rubber_stamp', approved + denied < 50, 'few', approval_rate > 0.93, 'rubber_stamp', 'ok') AS flag
FROM
(
    SELECT of_tenant, verdict, decider, decided_ts, read_ms, age, drilled, voices, people, editors, claimants, reviewer,
        decider = reviewer AND NOT drilled AS mine
    FROM
    (
        SELECT any(tenant) AS of_tenant, anyIf(status, kind = 'case.decided') AS verdict,
            if(verdict IN ('expired', 'withdrawn'), '', anyIf(actor, kind = 'case.decided')) AS decider,
            maxIf(ts, kind = 'case.decided') AS decided_ts, maxIf(duration_ms, kind = 'case.decided') AS read_ms, max(drill) AS drilled,
            (toUnixTimestamp64Micro(maxIf(logged_at, kind = 'case.decided')) - toUnixTimestamp64Micro(minIf(logged_at, kind = 'case.opened'))) / 1e6 AS age,
            groupArrayIf((kind, actor, status), kind NOT IN ('case.opened', 'case.decided')) AS said,
            arrayFilter(x -> x.1 = 'case.voted', said) AS votes, if(decider = '', [], [decider]) AS deciders,
            arrayDistinct(arrayConcat(votes.2, deciders)) AS people,
            length(arrayDistinct(arrayConcat(votes.3, if(decider = '', [], [verdict])))) AS voices,
            arrayFilter(x -> x.1 = 'case.edited', said).2 AS editors, arrayFilter(x -> x.1 = 'case.claimed', said).2 AS claimants
        FROM audit.event_log
        WHERE kind IN ('case.opened', 'case.edited', 'case.voted', 'case.claimed', 'case.decided')
            AND logged_at >= {since:DateTime64(6, 'UTC')} - toIntervalDay(7) AND logged_at < {until:DateTime64(6, 'UTC')}
        GROUP BY cityHash64(tenant, case)
        HAVING countIf(kind = 'case.opened') > 0 AND maxIf(logged_at, kind = 'case.decided') >= {since:DateTime64(6, 'UTC')}
            AND countIf(kind = 'case.decided') > 0
    )
    ARRAY JOIN arrayDistinct(arrayConcat(people, claimants)) AS reviewer
)
GROUP BY tenant, reviewer
COMMENT 'Reviewers: how fast, how often they say yes, change or contradict, and whether they read';

CREATE OR REPLACE VIEW metrics.reviewers AS
SELECT * FROM metrics.reviewers_in(since = '1970-01-01 00:00:00', until = '2199-01-01 00:00:00')
COMMENT 'Reviewers: how fast, how often they say yes, change or contradict, and whether they read';
