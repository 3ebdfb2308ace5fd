"""Signing on the way out: what a service sends within one turn of its loop is signed together.

What somebody else has signed keeps their signature: a service that stores it has verified it and says nothing itself.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from groundstop.events import Fact
from groundstop.identity.merkle import BATCH_MAX
from groundstop.identity.signatures import Signer
from groundstop.identity.statements import must_be_signed
from groundstop.log.wire import PubAck

F = TypeVar("F", bound=Fact)
Settled = Callable[[PubAck | Exception], None]


class Signing:
    """Signs what must be signed and hands everything to ``send``, signed facts a turn of the loop later."""

    def __init__(self, signer: Signer | None, send: Callable[[Fact, Settled], None]) -> None:
        self._signer = signer
        self._send = send
        self._unsigned: list[tuple[Fact, Settled]] = []

    def signed(self, fact: F) -> F:
        """The fact as it is stored: signed where there is a key to do it with."""
        return fact if self._signer is None or not _ours_to_sign(fact) else self._signer.sign(fact)

    def send(self, fact: Fact, settled: Settled) -> None:
        """Send soon."""
        if self._signer is None or not _ours_to_sign(fact):
            self._send(fact, settled)
            return
        self._unsigned.append((fact, settled))
        if len(self._unsigned) == 1:
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Sign and send what was gathered."""
        gathered, self._unsigned = self._unsigned, []
        if self._signer is None:
            return
        for begin in range(0, len(gathered), BATCH_MAX):
            self._flush(self._signer, gathered[begin : begin + BATCH_MAX])

    def _flush(self, signer: Signer, part: list[tuple[Fact, Settled]]) -> None:
        """One that cannot be signed or written takes nobody along: each then goes alone, and its sender is told."""
        try:
            signed = signer.sign_all([fact for fact, _ in part])
        except Exception as error:
            if len(part) == 1:
                part[0][1](error)
                return
            for one in part:
                self._flush(signer, [one])
            return
        for fact, (_, settled) in zip(signed, part, strict=True):
            try:
                self._send(fact, settled)
            except Exception as error:
                settled(error)


def _ours_to_sign(fact: Fact) -> bool:
    return must_be_signed(fact) and not getattr(fact, "signature", "")
