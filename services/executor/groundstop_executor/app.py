"""The composition root of one executor."""

from collections.abc import Sequence

from faststream import FastStream
from groundstop import ids, logs
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import EXECUTOR
from groundstop.catalogue import load_catalogue
from groundstop.clock import Clock
from groundstop.log import Log
from groundstop.settings import Settings
from nats.aio.client import Client

from groundstop_executor.flights import Flights
from groundstop_executor.guard_client import GuardHandle
from groundstop_executor.halting import Halting
from groundstop_executor.handlers import Executions
from groundstop_executor.roster import Roster
from groundstop_executor.runner import Runner
from groundstop_executor.workers import Limits as WorkerLimits
from groundstop_executor.workers import Workers


def make() -> FastStream:
    """The app, ready to run. Its id is its name and a fresh suffix: a restarted executor is another one."""
    settings, clock = Settings(), Clock()
    name = f"{settings.executor or EXECUTOR.name}-{ids.new_id()[-8:]}"
    logger = logs.configure(EXECUTOR.name, settings.log_level).bind(executor=name)
    catalogue = load_catalogue(settings.catalogue_sources)

    async def build(nc: Client) -> Sequence[Part]:
        log = Log(nc, clock)
        workers = Workers(clock, size=settings.workers, limits=WorkerLimits(), preload=settings.python_catalogues)
        guard = await GuardHandle.start(settings, name, clock)
        flights = Flights(guard.set_in_flight)
        roster = Roster(nc, clock)
        executions = Executions(
            name=name,
            log=log,
            catalogue=catalogue,
            runner=Runner(catalogue, workers),
            guard=guard,
            flights=flights,
            roster=roster,
            clock=clock,
        )
        consumer = Consumer(log, EXECUTOR, executions.routes(), clock=clock, logger=logger, limits=limits_of(settings))
        return log, workers, roster, Halting(name, log, guard, flights, clock, logger), consumer

    return make_app(make_broker(settings, name, logger), EXECUTOR.name, build, logger)
