"""What every page may use, in one value: built once in app.py and handed down."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from groundstop.clock import Clock
from groundstop.stack_discovery import ADMIN_LINK
from structlog.typing import FilteringBoundLogger

from groundstop_console.adapters.accounts import Accounts, write_private
from groundstop_console.adapters.bus import Bus
from groundstop_console.adapters.fanout import Fanout
from groundstop_console.adapters.live import Live
from groundstop_console.adapters.oidc import Oidc
from groundstop_console.adapters.record import Record
from groundstop_console.adapters.sessions import Session, Sessions
from groundstop_console.adapters.sign_in_limits import SignInLimits
from groundstop_console.domain.people import ALL_TENANTS, Person, Role
from groundstop_console.settings import ConsoleSettings
from groundstop_console.web.rendering import Renderer

FLASHES_MAX = 1_000
ADMIN_LINK_LASTS = timedelta(days=1)


@dataclass(slots=True)
class Flashes:
    """One sentence per session, said on the next page and then forgotten."""

    _said: OrderedDict[str, tuple[str, str]] = field(default_factory=OrderedDict)

    def say(self, session: Session, tone: str, text: str) -> None:
        """Remember a sentence; ``tone`` is good or bad."""
        self._said[session.key] = (tone, text)
        while len(self._said) > FLASHES_MAX:
            self._said.popitem(last=False)

    def take(self, session: Session) -> tuple[str, str] | None:
        """The sentence, once."""
        return self._said.pop(session.key, None)


@dataclass(frozen=True, slots=True)
class AppState:
    """``secure`` is true when browsers reach the console over https; ``base_url`` is how they reach it."""

    settings: ConsoleSettings
    clock: Clock
    logger: FilteringBoundLogger
    bus: Bus
    live: Live
    record: Record
    accounts: Accounts
    sessions: Sessions
    door: SignInLimits
    fanout: Fanout
    renderer: Renderer
    oidc: Oidc | None
    base_url: str
    secure: bool
    folder: Path
    flashes: Flashes = field(default_factory=Flashes)

    @property
    def hosts(self) -> list[str]:
        """The names under which browsers may reach the console."""
        named = [host.strip() for host in self.settings.console_hosts.split(",") if host.strip()]
        return [urlsplit(self.base_url).hostname or "", *named]

    @property
    def closing(self) -> bool:
        """True when the console goes away and its streams should end."""
        return self.fanout.closing

    @property
    def bus_up(self) -> bool:
        """True while the console has the bus."""
        return self.bus.up

    @property
    def reads(self) -> bool:
        """True when it has the bus and has read what the log held."""
        return self.bus.up and self.live.caught_up

    def person_of(self, session: Session | None) -> Person | None:
        """Who is signed in. A local person is looked up anew each time: a lost role counts from the next click."""
        if session is None:
            return None
        person = session.person or self.accounts.find(session.name)
        return person if person is not None and person.active else None

    def people_to_resume(self) -> int:
        """How many people a halt from here should need to be lifted: two wherever there are two who could."""
        operators = sum(person.may(Role.OPERATOR) for person in self.accounts.all())
        return 2 if self.oidc is not None or operators > 1 else self.settings.resume_people or 1

    def invite_first_admin(self) -> str:
        """While nobody administers the console: a link that makes somebody the administrator, in a private file.

        Returns the link; empty when there is an administrator already, or when the one before is still good.
        """
        if not self.accounts.empty or self.oidc is not None:
            self.forget_admin_link()
            return ""
        if self.accounts.invited(""):
            return ""
        token = self.accounts.invite("", Role.ADMIN, (ALL_TENANTS,), lasts=ADMIN_LINK_LASTS)
        link = f"{self.base_url}/join?token={token}"
        write_private(self.folder / ADMIN_LINK, f"{link}\n")
        return link

    def forget_admin_link(self) -> None:
        """The link was used: take the file away."""
        if not self.accounts.empty:
            (self.folder / ADMIN_LINK).unlink(missing_ok=True)
