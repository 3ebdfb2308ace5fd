"""What a connection to the bus needs: addresses, whose it is, and whom it trusts. The same for everybody."""

import ssl
from typing import Any

from groundstop.errors import GroundstopError
from groundstop.identity.seeds import Identity, read_seed
from groundstop.settings import Settings


def identity_of(settings: Settings) -> Identity | None:
    """Who the settings say we are; None for a bus that asks nobody. Raises BadSeed."""
    return None if settings.nats_seed_file is None else read_seed(settings.nats_seed_file)


ONCE: dict[str, Any] = {"allow_reconnect": False, "max_reconnect_attempts": 1, "reconnect_time_wait": 0.02}
"""To try a connection once and no more: told not to reconnect alone, nats-py tries for two minutes, 2 s apart."""


def connection_options(settings: Settings) -> dict[str, Any]:
    """Arguments for nats.connect and for a FastStream broker. Raises BadSeed, GroundstopError for bad certificates."""
    options: dict[str, Any] = {"servers": settings.servers}
    identity = identity_of(settings)
    if identity is not None:
        options |= {"nkeys_seed_str": identity.seed, "inbox_prefix": identity.inbox}
    context = tls_context(settings)
    return options if context is None else options | {"tls": context}


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS as the settings want it: the servers' authority, and our certificate where the server asks for it."""
    if settings.nats_ca is None and settings.nats_cert is None:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.nats_ca)
        if settings.nats_cert is not None:
            context.load_cert_chain(settings.nats_cert, settings.nats_key)
    except (OSError, ssl.SSLError) as error:
        raise GroundstopError(f"the bus's certificates cannot be read: {error}") from error
    return context
