"""Delivering one message: apprise for mail and chat, signed POSTs for webhooks. Blocking; run in a thread."""

import base64
import hashlib
import hmac
import logging
import urllib.request
from datetime import datetime
from urllib.parse import quote, urlsplit

import apprise
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.errors import GroundstopError

from groundstop_approval.domain.notifications import Target
from groundstop_approval.notify.plan import Note
from groundstop_approval.notify.text import Event

TIMEOUT_S = 10.0
ID_HEADER = "Groundstop-Notification"
MAILS = ("mailto", "mailtos")


class NotDelivered(GroundstopError):
    """The target did not take the message; another try may help."""


def deliver(note: Note, event: Event, title: str, body: str, now: datetime) -> None:
    """Send one message. It carries its key, by which a receiver knows a repetition. Raises NotDelivered."""
    if note.where.webhook:
        _post(note, event, title, body, now)
    else:
        _tell(note, title, body)


def channel(target: Target) -> str:
    """What kind of place it is, without its address: addresses may hold passwords."""
    return "webhook" if target.webhook else urlsplit(target.url).scheme


def _tell(note: Note, title: str, body: str) -> None:
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines show addresses
    sender = apprise.Apprise()
    if not sender.add(_marked(note.where.url, note.key)):
        raise NotDelivered("the address is not one that apprise knows")
    if not sender.notify(title=title, body=body):
        raise NotDelivered(f"{channel(note.where)} did not take it")


def _marked(url: str, key: str) -> str:
    """The address of a mail with a header that carries the key; other addresses as they are."""
    if urlsplit(url).scheme not in MAILS:
        return url
    return f"{url}{'&' if '?' in url else '?'}+X-{ID_HEADER}={quote(key)}"


def _post(note: Note, event: Event, title: str, body: str, now: datetime) -> None:
    content = orjson.dumps(
        {
            "id": note.key,
            "event": event.name,
            "event_id": event.id,
            "at": event.at.isoformat(),
            "about": event.about,
            "title": title,
            "body": body,
            "fields": dict(event.fields),
        }
    )
    stamp = str(int(now.timestamp()))
    headers = {"Content-Type": "application/json", ID_HEADER: note.key, "Groundstop-Timestamp": stamp}
    try:
        headers |= signatures(note.where, stamp.encode() + b"." + content)
        request = urllib.request.Request(note.where.webhook, data=content, headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            answer.read(1024)
    except (OSError, ValueError) as error:
        raise NotDelivered(f"webhook: {error}"[:500]) from error


def signatures(target: Target, signed: bytes) -> dict[str, str]:
    """The signature headers over ``<timestamp>.<body>``. Raises OSError, ValueError when a key cannot be read."""
    headers = {}
    if target.secret_file is not None:
        key = target.secret_file.read_bytes().strip()
        headers["Groundstop-Signature"] = "v1=" + hmac.new(key, signed, hashlib.sha256).hexdigest()
    if target.ed25519_file is not None:
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(target.ed25519_file.read_bytes()))
        headers["Groundstop-Signature-Ed25519"] = base64.b64encode(private.sign(signed)).decode()
    return headers
