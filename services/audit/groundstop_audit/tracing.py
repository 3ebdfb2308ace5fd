"""Sends a trace of every intent to an OpenTelemetry collector: a fold over the log, beside the record's own."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import orjson
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.log import Log, Stored
from groundstop.log.follow import passing_over
from groundstop.loops import supervised_task
from groundstop.record.spans import Span, Spans
from groundstop.subjects import parse, pattern
from structlog.typing import FilteringBoundLogger

BATCH, WAIT_S, AGAIN_S = 2000, 0.5, 1.0
KINDS = (
    "intent.submitted", "intent.classified", "intent.admitted", "intent.deferred", "intent.cleared", "case.opened",
    "case.decided", "execution.started", "execution.failed", "outcome",
)  # fmt: skip


class Tracing:
    """Exports what is finished, from the process's start on. What the collector refuses is dropped and counted."""

    def __init__(self, log: Log, endpoint: str, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._log = log
        self._endpoint = endpoint
        self._clock = clock
        self._logger = logger
        self._task: asyncio.Task[None] | None = None
        self._spans = Spans()
        self._finished: list[Span] = []
        self.sent = self.dropped = 0

    async def start(self) -> None:
        """Raises GroundstopError when the exporter is not installed."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        except ImportError as error:
            raise GroundstopError("GROUNDSTOP_OTLP_ENDPOINT needs groundstop-audit[otel]") from error
        self._task = supervised_task(self._run(OTLPSpanExporter(endpoint=self._endpoint)), "tracing", self._logger)

    async def stop(self) -> None:
        """Stop reading; what was read has been sent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, exporter: Any) -> None:
        take = passing_over(self._take, self._logger)
        patterns, since = [pattern(kind) for kind in KINDS], self._clock().timestamp()
        while True:
            with contextlib.suppress(GroundstopError):
                async with self._log.read(patterns=patterns, since=since) as reader:
                    while True:
                        for one in await reader.batch(BATCH, WAIT_S):
                            take(one)
                        since = self._clock().timestamp()
                        if self._finished:
                            await self._export(exporter, self._finished)
                            self._finished = []
            await self._clock.sleep(AGAIN_S)

    def _take(self, message: Stored) -> None:
        fact = orjson.loads(message.payload)
        self._finished += self._spans.add(parse(message.subject).kind, message.time_ns, fact)

    async def _export(self, exporter: Any, spans: Sequence[Span]) -> None:
        result = await asyncio.to_thread(exporter.export, [readable(span) for span in spans])
        if result.name == "SUCCESS":
            self.sent += len(spans)
        else:
            self.dropped += len(spans)
            self._logger.warning("spans_dropped", spans=len(spans), endpoint=self._endpoint)


def readable(span: Span) -> Any:
    """The span as OpenTelemetry's SDK has it."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(span_id: str) -> SpanContext:
        return SpanContext(int(span.trace, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(1))

    return ReadableSpan(
        name=span.name,
        context=context(span.id),
        parent=context(span.parent) if span.parent else None,
        resource=Resource({"service.name": span.service, "service.namespace": "groundstop"}),
        attributes=dict(span.attributes),
        kind=SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR if span.failed else StatusCode.OK),
        start_time=span.begin_ns,
        end_time=span.end_ns,
    )
