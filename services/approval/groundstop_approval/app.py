"""The composition root of approval."""

from collections.abc import Sequence

from faststream import FastStream
from groundstop import logs
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.commands import CommandServer
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import APPROVAL
from groundstop.clock import Clock
from groundstop.log import Log
from groundstop.policy_file import read_policy
from groundstop.settings import Settings
from nats.aio.client import Client

from groundstop_approval.cases import Cases
from groundstop_approval.handlers import make_commands, make_routes


def make() -> FastStream:
    """The app, ready to run."""
    settings, clock = Settings(), Clock()
    logger = logs.configure(APPROVAL.name, settings.log_level)
    policy = read_policy(settings.policy)
    broker = make_broker(settings, APPROVAL.name, logger)

    async def build(nc: Client) -> Sequence[Part]:
        log = Log(nc, clock)
        cases = Cases(log, logger)
        consumer = Consumer(
            log, APPROVAL, make_routes(log, policy), clock=clock, logger=logger, limits=limits_of(settings)
        )
        commands = CommandServer(broker, APPROVAL.name, make_commands(log, cases, clock), logger)
        return log, cases, consumer, commands

    return make_app(broker, APPROVAL.name, build, logger)
