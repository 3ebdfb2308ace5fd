"""Reading the pauses of tasks from the log: all that were ever written, then what came since."""

from datetime import UTC, datetime

from groundstop import subjects
from groundstop.controls.pauses import PauseBook
from groundstop.log import lookup
from groundstop.stored import Stored
from nats.aio.client import Client

PAGE = 500


def take(book: PauseBook, stored: Stored) -> None:
    """Take one stored message in."""
    book.take(stored.subject, stored.seq, datetime.fromtimestamp(stored.time_ns / 1e9, UTC), stored.payload)


async def catch_up(nc: Client, book: PauseBook) -> None:
    """Everything that ``book`` has not seen. Raises NoAcknowledgement."""
    while True:
        page = await lookup.page_of(nc, {"seq": book.seen + 1, "batch": PAGE, "next_by_subj": subjects.PAUSES})
        for stored in page:
            take(book, stored)
        if len(page) < PAGE:
            return
