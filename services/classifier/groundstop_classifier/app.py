"""The composition root of the classifier."""

from collections.abc import Sequence

from faststream import FastStream
from groundstop import logs
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.consumer import Consumer
from groundstop.bus.delivery import CLASSIFIER, DOOR
from groundstop.bus.keys import Keys
from groundstop.catalogue import load_catalogue
from groundstop.identity.keyfiles import ring_from, signer_of_service
from groundstop.log import Log
from groundstop.log.clock import LogClock
from groundstop.policy_file import read_policy
from groundstop.policy_holder import JudgeHolder, PolicyFollower
from groundstop.screening import screen
from groundstop.settings import Settings
from nats.aio.client import Client

from groundstop_classifier.handlers import make_routes, refuse
from groundstop_classifier.tasks import Tasks
from groundstop_classifier.throttle import Throttle, shares_of


def make() -> FastStream:
    """The app, ready to run."""
    settings = Settings()
    logger = logs.configure(CLASSIFIER.name, settings.log_level)
    clock = LogClock(logger)
    catalogue = load_catalogue(settings.catalogue_sources)
    policy = read_policy(settings.policy)
    holder = JudgeHolder(policy, catalogue)
    screen("warm up: rules, plug-ins and the model are loaded by the first text", "argument")

    async def build(nc: Client) -> Sequence[Part]:
        log = Log(nc, clock, signer=signer_of_service(settings, CLASSIFIER.name))
        keys = Keys(log, ring_from(settings), logger)
        policies = PolicyFollower(log, policy, logger, holder.replace_policy)
        tasks = Tasks(log, clock, logger, settings.task_memory_s)
        in_log, said = make_routes(log, holder, catalogue, tasks, clock, settings.clock_skew_max_s)
        limits = limits_of(settings)
        throttle = Throttle(log, shares_of(settings), refuse(holder, clock), clock, logger, settings.door_window_s)
        door = Consumer(log, DOOR, said, clock=clock, logger=logger, limits=limits, gate=throttle)
        consumer = Consumer(log, CLASSIFIER, in_log, clock=clock, logger=logger, limits=limits, keys=keys)
        return clock.of(nc), log, keys, policies, tasks, throttle, consumer, door

    return make_app(make_broker(settings, CLASSIFIER.name, logger), CLASSIFIER.name, build, logger)
