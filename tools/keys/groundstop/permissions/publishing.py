"""The list of signing keys on the bus: every verifier follows it."""

from groundstop import subjects
from groundstop.errors import GroundstopError
from groundstop.events import KeysPublished
from groundstop.log import Log
from groundstop.log.wire import EXPECTED_SEQ, TTL


async def publish_keys(log: Log, listed: KeysPublished) -> bool:
    """Put a list in force. False when the log has it already. What is no list is replaced by one."""
    before = await log.last(subjects.KEYS)
    if before is not None and _id_of(before.payload) == listed.id:
        return False
    ack = await log.publish_checked(listed, {EXPECTED_SEQ: str(before.seq if before else 0), TTL: "never"})
    if not ack.stored:
        raise GroundstopError("somebody else published a list of keys at the same moment; try again")
    return True


def _id_of(payload: bytes) -> str:
    """The id of a list, empty for what is none."""
    try:
        return KeysPublished.model_validate_json(payload).id
    except ValueError:
        return ""
