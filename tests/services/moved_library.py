"""A process that publishes facts and reads them back, and prints what it saw and logged: ``moved_library.py URL``.

It runs with a changed copy of nats-py in front of the installed one.
"""

import asyncio
import json
import sys

import nats
from groundstop import natspy
from groundstop.clock import Clock
from groundstop.log import Log
from groundstop.testing import a_submission
from structlog.testing import capture_logs

FACTS = 100


async def main(url: str) -> None:
    """Two connections, so that a warning that is repeated is seen."""
    with capture_logs() as lines:
        nc, other = await natspy.connect(servers=url), await natspy.connect(servers=url)
        log = Log(nc, Clock())
        await log.start()
        acks = await asyncio.gather(*(log.publish_once(a_submission()) for _ in range(FACTS)))
        read = [stored.seq async for stored in log.until_now()]
        await log.stop()
        buses = [natspy.bus_of(one).name for one in (nc, other)]
        await nc.close()
        await other.close()
    seen = {"stored": sum(ack.stored for ack in acks), "read": len(read), "buses": buses, "lines": lines}
    print(json.dumps(seen | {"library": nats.__file__}))


asyncio.run(main(sys.argv[1]))
