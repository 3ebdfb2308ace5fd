"""Handing one message to an SMTP server on the event loop, so that a halt can stop it between any two commands.

The library's smtplib needs a thread, and a thread cannot be cancelled: it would send after the executor has reported
that it stopped. The commands are those of RFC 5321; the line of no return is the dot that ends the message.
"""

import asyncio
from dataclasses import dataclass

from groundstop.catalogue import EffectUnknown, ToolFailed

TIMEOUT_S = 10.0


@dataclass
class _Progress:
    """Whether the session has passed the point of no return."""

    handed_over: bool = False


async def deliver(host: str, port: int, sender: str, recipient: str, content: bytes) -> str:
    """Send ``content`` (CRLF lines) and return the server's answer.

    Raises ToolFailed when the server has certainly not kept it (no connection, 4xx, 5xx, stopped in time), and
    EffectUnknown when the line or our patience ended after the whole message was handed over. Stopping is no exception
    to this: being cancelled early is a ToolFailed too, since it proves that nothing happened.
    """
    progress = _Progress()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _session(host, port, sender, recipient, content, progress)
    except ToolFailed:
        raise
    except (OSError, EOFError, TimeoutError, asyncio.CancelledError, ValueError) as error:
        why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if progress.handed_over:
            raise EffectUnknown(f"the mail server got the message but never said whether it kept it ({why})") from error
        raise ToolFailed(f"the mail server took no message ({why})") from error


async def _session(host: str, port: int, sender: str, recipient: str, content: bytes, progress: _Progress) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        await _answer(reader, "2")
        for command, expected in (
            ("EHLO support", "2"),
            (f"MAIL FROM:<{sender}>", "2"),
            (f"RCPT TO:<{recipient}>", "2"),
            ("DATA", "3"),
        ):
            writer.write(f"{command}\r\n".encode())
            await _answer(reader, expected)
        await _hand_over(writer, content, progress)
        said = await _answer(reader, "2")
        writer.write(b"QUIT\r\n")
        return said
    finally:
        (writer.close if progress.handed_over else writer.transport.abort)()


async def _hand_over(writer: asyncio.StreamWriter, content: bytes, progress: _Progress) -> None:
    """The body, and only when all of it has left our buffers the dot; from there on the effect may happen."""
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    writer.write(b"." + stuffed if stuffed.startswith(b".") else stuffed)
    await writer.drain()
    progress.handed_over = True
    writer.write(b".\r\n")
    await writer.drain()


async def _answer(reader: asyncio.StreamReader, expected: str) -> str:
    """The last line of the next reply. Raises ToolFailed when its class is not ``expected``, EOFError on none."""
    while True:
        line = (await reader.readline()).decode("ascii", "replace").strip()
        if not line:
            raise EOFError("the mail server closed the line")
        if line[3:4] != "-":
            break
    if not line.startswith(expected):
        raise ToolFailed(f"the mail server answered {line!r}", retryable=line.startswith("4"))
    return line[4:]
