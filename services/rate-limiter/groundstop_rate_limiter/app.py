"""The composition root of the rate-limiter."""

from collections.abc import Sequence

from faststream import FastStream
from groundstop import logs
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import RATE_LIMITER
from groundstop.clock import Clock
from groundstop.log import Log
from groundstop.policy_file import read_policy
from groundstop.settings import Settings
from nats.aio.client import Client

from groundstop_rate_limiter.buckets import Buckets
from groundstop_rate_limiter.handlers import Fold, make_routes
from groundstop_rate_limiter.metered import Metered


def make() -> FastStream:
    """The app, ready to run."""
    settings, clock, buckets = Settings(), Clock(), Buckets()
    logger = logs.configure(RATE_LIMITER.name, settings.log_level)
    policy = read_policy(settings.policy)
    window_s = max((limit.period_s * limit.burst / limit.count + limit.period_s for limit in policy.limits), default=0)

    async def build(nc: Client) -> Sequence[Part]:
        log = Log(nc, clock)
        metered = Metered(log)
        routes = make_routes(log, policy, buckets, metered, clock)
        consumer = Consumer(log, RATE_LIMITER, routes, clock=clock, logger=logger, limits=limits_of(settings))
        return log, metered, Fold(log, buckets, clock, window_s), consumer

    return make_app(make_broker(settings, RATE_LIMITER.name, logger), RATE_LIMITER.name, build, logger)
