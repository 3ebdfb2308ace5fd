"""What a connection to the bus needs: addresses, whose it is, and whom it trusts. The same for everybody."""

import asyncio
import ssl
from typing import Any

import nats.errors
from groundstop import natspy
from groundstop.errors import GroundstopError, NotAllowed
from groundstop.identity.seeds import Identity, identity_from, read_seed
from groundstop.settings import Settings
from nats.aio.client import Client


def identity_of(settings: Settings) -> Identity | None:
    """Who the settings say we are; None for a bus that asks nobody. Raises BadSeed."""
    return None if settings.nats_seed_file is None else read_seed(settings.nats_seed_file)


def identity_on(nc: Client) -> Identity | None:
    """Who a connection is on the bus, by the nkey's seed that it was opened with."""
    seed = natspy.bus_of(nc).seed
    return None if seed is None else identity_from(seed)


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


async def connect(settings: Settings, **options: Any) -> Client:
    """nats.connect in the name of the settings. Raises NotAllowed when the bus does not accept it, at once.

    nats-py would try for ever, or for as long as its options say, with an identity that is refused each time.
    """
    refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tell = options.pop("error_cb", None)

    async def on_error(error: Exception) -> None:
        if "authorization violation" in str(error).lower() and not refused.done():
            refused.set_result(None)
        if tell is not None:
            await tell(error)

    connecting = asyncio.ensure_future(natspy.connect(**connection_options(settings), **options, error_cb=on_error))
    try:
        await asyncio.wait((connecting, refused), return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            raise NotAllowed(_unknown(settings))
        return await connecting
    finally:
        connecting.cancel()
        refused.cancel()


async def tried(settings: Settings) -> Client | None:
    """A connection in the name of the settings, or None when there is none to be had now."""
    try:
        return await natspy.connect(**connection_options(settings), **ONCE, connect_timeout=1, error_cb=_quiet)
    except (OSError, nats.errors.Error, TimeoutError):
        return None


async def accepted(settings: Settings) -> bool:
    """Whether the bus lets this identity in now. A server reads its users a moment after it was told to."""
    nc = await tried(settings)
    if nc is not None:
        await nc.close()
    return nc is not None


async def _quiet(_: Exception) -> None:
    """A refusal is an answer."""


def _unknown(settings: Settings) -> str:
    seed = settings.nats_seed_file
    who = f"the identity in {seed}" if seed else "a connection without an identity (GROUNDSTOP_NATS_SEED_FILE)"
    return f"the bus at {settings.nats_url} does not accept {who}"
