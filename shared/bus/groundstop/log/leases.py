"""The small stream on which guards of a replicated log prove that they speak to a majority.

A leader that was cut off from the others goes on answering questions for some ten seconds; it cannot acknowledge a
write. Created by the bootstrap where there are replicas, and only written to by guards.
"""

from groundstop.log.lookup import api
from nats.aio.client import Client

LEASES = "LEASES"
KEPT_S = 10
LEASE_S = 0.5
"""So long what a guard has read of the log may be believed, from when it asked."""


def lease(executor: str) -> str:
    """Where the guard of an executor writes; the newest write is kept, for seconds."""
    return f"gs.lease.{executor}"


async def declare_leases(nc: Client, replicas: int) -> None:
    """Create the stream. Running it again changes nothing."""
    config = {
        "name": LEASES,
        "subjects": [lease("*")],
        "storage": "memory",
        "num_replicas": replicas,
        "max_msgs_per_subject": 1,
        "max_age": KEPT_S * 1_000_000_000,
    }
    await api(nc, f"STREAM.CREATE.{LEASES}", config)
