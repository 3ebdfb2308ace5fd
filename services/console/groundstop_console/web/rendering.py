"""Templates: autoescaping always on, undefined names are errors, one place that knows what every page shows."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from groundstop.clock import Clock
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from groundstop_console.domain import intent_view, scopes, times
from groundstop_console.domain.people import Role
from groundstop_console.web.filters import FILTERS, visible

STATIC = Path(__file__).resolve().parents[1] / "static"
THEMES = ("auto", "light", "dark")


class Renderer:
    """Renders templates with what every page needs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._templates = Environment(
            loader=PackageLoader("groundstop_console"),
            autoescape=True,
            finalize=visible,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals.update(
            Role=Role, static=static_addresses(), tenths=lambda n: f"{n:.1f}", in_words=scopes.in_words
        )
        self._templates.filters.update(FILTERS)

    def response(self, template: str, status: int, *, ctx: Any, **context: Any) -> Response:
        """A page for a visit."""
        now = self._clock()
        text = self._templates.get_template(template).render(
            ctx=ctx,
            person=ctx.someone,
            csrf=ctx.session.csrf if ctx.session else "",
            theme=theme_of(ctx.request.cookies.get("gs_theme", "")),
            bus_up=ctx.app_state.bus_up,
            set_aside=ctx.view.set_aside() if ctx.someone else 0,
            now=now,
            ago=lambda at: times.ago(at, now),
            left=lambda until: times.left(until, now),
            expires=lambda until: times.expires(until, now),
            what=lambda row: intent_view.what(row, ctx.someone),
            path=ctx.request.url.path,
            **context,
        )
        return HTMLResponse(text, status)


def theme_of(cookie: str) -> str:
    """The theme a browser asked for, auto when it asked for none."""
    return cookie if cookie in THEMES else "auto"


def static_addresses() -> dict[str, str]:
    """Static files by name, each with a mark of its content: browsers may keep them for ever."""
    files = [path for path in STATIC.rglob("*") if path.suffix in (".css", ".js", ".svg")]
    return {path.name: f"/static/{path.relative_to(STATIC)}?{_mark(path)}" for path in files}


def _mark(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:10]
