"""Fault points: a service that is started with this folder on its path dies at the steps that a plan names.

Nothing of this is in the services: the interpreter imports this module by itself, and it wraps the four doors through
which every effect of a handler goes. GROUNDSTOP_FAULTS names a folder with ``plan.json``, a list of
[service, door, kind, when, count]: at the count-th passage of that door with that kind of fact the process kills
itself, before the passage or once it is certain. A file in the folder remembers that it did, so that it does so once.
"""

import json
import os
import signal
import sys
from pathlib import Path

FOLDER = os.environ.get("GROUNDSTOP_FAULTS", "")  # noqa: TID251 - there is no other way into a process that starts
MODULE = sys.orig_argv[2] if len(sys.orig_argv) > 2 and sys.orig_argv[1] == "-m" else ""


def arm(folder: Path, service: str) -> None:
    """Wrap the doors of this process for the faults of ``service`` that have not been."""
    from groundstop.bus.message import Delivery
    from groundstop.log import Log

    plan = [tuple(fault) for fault in json.loads((folder / "plan.json").read_text())]
    left = {fault: fault[4] for fault in plan if fault[0] == service and not _mark(folder, fault).exists()}

    def passing(door: str, kind: str, when: str) -> None:
        for fault in [fault for fault in left if fault[1:4] == (door, kind, when)]:
            left[fault] -= 1
            if left[fault] > 0:
                continue
            del left[fault]
            try:
                os.close(os.open(_mark(folder, fault), os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue  # another process of this service has died of it already
            os.kill(os.getpid(), signal.SIGKILL)

    send_once, publish_checked, ack = Log.send_once, Log.publish_checked, Delivery.ack

    def faulty_send_once(self, fact, settled):  # type: ignore[no-untyped-def]
        def certain(answer):  # type: ignore[no-untyped-def]
            passing("publish", fact.kind, "after")
            settled(answer)

        passing("publish", fact.kind, "before")
        send_once(self, fact, certain)

    async def faulty_publish_checked(self, fact, checks):  # type: ignore[no-untyped-def]
        passing("publish", fact.kind, "before")
        answer = await publish_checked(self, fact, checks)
        passing("publish", fact.kind, "after")
        return answer

    def faulty_ack(self):  # type: ignore[no-untyped-def]
        kind = ".".join(self.subject.split(".")[1:3])
        passing("ack", kind, "before")
        ack(self)
        passing("ack", kind, "after")

    Log.send_once, Log.publish_checked, Delivery.ack = faulty_send_once, faulty_publish_checked, faulty_ack


def _mark(folder: Path, fault: tuple[object, ...]) -> Path:
    return folder / ("-".join(map(str, fault)) + ".done")


if FOLDER and MODULE in {f"groundstop_{name}" for name in ("classifier", "rate_limiter", "approval", "executor")}:
    arm(Path(FOLDER), MODULE.removeprefix("groundstop_"))
