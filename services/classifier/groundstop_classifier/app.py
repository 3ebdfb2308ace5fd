"""The composition root of the classifier."""

from collections.abc import Sequence

from faststream import FastStream
from groundstop import logs
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import CLASSIFIER
from groundstop.catalogue import load_catalogue
from groundstop.clock import Clock
from groundstop.log import Log
from groundstop.policy import prepare
from groundstop.policy_file import read_policy
from groundstop.settings import Settings
from nats.aio.client import Client

from groundstop_classifier.handlers import make_routes


def make() -> FastStream:
    """The app, ready to run."""
    settings, clock = Settings(), Clock()
    logger = logs.configure(CLASSIFIER.name, settings.log_level)
    catalogue = load_catalogue(settings.catalogue_sources)
    judge = prepare(read_policy(settings.policy), catalogue)

    async def build(nc: Client) -> Sequence[Part]:
        log = Log(nc, clock)
        routes = make_routes(log, judge, catalogue, clock, settings.clock_skew_max_s)
        return log, Consumer(log, CLASSIFIER, routes, clock=clock, logger=logger, limits=limits_of(settings))

    return make_app(make_broker(settings, CLASSIFIER.name, logger), CLASSIFIER.name, build, logger)
