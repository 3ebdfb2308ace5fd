"""The composition root of one executor."""

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from faststream import FastStream
from groundstop import ids, logs
from groundstop.bus.answering import the_caller
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.commands import CommandServer
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import EXECUTOR
from groundstop.bus.keys import Keys
from groundstop.catalogue import Catalogue, load_catalogue
from groundstop.environment import names_in
from groundstop.errors import GroundstopError
from groundstop.identity.keyfiles import ring_from, signer_from
from groundstop.log import Log
from groundstop.log.clock import LogClock
from groundstop.log.control_store import ControlStore
from groundstop_guard.client import GuardHandle
from groundstop_guard.processes import keep_to_oneself
from nats.aio.client import Client

from groundstop_executor.attempt.claims import Claims
from groundstop_executor.attempt.execution import PlanExecution
from groundstop_executor.attempt.lifecycle import AttemptLifecycle
from groundstop_executor.attempt.records import Records
from groundstop_executor.attempt.runner import AttemptRunner
from groundstop_executor.attempt.task_pauses import TaskPauses
from groundstop_executor.auto_halt.watcher import AutoHaltWatcher
from groundstop_executor.breakers import Breakers
from groundstop_executor.clearance_check import ClearanceCheck
from groundstop_executor.halt_response import HaltResponse
from groundstop_executor.handlers import Executions
from groundstop_executor.in_flight import AttemptsInFlight
from groundstop_executor.isolation.hosting import Host, Users
from groundstop_executor.isolation.runner import Remote, Runner
from groundstop_executor.isolation.workers import Limits as WorkerLimits
from groundstop_executor.isolation.workers import Workers
from groundstop_executor.liveness import LiveExecutors
from groundstop_executor.previews import make_previewing
from groundstop_executor.remote.bus import Asker, BusTools
from groundstop_executor.remote.http import HttpTools
from groundstop_executor.secrets import Resolve, resolver
from groundstop_executor.settings import ExecutorSettings

if TYPE_CHECKING:
    from groundstop_executor.remote.mcp import McpTools


def make() -> FastStream:
    """The app, ready to run. Its id is its name and a fresh suffix: a restarted executor is another one."""
    settings = ExecutorSettings()
    keep_to_oneself()  # tools run beside us, and in our environment are the secrets of all of them
    name = f"{settings.executor or EXECUTOR.name}-{ids.new_id()[-8:]}"
    logger = logs.configure(EXECUTOR.name, settings.log_level).bind(executor=name)
    clock = LogClock(logger)
    catalogue = load_catalogue(settings.catalogue_sources)
    broker = make_broker(settings, name, logger)

    async def build(nc: Client) -> Sequence[Part]:
        signer, ring = signer_from(settings), ring_from(settings)
        log = Log(nc, clock, signer=signer)
        keys = Keys(log, ring, logger) if ring is not None else None
        guard = await GuardHandle.start(settings, name, clock)
        resolve = resolver(settings.secrets, os.environ)  # noqa: TID251 - secrets are read when they are needed
        users = Users(settings.tool_user, os.getuid())
        host = Host(os.environ, resolve, names_in(settings.tool_env), users)  # noqa: TID251 - for children
        workers = Workers(
            clock,
            size=settings.workers,
            limits=WorkerLimits(),
            preload=settings.python_catalogues,
            guard_fd=guard.reader_fd(),
            host=host,
        )
        http = HttpTools(resolve)
        servers = mcp_tools(catalogue, resolve, host)
        remotes: dict[str, Remote] = {
            "http": http,
            "worker": BusTools(nc, clock, resolve, Asker(name, signer, ring)),
            **servers,
        }
        runner = Runner(catalogue, workers, remotes, resolve)
        in_flight = AttemptsInFlight(guard.set_in_flight, clock.monotonic)
        claims = Claims(name, log, guard, clock, replicated=settings.replicas > 1)
        live_executors, breakers = LiveExecutors(nc, clock), Breakers(name, log, clock, logger)
        attempt_runner, records = AttemptRunner(catalogue, runner, claims, in_flight), Records(name, log, clock)
        control_store = ControlStore(nc, clock, ring)
        pauses = TaskPauses(name, log, control_store, clock, settings.pauses_from)
        lifecycle = AttemptLifecycle(attempt_runner, claims, records, breakers, pauses, clock)
        executions = Executions(
            name=name,
            log=log,
            catalogue=catalogue,
            plan_execution=PlanExecution(lifecycle, catalogue, attempt_runner, claims, records, breakers, pauses),
            claims=claims,
            in_flight=in_flight,
            live_executors=live_executors,
            trust=ClearanceCheck(log, keys, clock),
            clock=clock,
        )
        limits = replace(limits_of(settings), suspects=False)
        consumer = Consumer(log, EXECUTOR, executions.routes(), clock=clock, logger=logger, limits=limits)
        halt_response = HaltResponse(name, log, guard, in_flight, clock, logger, _end_now)
        auto_halt_watcher = AutoHaltWatcher(
            name, log, control_store, clock, logger, lambda: live_executors.names()[:1] == [name]
        )
        automatic = (auto_halt_watcher,) if settings.auto_halts else ()
        commands = CommandServer(broker, EXECUTOR.name, make_previewing(catalogue), the_caller, logger)
        return (
            clock.of(nc),
            log,
            *([keys] if keys else []),
            workers,
            http,
            live_executors,
            breakers,
            *automatic,
            halt_response,
            commands,
            consumer,
        )

    return make_app(broker, EXECUTOR.name, build, logger)


def mcp_tools(catalogue: Catalogue, resolve: Resolve, host: Host | None = None) -> dict[str, "McpTools"]:
    """What runs tools of MCP servers, where there are such. Raises GroundstopError without the package for it."""
    if not any(tool.mcp for tool in catalogue):
        return {}
    try:
        from groundstop_executor.remote.mcp import McpTools
    except ImportError as error:
        raise GroundstopError("the catalogue has tools of MCP servers: install groundstop-executor[mcp]") from error
    return {"mcp": McpTools(resolve, host)}


def _end_now() -> None:
    """The end that nothing can catch: the guard, the workers and every tool end with this process."""
    os.kill(os.getpid(), signal.SIGKILL)
