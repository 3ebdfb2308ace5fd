"""Every header that the server gives a meaning to, with values that try it: one table, by the server's version.

The list is the server's own: test_headers reads the names out of its program file, so a version with a new header
fails until the header has a row here. What each means: constants of server/stream.go, jetstream_api.go, consumer.go,
msgtrace.go, accounts.go of nats-server.
"""

from collections.abc import Iterator, Mapping

SERVER = "2.15"
"""The version whose headers are listed."""

SOON, LATER, OFTEN = "@at 2020-01-01T00:00:00Z", "@at 2099-01-01T00:00:00Z", "@every 1s"
TARGETS = (
    "gs.control.0", "gs.keys.published", "gs.policy.published", "gs.outcome.rival.boss.victim.succeeded",
    "gs.intent.classified.acme.helper.forged.proceed", "gs.intent.cleared.acme.helper.forged",
    "gs.intake.operator.~.operator.intent.undone.rival.boss.victim", "gs.cmd.owner.~.owner.control.put",
    "gs.tool.invoice.print.run",
)  # fmt: skip
"""Where the server must not speak for anybody who may not."""
CLAIM = "018f0000-0000-7000-8000-000000000001:1"

NAMES: Mapping[str, tuple[str, ...]] = {
    # publishing into a stream
    "Nats-Msg-Id": (CLAIM, "dead:executor", "1"),
    "Nats-Expected-Stream": ("EVENTS", "INTAKE", "OTHER"),
    "Nats-Expected-Last-Sequence": ("0", "1", "-1", "18446744073709551615"),
    "Nats-Expected-Last-Subject-Sequence": ("0", "1", "nonsense"),
    "Nats-Expected-Last-Subject-Sequence-Subject": ("gs.control.0", "gs.>", "gs.intent.submitted.rival.*.*"),
    "Nats-Expected-Last-Msg-Id": (CLAIM, "nobody"),
    "Nats-Rollup": ("all", "sub", "ALL", "nonsense"),
    "Nats-TTL": ("1s", "1", "never", "-1s", "nonsense"),
    "Nats-Marker-Reason": ("MaxAge", "Purge", "Remove"),
    "Nats-Incr": ("+1", "-1000", "nonsense"),
    "Nats-Counter-Sources": ('{"EVENTS": {"gs.control.0": "1"}}',),
    "Nats-Stream-Source": ("EVENTS 1 > > gs.control.0", "INTAKE 1"),
    "Nats-Required-Api-Level": ("0", "99", "nonsense"),
    "Nats-Stream-Identity": ("EVENTS", "1"),
    # timers
    "Nats-Schedule": (SOON, LATER, OFTEN, "* * * * * *", "nonsense"),
    "Nats-Schedule-Target": TARGETS[:2],
    "Nats-Schedule-Source": ("gs.keys.published", "gs.control.0"),
    "Nats-Schedule-Time-Zone": ("CET", "nonsense"),
    "Nats-Schedule-TTL": ("1s", "never"),
    "Nats-Schedule-Rollup": ("sub", "all"),
    "Nats-Schedule-Next": ("purge", LATER),
    "Nats-Scheduler": TARGETS[:3],
    # batches
    "Nats-Batch-Id": ("b1", "x" * 65),
    "Nats-Batch-Sequence": ("1", "2", "0"),
    "Nats-Batch-Commit": ("1", "eob"),
    # consumers and their answers
    "Nats-Pending-Messages": ("1",),
    "Nats-Pending-Bytes": ("1",),
    "Nats-Pin-Id": ("stolen",),
    "Nats-Wrong-Pin-Id": ("stolen",),
    "Nats-Last-Consumer": ("1",),
    "Nats-Last-Stream": ("1",),
    "Nats-Consumer-Stalled": ("gs.control.0", "$JS.FC.EVENTS.executor.1"),
    "Nats-Msg-Size": ("1",),
    "Nats-Response-Type": ("io.nats.jetstream.api.v1.stream_info_response",),
    # what the server writes when it hands a stored message over
    "Nats-Stream": ("EVENTS",),
    "Nats-Subject": ("gs.control.0",),
    "Nats-Sequence": ("1",),
    "Nats-Time-Stamp": ("2020-01-01T00:00:00Z",),
    "Nats-Last-Sequence": ("1",),
    "Nats-Num-Pending": ("0",),
    "Nats-UpTo-Sequence": ("1",),
    # routing and identity
    "Nats-Trace-Dest": TARGETS,
    "Nats-Trace-Only": ("true",),
    "Nats-Trace-Hop": ("1",),
    "Nats-Trace-Origin-Account": ("GROUNDSTOP", "SYS"),
    "Nats-Request-Info": ('{"acc": "GROUNDSTOP", "user": "owner"}',),
    "Nats-Server-Xkey": ("XA",),
    "Nats-No-Masking": ("true",),
    # names without the prefix
    "Status": ("503", "100", "409"),
    "Description": ("Leadership Change",),
    "traceparent": ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",),
    "Accept-Encoding": ("snappy",),
}  # fmt: skip
"""Name to values worth trying alone."""

PREFIXES = ("Nats-Expected-", "Nats-Batch-")
"""Pieces of names that the server compares with, and are no headers."""


def combinations() -> Iterator[dict[str, str]]:
    """Every header alone with each of its values, then those that mean something only together."""
    for name, values in NAMES.items():
        yield from ({name: value} for value in values)
    for target in TARGETS:
        yield {"Nats-Schedule": SOON, "Nats-Schedule-Target": target}
        yield {"Nats-Schedule": LATER, "Nats-Schedule-Target": target, "Nats-Schedule-Rollup": "sub"}
        yield {"Nats-Schedule": SOON, "Nats-Schedule-Target": target, "Nats-Schedule-Source": "gs.keys.published"}
        yield {"Nats-Scheduler": target, "Nats-Schedule-Next": "purge"}
        yield {"Nats-Trace-Dest": target, "Nats-Trace-Only": "true"}
    for commit in ("1", "eob"):
        yield {"Nats-Batch-Id": "b2", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": commit}
        yield {
            "Nats-Batch-Id": "b3", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": commit,
            "Nats-Schedule": SOON, "Nats-Schedule-Target": "gs.control.0",
        }  # fmt: skip
    yield {"Nats-Batch-Id": "b4", "Nats-Batch-Sequence": "1"}
    yield {"Nats-Rollup": "sub", "Nats-TTL": "1s"}
    yield {"Nats-Schedule": SOON, "Nats-Schedule-Target": "gs.control.0", "Nats-Schedule-TTL": "1s"}
    yield {"Nats-Incr": "+1", "Nats-Msg-Id": CLAIM}
    yield {"Nats-Expected-Last-Subject-Sequence": "0", "Nats-Expected-Last-Subject-Sequence-Subject": "gs.>"}


def spelled() -> Iterator[dict[str, str]]:
    """Other spellings of those that do most harm: letter case, spaces."""
    for name, value in (("Nats-Rollup", "all"), ("Nats-TTL", "1s"), ("Nats-Trace-Dest", "gs.control.0")):
        yield from ({name.lower(): value}, {name.upper(): value}, {f"{name} ": value}, {f" {name}": value})
