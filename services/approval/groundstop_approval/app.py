"""The composition root of approval."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from faststream import FastStream
from groundstop import logs
from groundstop.bus.app import Part, limits_of, make_app, make_broker
from groundstop.bus.commands import CommandServer
from groundstop.bus.consumer import Consumer
from groundstop.bus.control_server import ControlServer
from groundstop.bus.delivery import APPROVAL, NOTIFIER
from groundstop.bus.keys import Keys
from groundstop.catalogue import load_catalogue
from groundstop.clickhouse import query
from groundstop.identity.keyfiles import ring_from, signer_of_service
from groundstop.log.clock import LogClock
from groundstop.log.control_store import ControlStore
from groundstop.policy import Policy
from groundstop.policy_file import read_policy
from groundstop.policy_holder import JudgeHolder, PolicyFollower
from groundstop.vocabulary import CaseKind, Risk
from nats.aio.client import Client

from groundstop_approval.commands.context import Acts, Context
from groundstop_approval.commands.decide import make_deciding
from groundstop_approval.commands.drills import make_drilling
from groundstop_approval.commands.grants import make_granting
from groundstop_approval.commands.handoffs import make_handing
from groundstop_approval.commands.identity import Identity
from groundstop_approval.commands.policy import make_publishing
from groundstop_approval.commands.read import make_reading
from groundstop_approval.handlers import Approval
from groundstop_approval.notify.handlers import Notifier
from groundstop_approval.projections.case_log import CaseLog
from groundstop_approval.projections.grants import Grants
from groundstop_approval.projections.inbox import Cases
from groundstop_approval.projections.pauses import Pausing
from groundstop_approval.projections.quality import RubberStamps
from groundstop_approval.projections.similar import Similar
from groundstop_approval.settings import ApprovalSettings

OPEN_AT_MOST = timedelta(days=31)
"""Cases that were opened under another policy may live longer than this one's allow; up to here they are looked for."""


def longest(policy: Policy) -> timedelta:
    """How long a case may be open under ``policy``, and a day."""
    return timedelta(days=1, seconds=max(policy.expiry_s(kind, Risk.SAFE) for kind in CaseKind))


def make_acts(context: Context, grants: Grants) -> Acts:
    """Every command that approval answers, but those about controls (groundstop.bus.control_server)."""
    return (
        *make_reading(context),
        *make_deciding(context),
        *make_granting(context, grants),
        *make_handing(context),
        *make_drilling(context),
        *make_publishing(context),
    )


def make() -> FastStream:
    """The app, ready to run."""
    settings = ApprovalSettings()
    logger = logs.configure(APPROVAL.name, settings.log_level)
    clock = LogClock(logger)
    policy, catalogue = read_policy(settings.policy), load_catalogue(settings.catalogue_sources)
    holder, directory = JudgeHolder(policy, catalogue), settings.directory()
    broker = make_broker(settings, APPROVAL.name, logger)

    async def build(nc: Client) -> Sequence[Part]:
        log = CaseLog(nc, clock, signer=signer_of_service(settings, APPROVAL.name))
        since = clock() - max(OPEN_AT_MOST, longest(policy))
        ring = ring_from(settings)
        keys = Keys(log, ring, logger)
        cases, grants = Cases(log, logger, since), Grants(log, clock, logger, directory, catalogue, keys)
        stamps = RubberStamps(settings.rubber_stamp_approvals, settings.rubber_stamp_s)
        control_store = ControlStore(nc, clock, ring)
        pausing = Pausing(log, control_store, ring, clock)
        approval = Approval(log, holder, directory, grants, cases, stamps, pausing, clock)
        shared: dict[str, Any] = {"clock": clock, "logger": logger, "limits": limits_of(settings), "keys": keys}
        consumer = Consumer(log, APPROVAL, approval.routes(), **shared)
        context = Context(
            log=log,
            cases=cases,
            identity=Identity(directory, settings.faces_folder()),
            directory=directory,
            holder=holder,
            catalogue=catalogue,
            similar=Similar(lambda sql, values: query(settings.clickhouse_dsn, sql, "JSONEachRow", values)),
            pausing=pausing,
            clock=clock,
        )
        commands = CommandServer(broker, APPROVAL.name, make_acts(context, grants), context.asker, logger)
        notifier = Notifier(log, directory.notifications, directory, clock, logger)
        telling = Consumer(log, NOTIFIER, notifier.routes(), **shared)
        policies = PolicyFollower(log, policy, logger, holder.replace_policy)
        return (
            clock.of(nc),
            log,
            keys,
            policies,
            cases,
            grants,
            consumer,
            commands,
            ControlServer(nc, control_store, logger),
            notifier,
            telling,
        )

    return make_app(broker, APPROVAL.name, build, logger)
