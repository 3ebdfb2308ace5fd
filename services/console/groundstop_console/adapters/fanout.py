"""From one fold to many browsers: each learns which topics have changed, a few times a second at most."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

LISTENERS_MAX = 500
Sees = Callable[[str], bool]


class TooManyListeners(Exception):
    """LISTENERS_MAX browsers listen already."""


class Listener:
    """One browser's ear: ``wait`` returns the topics that have changed since the last time.

    ``sees`` says of a tenant whether its news are for this browser.
    """

    def __init__(self, sees: Sees) -> None:
        self.sees = sees
        self._topics: set[str] = set()
        self._news = asyncio.Event()

    def tell(self, topics: tuple[str, ...]) -> None:
        """Note that ``topics`` have changed."""
        self._topics.update(topics)
        self._news.set()

    async def wait(self, at_most_s: float) -> list[str]:
        """The changed topics, sorted; empty when nothing changed in ``at_most_s``."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), at_most_s)
        self._news.clear()
        topics, self._topics = sorted(self._topics), set()
        return topics


class Fanout:
    """All listeners. ``closing`` is set when the console goes away."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self.closing = False

    def tell(self, *topics: str, tenant: str = "") -> None:
        """Tell everybody that ``topics`` have changed; of a tenant's only those who see it."""
        for listener in self._listeners:
            if not tenant or listener.sees(tenant):
                listener.tell(topics)

    @contextlib.contextmanager
    def listening(self, sees: Sees) -> Iterator[Listener]:
        """A listener for the length of a block. Raises TooManyListeners."""
        if len(self._listeners) >= LISTENERS_MAX:
            raise TooManyListeners
        listener = Listener(sees)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Let every stream end: a server that stops waits for them."""
        self.closing = True
        self.tell("closing")
