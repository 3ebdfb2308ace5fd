"""A backtest over the record: several processes, each with the tasks that fall to it, reading range by range."""

import contextlib
import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from groundstop.backtest.outcome import Backtest, merged
from groundstop.backtest.replay import Past, replay
from groundstop.catalogue import load_catalogue
from groundstop.policy import load_policy, prepare
from groundstop.record.keyring import FILE, Keyring
from groundstop.record.layout import TABLE
from groundstop.record.sealing import REDACTED, opened
from groundstop.record.verify import Ask

RANGE = 120_000
"""Sequences that are read at a time: some 25 MB of decisions. What is behind a range is searched anew for each."""
LOOK_AHEAD = 400_000
"""How many facts behind a range are searched for what became of its intents; what came later counts as open."""
MINUTES_ASSUMED = 1.0
UNREADABLE = REDACTED.encode()


Asker = Callable[[str], Ask]
"""From a DSN to a function that asks; a module's own function, so that other processes can be told of it."""
Progress = Callable[[int, int], None]
"""Hears (done, total) sequences."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one process does. ``policy`` is the file's text; ``catalogue`` its sources of tools."""

    dsn: str
    asker: Asker
    policy: str
    catalogue: tuple[str, ...]
    first: int
    last: int
    share: int
    shares: int
    keys: Path | None = None
    """Folder with the keys of sealed payloads; without them what is sealed counts as unreadable."""


def backtest(
    dsn: str,
    asker: Asker,
    policy: str,
    catalogue: Sequence[str],
    since: datetime,
    until: datetime,
    processes: int = 2,
    keys: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> Backtest:
    """Decide what was recorded in a range of aware times with ``policy``, and compare with what was decided then.

    The caller's process is one of ``processes``; ``progress`` hears how far it is, and the others are about as far.
    Raises PolicyError for the text, and what ``asker`` raises.
    """
    load_policy(policy)
    ask = asker(dsn)
    span = f"logged_at >= '{since:%Y-%m-%d %H:%M:%S}' AND logged_at < '{until:%Y-%m-%d %H:%M:%S}'"
    first, last = ask(f"SELECT min(seq), max(seq) FROM {TABLE} WHERE kind = 'intent.classified' AND {span}")[0]
    minutes = ask(f"SELECT avg(duration_ms) / 60000 FROM {TABLE} WHERE kind = 'case.decided' AND {span}")[0][0]
    mine, *others = (
        Job(dsn, asker, policy, tuple(catalogue), int(first), int(last), share, processes, keys)
        for share in range(processes)
    )
    if not others:
        parts = [work(mine, progress)]
    else:
        with ProcessPoolExecutor(len(others), multiprocessing.get_context("spawn")) as pool:
            theirs = [pool.submit(work, job) for job in others]
            parts = [work(mine, progress), *(each.result() for each in theirs)]
    return merged(parts, float(minutes or MINUTES_ASSUMED))


def work(job: Job, progress: Progress = lambda done, total: None) -> Backtest:
    """One process's share of the tasks."""
    judge = prepare(load_policy(job.policy), load_catalogue(list(job.catalogue)))
    with _rarely_collected():
        return replay(judge, _past(job, job.asker(job.dsn), progress))


@contextlib.contextmanager
def _rarely_collected() -> Iterator[None]:
    """What is made here is dropped in the order it came: looking for cycles finds none."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _past(job: Job, ask: Ask, progress: Progress) -> Iterator[Past]:
    keyed = job.keys is not None and (job.keys / FILE).exists()
    find = Keyring(job.keys, read_only=True).find if keyed and job.keys is not None else _no_key
    for begin in range(job.first, job.last + 1, RANGE):
        end = min(begin + RANGE - 1, job.last)
        progress(begin - job.first, job.last + 1 - job.first)
        for seq, payload, status, verdict, undone, ended in ask(_sql(job, begin, end)):
            body = opened(payload.encode(), int(seq), find)
            fact = {} if UNREADABLE in body else orjson.loads(body)
            if isinstance(fact, dict):
                yield Past(int(seq), fact, status, verdict, bool(undone), int(ended))


def _no_key(_: str) -> None:
    return None


def _sql(job: Job, begin: int, end: int) -> str:
    mine = f"cityHash64(tenant, task) % {job.shares} = {job.share}"
    return f"""
SELECT c.seq, c.payload, o.status, o.verdict, o.undone, o.ended
FROM
(
    SELECT seq, payload, who
    FROM {TABLE} WHERE kind = 'intent.classified' AND seq BETWEEN {begin} AND {end} AND {mine}
) AS c
LEFT JOIN
(
    SELECT who, anyIf(e.status, kind = 'outcome') AS status,
        anyIf(e.status, kind = 'case.decided') AS verdict, countIf(kind = 'intent.undone') > 0 AS undone,
        maxIf(seq, kind = 'outcome') AS ended
    FROM {TABLE} AS e
    WHERE kind IN ('outcome', 'case.decided', 'intent.undone') AND seq BETWEEN {begin} AND {end + LOOK_AHEAD} AND {mine}
    GROUP BY who
) AS o ON o.who = c.who
ORDER BY c.seq"""
