"""What operators' own tools are told: Prometheus on a port, OpenTelemetry to a collector. Both off by default."""

import asyncio
import os
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random  # noqa: TID251 - the history is drawn from a fixed seed

import pytest
from groundstop.testing import NOON
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import Bus
from groundstop_store.testing import running_store
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.record_log import audit, publish
from tests.services.audit.synthetic import history

WAIT_S = 120.0


class Collector:
    """An OTLP receiver: keeps what it is sent."""

    def __init__(self) -> None:
        kept: list[ExportTraceServiceRequest] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                kept.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.kept = kept
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    def spans(self) -> list[tuple[str, str, str]]:
        """(service, trace id, name) of every span."""
        return [
            (resource.resource.attributes[0].value.string_value, span.trace_id.hex(), span.name)
            for request in list(self.kept)
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def scraped(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


async def test_audit_answers_prometheus_and_sends_one_trace_per_intent(
    bus: Bus, tmp_path: Path, collector: Collector
) -> None:
    port = free_port()
    env = dict(os.environ) | {  # noqa: TID251 - a child inherits it
        "GROUNDSTOP_METRICS_PORT": str(port), "GROUNDSTOP_OTLP_ENDPOINT": collector.endpoint,
    }  # fmt: skip
    with running_store(tmp_path / "store") as store:
        dsn = f"http://default@127.0.0.1:{store.port}/default"
        with audit(bus.url, dsn, tmp_path, env):
            deadline = time.monotonic() + WAIT_S
            while 'groundstop_record_writing{service="audit"} 1.0' not in await asyncio.to_thread(scraped, port):
                assert time.monotonic() < deadline, (tmp_path / "audit.log").read_text()
                await asyncio.sleep(0.05)  # noqa: TID251 - a poll with a deadline
            count = await publish(bus.url, history(Random(6), 30, NOON))
            whole: set[str] = set()
            text = ""
            while len(whole) < 30 or f'record_newest_seq{{service="audit"}} {count + 1}.0' not in text:
                assert time.monotonic() < deadline, (len(whole), text[-2000:])
                await asyncio.sleep(0.05)  # noqa: TID251 - a poll with a deadline
                whole = {trace for _, trace, name in collector.spans() if name.startswith("intent ")}
                text = await asyncio.to_thread(scraped, port)
    spans = collector.spans()
    assert {trace for _, trace, _ in spans} == whole
    assert {"classifier", "rate-limiter"} <= {service for service, *_ in spans}
    assert any(name.startswith("execute_tool ") for *_, name in spans)
    assert 'groundstop_facts_total{detail="",kind="chain.writer",service="audit"} 1.0' in text
