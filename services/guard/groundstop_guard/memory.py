"""The few words of memory that an executor and its guard process share.

The guard writes what it knows of the controls, the executor reads it before each effect. It is an anonymous file
(memfd) inherited by descriptor: it has no name and ends with the last process that holds it, however that ends.
Both read the same CLOCK_MONOTONIC, so a deadline means the same to both.
"""

import mmap
import os
import struct
import zlib
from dataclasses import dataclass

from groundstop.events import Halt
from pydantic import TypeAdapter

# A control message, and so its table, fits in one message of the bus (1 MiB by default).
SIZE_BYTES = 2 * 1024 * 1024
_HALTS = TypeAdapter(tuple[Halt, ...])
# deadline, epoch, version of the table, lapses of the lease, length of the table, checksum of all that and the table.
_STATE = struct.Struct("=dQQQII")
_STATE_AT = 8
_TABLE_AT = 128
# Words by index, each written by one side only: aligned, so that no reader sees half of one.
_SEQUENCE, _VERSION, _TICK, _IN_FLIGHT, _OBEYED = 0, 3, 6, 7, 8


@dataclass(frozen=True, slots=True)
class View:
    """What the guard knew: the lease's end (monotonic seconds), the newest control's sequence, the active halts.

    ``version`` counts the changes of ``halts``, ``lapses`` how often the lease has ended: what was claimed under one
    lease may not begin under another. The view that no guard has written yet is never live.
    """

    deadline: float = 0.0
    epoch: int = 0
    halts: tuple[Halt, ...] = ()
    version: int = 0
    lapses: int = 0

    def live(self, now: float) -> bool:
        """False when the lease has ended: whoever holds this view must then act as if everything were halted."""
        return now < self.deadline


class GuardMemory:
    """One shared state with one writer and any number of readers, as a sequence lock.

    The sequence is odd while the writer writes. A reader that meets an odd one, or a checksum that does not fit (a
    machine may show the writes in another order), keeps what it read last: that is at most one write old, and if the
    writer died in the middle its lease ends on its own.
    """

    def __init__(self, fd: int, *, readable_only: bool = False) -> None:
        """Map the memory behind a descriptor, which the instance then owns."""
        self.fd = fd
        access = mmap.ACCESS_READ if readable_only else mmap.ACCESS_WRITE
        self._map = mmap.mmap(fd, SIZE_BYTES, access=access)
        self._words = memoryview(self._map).cast("Q")
        self._times = memoryview(self._map).cast("d")
        self._seen = -1
        self._view = View()
        self._table = b"[]"

    @classmethod
    def create(cls) -> "GuardMemory":
        """Fresh memory: nothing known, and a lease that has ended long ago."""
        fd = os.memfd_create("groundstop-guard", os.MFD_CLOEXEC)
        os.ftruncate(fd, SIZE_BYTES)
        memory = cls(fd)
        memory._map[_TABLE_AT : _TABLE_AT + len(memory._table)] = memory._table
        memory.write(0.0, 0, ())
        return memory

    def reader_fd(self) -> int:
        """A new descriptor that can only be read, for a process that shall look and not write."""
        return os.open(f"/proc/self/fd/{self.fd}", os.O_RDONLY | os.O_CLOEXEC)

    def write(self, deadline: float, epoch: int, halts: tuple[Halt, ...], lapses: int = 0) -> None:
        """Publish a new state. Raises ValueError when the table of halts is longer than the memory."""
        changed = self.read().halts != halts or self._words[_SEQUENCE] % 2 == 1
        table = _HALTS.dump_json(halts) if changed else self._table
        if len(table) > SIZE_BYTES - _TABLE_AT:
            raise ValueError(f"a table of {len(table)} bytes; the memory holds {SIZE_BYTES - _TABLE_AT}")
        version = self._words[_VERSION] + changed
        view = View(deadline, epoch, halts, version, lapses)
        sequence = self._words[_SEQUENCE] | 1  # Odd already when a writer died in the middle.
        self._words[_SEQUENCE] = sequence
        _STATE.pack_into(self._map, _STATE_AT, deadline, epoch, version, lapses, len(table), _checksum(view, table))
        if changed:
            self._map[_TABLE_AT : _TABLE_AT + len(table)] = table
        self._words[_SEQUENCE] = sequence + 1
        self._seen, self._view, self._table = sequence + 1, view, table

    def read(self) -> View:
        """The newest whole state; the same object as long as nothing was written."""
        sequence: int = self._words[_SEQUENCE]
        return self._view if sequence == self._seen else self._read(sequence)

    def _read(self, sequence: int) -> View:
        deadline, epoch, version, lapses, length, checksum = _STATE.unpack_from(self._map, _STATE_AT)
        if sequence % 2 or length > SIZE_BYTES - _TABLE_AT:
            return self._view
        table = self._map[_TABLE_AT : _TABLE_AT + length]
        view = View(deadline, epoch, self._view.halts, version, lapses)
        if self._words[_SEQUENCE] != sequence or checksum != _checksum(view, table):
            return self._view
        if table != self._table:
            view = View(deadline, epoch, _HALTS.validate_json(table), version, lapses)
        self._seen, self._view, self._table = sequence, view, table
        return view

    def tick(self, now: float) -> None:
        """Guard: say that it runs, at the monotonic time ``now``."""
        self._times[_TICK] = now

    @property
    def ticked(self) -> float:
        """When the guard last said so; 0 when never."""
        return float(self._times[_TICK])

    @property
    def in_flight(self) -> int:
        """How many attempts the executor runs, as it last said."""
        return int(self._words[_IN_FLIGHT])

    @in_flight.setter
    def in_flight(self, count: int) -> None:
        self._words[_IN_FLIGHT] = count

    @property
    def obeyed(self) -> int:
        """What the executor has acted upon: the version of a view plus its lapses."""
        return int(self._words[_OBEYED])

    @obeyed.setter
    def obeyed(self, mark: int) -> None:
        self._words[_OBEYED] = mark

    def close(self) -> None:
        """Let go of the memory."""
        self._words.release()
        self._times.release()
        self._map.close()
        os.close(self.fd)


def mark_of(view: View, now: float) -> int:
    """One number for what an executor must act upon: it grows with every change of the halts and of the lease."""
    return 2 * (view.version + view.lapses) + (not view.live(now))


def _checksum(view: View, table: bytes) -> int:
    head = struct.pack("=dQQQ", view.deadline, view.epoch, view.version, view.lapses)
    return zlib.crc32(table, zlib.crc32(head))
