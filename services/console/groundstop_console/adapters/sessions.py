"""Sessions on the server's side: the browser holds a random name, everything else is here and in a private file."""

import contextlib
import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from groundstop.clock import Clock
from groundstop.intent import Frozen
from pydantic import ValidationError

from groundstop_console.adapters.accounts import write_private
from groundstop_console.domain.people import Person

FILE = "console-sessions.json"
SESSIONS_MAX = 5_000


class Session(Frozen):
    """``key`` is the SHA-256 of the browser's cookie; ``person`` is set for people who have no local account."""

    key: str
    name: str
    csrf: str
    until: datetime
    person: Person | None = None


class _File(Frozen):
    sessions: tuple[Session, ...] = ()


class Sessions:
    """Everybody who is signed in. Kept over a restart, so that nobody has to sign in again because of one."""

    def __init__(self, folder: Path, clock: Clock, hours: float) -> None:
        self._path = folder / FILE
        self._clock = clock
        self._lasts = timedelta(hours=hours)
        self._secret = secrets.token_bytes(32)
        self._sessions: dict[str, Session] = {}
        with contextlib.suppress(FileNotFoundError, ValidationError):
            found = _File.model_validate_json(self._path.read_text(encoding="utf-8"))
            self._sessions = {session.key: session for session in found.sessions}

    def begin(self, name: str, person: Person | None = None) -> str:
        """A new session; returns the cookie's value."""
        cookie = secrets.token_urlsafe(32)
        session = Session(
            key=_key(cookie),
            name=name,
            csrf=secrets.token_urlsafe(24),
            until=self._clock() + self._lasts,
            person=person,
        )
        self._forget_old()
        self._sessions[session.key] = session
        self._keep()
        return cookie

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, None when there is none or it is over."""
        session = self._sessions.get(_key(cookie)) if cookie else None
        return None if session is None or session.until < self._clock() else session

    def end(self, cookie: str) -> None:
        """Sign out."""
        if self._sessions.pop(_key(cookie), None):
            self._keep()

    def end_all_of(self, name: str) -> None:
        """Sign somebody out everywhere."""
        self._sessions = {key: session for key, session in self._sessions.items() if session.name != name}
        self._keep()

    def form_token(self, browser: str) -> str:
        """The token of forms that are used before signing in, bound to the browser's own random cookie."""
        return hmac.new(self._secret, browser.encode(), sha256).hexdigest()

    def _forget_old(self) -> None:
        now = self._clock()
        alive = [session for session in self._sessions.values() if session.until >= now]
        self._sessions = {session.key: session for session in alive[-(SESSIONS_MAX - 1) :]}

    def _keep(self) -> None:
        write_private(self._path, _File(sessions=tuple(self._sessions.values())).model_dump_json())


def _key(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
