"""What may be asked of JetStream: every subject of the server's API, for each stream and durable, with hostile bodies.

The verbs are the server's own (constants of server/jetstream_api.go): test_headers reads them out of its program file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from groundstop.bus.delivery import DURABLES
from groundstop.log.leases import LEASES
from groundstop.log.stream import StreamSettings, intake_config, stream_config
from groundstop.subjects import INTAKE, STREAM

from tests.security.matrix.headers import TARGETS

Body = Mapping[str, Any]
VERBS: Mapping[str, tuple[str, ...]] = {
    "INFO": ("",),
    "STREAM.CREATE": ("*",),
    "STREAM.UPDATE": ("*",),
    "STREAM.NAMES": ("",),
    "STREAM.LIST": ("",),
    "STREAM.INFO": ("*",),
    "STREAM.DELETE": ("*",),
    "STREAM.PURGE": ("*",),
    "STREAM.SNAPSHOT": ("*",),
    "STREAM.RESTORE": ("*",),
    "STREAM.MSG.DELETE": ("*",),
    "STREAM.MSG.GET": ("*",),
    "STREAM.PEER.REMOVE": ("*",),
    "STREAM.PEER.EVACUATE": ("*",),
    "STREAM.CANCEL_MOVE": ("*",),
    "STREAM.LEADER.STEPDOWN": ("*",),
    "DIRECT.GET": ("*", "*.>"),
    "CONSUMER.CREATE": ("*", "*.>"),
    "CONSUMER.DURABLE.CREATE": ("*.*",),
    "CONSUMER.NAMES": ("*",),
    "CONSUMER.LIST": ("*",),
    "CONSUMER.INFO": ("*.*",),
    "CONSUMER.DELETE": ("*.*",),
    "CONSUMER.PAUSE": ("*.*",),
    "CONSUMER.MSG.NEXT": ("*.*",),
    "CONSUMER.RESET": ("*.*",),
    "CONSUMER.UNPIN": ("*.*",),
    "CONSUMER.LEADER.STEPDOWN": ("*.*",),
    "CONSUMER.PEER.REMOVE": ("*.*",),
    "CONSUMER.PEER.EVACUATE": ("*.*",),
    "META.LEADER.STEPDOWN": ("",),
    "META.RESCUE": ("",),
    "SERVER.REMOVE": ("",),
    "SERVER.EVACUATE": ("",),
    "ACCOUNT.PURGE": ("*",),
    "ACCOUNT.STREAM.MOVE": ("*.*",),
    "ACCOUNT.STREAM.CANCEL_MOVE": ("*.*",),
}
"""Verb to the shapes of what follows it."""

_DECLARED: Mapping[str, dict[str, Any]] = {
    STREAM: stream_config(StreamSettings()), INTAKE: intake_config(StreamSettings()),
}  # fmt: skip
STREAMS = (STREAM, INTAKE, LEASES, "OTHER")


def _named(stream: str, name: str, **config: Any) -> dict[str, Any]:
    ordinary = {"name": name, "ack_policy": "none", "deliver_policy": "all", "mem_storage": True}
    return {"stream_name": stream, "config": ordinary | config}


def bodies(verb: str, stream: str, name: str) -> Iterator[Body]:
    """Requests that would change or tell something."""
    if verb in ("STREAM.CREATE", "STREAM.UPDATE"):
        if stream in _DECLARED:
            yield _DECLARED[stream] | {"max_msgs": 2}
            yield _DECLARED[stream] | {"republish": {"src": ">", "dest": "gs.tool.invoice.print.run"}}
        yield {"name": stream, "subjects": ["gs.>"], "allow_rollup_hdrs": True, "deny_delete": False}
        yield {"name": stream, "republish": {"src": ">", "dest": "gs.tool.invoice.print.run"}}
        yield {"name": stream, "sources": [{"name": STREAM}], "subject_transform": {"src": ">", "dest": "gs.control.0"}}
    elif verb == "STREAM.SNAPSHOT":
        yield from ({"deliver_subject": subject} for subject in ("gs.control.0", "gs.tool.invoice.print.run"))
    elif verb in ("STREAM.MSG.GET", "DIRECT.GET"):
        yield from ({"seq": 1}, {"last_by_subj": "gs.control.0"}, {"seq": 1, "next_by_subj": "gs.>", "batch": 5})
        yield from ({"multi_last": ["gs.>"]}, {"last_by_subj": "gs.intent.submitted.rival.boss.i"})
    elif verb.endswith("MSG.DELETE"):
        yield {"seq": 1}
    elif verb in ("CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE"):
        yield _named(stream, name)
        yield _named(stream, name, durable_name=name, ack_policy="explicit", mem_storage=False)
        yield from (_named(stream, name, deliver_subject=target) for target in TARGETS)
        yield _named(stream, name, deliver_subject="gs.cmd.owner.~.owner.control.put", deliver_group="approval")
    elif verb == "CONSUMER.MSG.NEXT":
        yield from ({"batch": 1, "no_wait": True}, {"batch": 1, "no_wait": True, "id": "stolen", "group": "first"})
    elif verb == "CONSUMER.PAUSE":
        yield {"pause_until": "2099-01-01T00:00:00Z"}
    elif verb == "CONSUMER.RESET":
        yield {"seq": 1}
    else:
        yield from ({}, {"filter": "gs.control.>"}, {"seq": 1})


def asked(number: int) -> Iterator[tuple[str, bytes]]:
    """Every verb on every stream and durable: subject and body. ``number`` makes the names of new consumers."""
    for verb, shapes in VERBS.items():
        for shape in shapes:
            for stream, name in _places(shape, f"m{number}"):
                subject = ".".join(part for part in ("$JS.API", verb, _tail(shape, stream, name)) if part)
                yield from ((subject, orjson.dumps(body)) for body in bodies(verb, stream, name))
                yield subject, b"nonsense"


def _places(shape: str, fresh: str) -> Iterator[tuple[str, str]]:
    if shape == "":
        yield "", ""
        return
    for stream in STREAMS:
        yield stream, fresh
        if shape.count("*") > 1 or shape == "*.>":
            yield from ((stream, durable.name) for durable in DURABLES if durable.stream == stream)


def _tail(shape: str, stream: str, name: str) -> str:
    return {"": "", "*": stream}.get(shape, f"{stream}.{name}")
