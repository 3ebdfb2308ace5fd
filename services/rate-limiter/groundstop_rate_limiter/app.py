"""The composition root of the rate-limiter."""

from collections.abc import Sequence

from faststream import FastStream
from groundstop import logs
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import RATE_LIMITER
from groundstop.bus.keys import Keys
from groundstop.identity.keyfiles import ring_from, signer_of_service
from groundstop.log import Log
from groundstop.log.clock import LogClock
from groundstop.log.exclusive import ExclusiveConsumer
from groundstop.policy_file import read_policy
from groundstop.policy_holder import PolicyFollower
from groundstop.settings import Settings
from nats.aio.client import Client

from groundstop_rate_limiter.buckets import Buckets
from groundstop_rate_limiter.budgets import Budgets
from groundstop_rate_limiter.cost_projection import CostProjection
from groundstop_rate_limiter.domain import Meters, window_s
from groundstop_rate_limiter.handlers import make_routes
from groundstop_rate_limiter.leader import MeteringLeader


def make() -> FastStream:
    """The app, ready to run."""
    settings = Settings()
    logger = logs.configure(RATE_LIMITER.name, settings.log_level)
    clock = LogClock(logger)
    policy = read_policy(settings.policy)
    meters = Meters(Buckets(), Budgets())

    async def build(nc: Client) -> Sequence[Part]:
        log = Log(nc, clock, signer=signer_of_service(settings, RATE_LIMITER.name))
        keys = Keys(log, ring_from(settings), logger)
        policies = PolicyFollower(log, policy, logger)
        turn = MeteringLeader(log, meters, clock, logger, window_s(policy))
        reported = CostProjection(log, meters.budgets, lambda: policies.current, clock, logger, window_s(policy))
        consumer = Consumer(
            log,
            RATE_LIMITER,
            make_routes(log, policies, meters, turn, clock),
            clock=clock,
            logger=logger,
            limits=limits_of(settings),
            pin=ExclusiveConsumer(turn.changed),
            keys=keys,
        )
        return clock.of(nc), log, keys, policies, reported, turn, consumer

    return make_app(make_broker(settings, RATE_LIMITER.name, logger), RATE_LIMITER.name, build, logger)
