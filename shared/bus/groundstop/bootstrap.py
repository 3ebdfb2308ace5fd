"""Creates what services only bind to: the stream and its durables. Run before anything else."""

import asyncio

from groundstop import natspy
from groundstop.bus.delivery import DURABLES
from groundstop.identity.connecting import connection_options
from groundstop.log import stream
from groundstop.log.leases import declare_leases
from groundstop.settings import Settings


async def bootstrap(settings: Settings) -> None:
    """Declare the log and every durable, and the guards' leases where there are replicas; again changes nothing."""
    options = connection_options(settings)
    nc = await natspy.connect(**options, connect_timeout=5, max_reconnect_attempts=25, reconnect_time_wait=0.2)
    try:
        wanted = stream.StreamSettings(replicas=settings.replicas, retention_days=settings.retention_days)
        await stream.declare(nc, wanted, DURABLES)
        if settings.replicas > 1:
            await declare_leases(nc, settings.replicas)
    finally:
        await nc.close()


if __name__ == "__main__":
    asyncio.run(bootstrap(Settings()))
