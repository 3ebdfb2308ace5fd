"""Every family of subjects on the bus, as samples: facts, commands, core messages, JetStream's API, inboxes."""

from collections.abc import Iterator

from groundstop.addresses import ENUMS, kinds, placeholders
from groundstop.bus.delivery import DURABLES
from groundstop.callers import Caller, command, intake
from groundstop.commands import COMMANDS
from groundstop.intake_rules import SAID_KINDS
from groundstop.subjects import INTAKE, STORED, STREAM

WHO = (("acme", "helper"), ("acme", "other"), ("rival", "helper"))
"""The stolen identity's own tenant and agent, a neighbour in the tenant, and another tenant's agent of that name."""
CALLERS = (
    Caller("agent", "acme", "helper"), Caller("agent", "acme", "other"), Caller("agent", "rival", "helper"),
    Caller("agent", "~", "helper"), Caller("operator", "~", "operator"), Caller("operator", "~", "helper"),
    Caller("approver", "acme", "approver"), Caller("approver", "~", "approver"), Caller("console", "~", "console"),
    Caller("analyst", "~", "analyst"), Caller("browser", "acme", "browser"), Caller("owner", "~", "helper"),
    Caller("health", "~", "health"), Caller("approval", "~", "approval"), Caller("audit", "~", "audit"),
)  # fmt: skip
VERBS = (
    *COMMANDS, "health.approval", "record.hold", "record.remove", "control.put", "policy.publish", "tool.preview",
    "writer.x",
)  # fmt: skip
API = (
    "INFO", "STREAM.NAMES", f"STREAM.INFO.{STREAM}", f"STREAM.CREATE.{STREAM}", f"STREAM.UPDATE.{STREAM}",
    f"STREAM.DELETE.{STREAM}", f"STREAM.PURGE.{STREAM}", f"STREAM.MSG.DELETE.{STREAM}", f"STREAM.MSG.GET.{STREAM}",
    f"STREAM.SNAPSHOT.{STREAM}", "STREAM.CREATE.OTHER", "STREAM.CREATE.LEASES", f"DIRECT.GET.{STREAM}",
    f"CONSUMER.LIST.{STREAM}", f"CONSUMER.CREATE.{STREAM}", f"CONSUMER.CREATE.{STREAM}.read-1",
    f"CONSUMER.CREATE.{STREAM}.read-1.gs.>", f"CONSUMER.DELETE.{STREAM}.read-1",
    f"CONSUMER.MSG.NEXT.{STREAM}.read-1", f"CONSUMER.DURABLE.CREATE.{STREAM}.spy",
)  # fmt: skip
OF_STREAMS = (
    "STREAM.INFO", "STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.GET",
    "STREAM.MSG.DELETE", "STREAM.SNAPSHOT", "DIRECT.GET", "CONSUMER.CREATE",
)  # fmt: skip
OF_DURABLES = ("CREATE", "DELETE", "MSG.NEXT", "DURABLE.CREATE", "INFO", "PAUSE", "UNPIN")


def published() -> list[str]:
    """Where somebody might publish."""
    return [*_facts(), *_said(), *_commands(), *_core(), *_api(), *_tricks()]


def _facts() -> Iterator[str]:
    for kind in kinds():
        values = {name: ENUMS.get(name, ("1",)) for name in placeholders(kind.address)}
        for tenant, agent in WHO if "tenant" in values else WHO[:1]:
            for value in max(values.values(), key=len, default=("1",)):
                address = kind.address
                for name, known in values.items():
                    chosen = {"tenant": tenant, "agent": agent}.get(name, value if value in known else known[0])
                    address = address.replace(f"{{{name}}}", chosen)
                yield address


def _commands() -> Iterator[str]:
    for caller in CALLERS:
        yield from (command(caller, verb) for verb in VERBS)


def _said() -> Iterator[str]:
    """What is said in the intake: of each kind, by each caller, about each tenant and agent."""
    for kind in (kind for kind in kinds() if kind.name in SAID_KINDS):
        details = ".1" * (len(kind.address.split(".")) - len(f"gs.{kind.name}".split(".")) - 3)
        for caller in CALLERS:
            yield from (intake(caller, f"gs.{kind.name}.{tenant}.{agent}.i{details}") for tenant, agent in WHO)
    yield intake(CALLERS[0], "gs.cost.recorded.acme.helper.i.tool")
    yield intake(CALLERS[0], "gs.intent.cleared.acme.helper.i")


def _core() -> Iterator[str]:
    yield from ("gs.alive.ex-1", "gs.lease.ex-1", "gs.tool.invoice.print.run", "gs.tool.invoice.print.cancel")
    yield from ("_INBOX.SOMEBODYELSES12345678.1", "$SYS.REQ.SERVER.PING", "gs.unknown.thing", "elsewhere")


def _api() -> Iterator[str]:
    yield from (f"$JS.API.{verb}" for verb in API)
    for tenant, agent in WHO:
        yield f"$JS.API.DIRECT.GET.{STREAM}.gs.outcome.{tenant}.{agent}.i.failed"
        yield f"$JS.API.DIRECT.GET.{STREAM}.gs.intent.submitted.{tenant}.{agent}.i"
    for durable in DURABLES:
        yield f"$JS.ACK.{durable.stream}.{durable.name}.1.1.1.1.1"
        yield from (f"$JS.API.CONSUMER.{verb}.{durable.stream}.{durable.name}" for verb in OF_DURABLES)
    yield from (f"$JS.API.{verb}.{INTAKE}" for verb in OF_STREAMS)


def _tricks() -> Iterator[str]:
    """Too short, too long, other letters: what might slip past a pattern."""
    own = "gs.intent.submitted.acme.helper"
    yield from (own, f"{own}.i.i", f"{own}.i.case.decided", f"GS{own[2:]}.i", "gs.intent.submitted.acme.help.i")
    yield from ("gs.intent.cleared.acme.helper", "gs.intent.cleared.acme.helper.i.x", "gs.control.0.1", "gs.control")


def subscribed() -> list[str]:
    """What somebody might listen to."""
    wide = (">", "gs.>", "*.>", "gs.*.>", "_INBOX.>", "$JS.>", "$SYS.>", "$JS.ACK.>", "gs.cmd.>", "gs.tool.>")
    whose = [f"gs.outcome.{tenant}.{agent}.>" for tenant, agent in (*WHO, ("acme", "*"), ("*", "helper"))]
    return [*wide, *whose, *STORED, "gs.case.opened.acme.>", *(s for s in published() if "*" not in s)]
