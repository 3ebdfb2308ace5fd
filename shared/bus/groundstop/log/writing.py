"""One publish whose answer is waited for."""

import asyncio
from collections.abc import Mapping

from groundstop.errors import Refused
from groundstop.log.publisher import Publisher
from groundstop.log.wire import WRONG_LAST_SEQUENCE, PubAck


async def settle(publisher: Publisher, subject: str, payload: bytes, headers: Mapping[str, str], what: str) -> PubAck:
    """Publish and wait for the answer.

    Raises Refused for anything but a failed check, NoAcknowledgement when no answer came in time, PermissionDenied.
    """
    await publisher.room()
    answer: asyncio.Future[PubAck] = asyncio.get_running_loop().create_future()

    def settled(result: PubAck | Exception) -> None:
        if not answer.done():
            answer.set_exception(result) if isinstance(result, Exception) else answer.set_result(result)

    publisher.send(subject, payload, headers, settled)
    ack = await answer
    if not ack.stored and ack.code != WRONG_LAST_SEQUENCE:
        raise Refused(ack.code, f"{what}: {ack.error}")
    return ack
