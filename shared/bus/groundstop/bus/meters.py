"""What a service tells Prometheus about itself, on a port of its own; nothing is counted where none is set.

Parts say what they know in ``gauges``; consumers and the publisher tell every message. Names: docs/operate/monitor.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from groundstop.errors import GroundstopError
from groundstop.log import Log
from groundstop.subjects import DETAILS
from structlog.typing import FilteringBoundLogger

PORTS_TRIED = 32
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)

Gauge = tuple[str, Mapping[str, str], float]
"""Name without the prefix, labels, value. A name that ends in ``_total`` is a counter."""


@runtime_checkable
class Metered(Protocol):
    """A part that has numbers to tell; asked at every scrape, from another thread."""

    def gauges(self) -> Iterable[Gauge]: ...


@runtime_checkable
class Handling(Protocol):
    """A part that tells how long after a message was stored it was dealt with: (subject, seconds)."""

    meter: Callable[[str, float], None] | None


def kind_and_detail(subject: str) -> tuple[str, str]:
    """What a fact is, and which way it went: ``intent.classified`` and the route, ``outcome`` and the status."""
    parts = subject.split(".")
    kind = ".".join(parts[1:3])
    if kind not in DETAILS and parts[1] in DETAILS:
        kind = parts[1]
    if kind not in DETAILS:
        return kind if parts[1] != "control" else "control", ""
    told = kind in ("intent.classified", "outcome", "case.opened") or kind == "case.decided"
    return kind, parts[-1] if told else ""


class Meters:
    """Serves the numbers of one process; a part itself, started last."""

    def __init__(self, service: str, parts: Sequence[Any], port: int, logger: FilteringBoundLogger) -> None:
        self._service = service
        self._parts = list(parts)
        self._port = port
        self._logger = logger
        self._server: Any = None

    async def start(self) -> None:
        """Count from now on, and answer. Raises GroundstopError without prometheus_client, or without a free port."""
        try:
            import prometheus_client as prometheus
        except ImportError as error:
            raise GroundstopError("GROUNDSTOP_METRICS_PORT needs prometheus_client: groundstop[metrics]") from error
        registry = prometheus.CollectorRegistry()
        facts = prometheus.Counter(
            "groundstop_facts", "Facts that this process stored", ["service", "kind", "detail"], registry=registry
        )
        handled = prometheus.Histogram(
            "groundstop_handled_seconds", "From a message's place in the log to its being dealt with",
            ["service", "kind"], buckets=BUCKETS_S, registry=registry,
        )  # fmt: skip
        registry.register(_Collector(self._service, self._parts))
        for part in self._parts:
            if isinstance(part, Log):
                part.meter(lambda subject: facts.labels(self._service, *kind_and_detail(subject)).inc())
            elif isinstance(part, Handling):
                part.meter = lambda subject, s: handled.labels(self._service, kind_and_detail(subject)[0]).observe(s)
        self._serve(prometheus, registry)

    def _serve(self, prometheus: Any, registry: Any) -> None:
        for port in range(self._port, self._port + PORTS_TRIED):
            try:
                self._server, _ = prometheus.start_http_server(port, registry=registry)
            except OSError:
                continue
            self._logger.info("metrics_served", port=port)
            return
        raise GroundstopError(f"no free port for metrics from {self._port} to {self._port + PORTS_TRIED - 1}")

    async def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _Collector:
    """Asks the parts when Prometheus asks us."""

    def __init__(self, service: str, parts: Sequence[Any]) -> None:
        self._service = service
        self._parts = [part for part in parts if isinstance(part, Metered)]

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        families: dict[str, Any] = {}
        for name, labels, value in (gauge for part in self._parts for gauge in part.gauges()):
            family = families.get(name)
            if family is None:
                make = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
                about = name.replace("_", " ")
                family = families[name] = make(f"groundstop_{name}", about, labels=["service", *labels])
            family.add_metric([self._service, *labels.values()], value)
        yield from families.values()
