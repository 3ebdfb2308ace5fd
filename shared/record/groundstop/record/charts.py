"""Three charts as SVG text, each readable without colour: a line beside its total, bars, and a reliability curve."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, PAD = 720, 200, 34


def _svg(height: int, title: str, inside: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">{inside}</svg>'


def _text(x: float, y: float, says: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(says)}</text>'


def lines(labels: Sequence[str], totals: Sequence[float], parts: Sequence[float]) -> str:
    """Two curves over time: all, and the part that went well."""
    most = max([*totals, 1.0])
    step = (WIDTH - 2 * PAD) / max(1, len(labels) - 1)

    def curve(values: Sequence[float], style: str) -> str:
        points = " ".join(
            f"{PAD + step * n:.1f},{HEIGHT - PAD - value / most * (HEIGHT - 2 * PAD):.1f}"
            for n, value in enumerate(values)
        )
        return f'<polyline points="{points}" fill="none" stroke="var(--mark)" stroke-width="2" {style}/>'

    base, top = HEIGHT - PAD, PAD
    grid = f'<path d="M{PAD} {base}H{WIDTH - PAD}M{PAD} {top}H{WIDTH - PAD}" stroke="var(--line)"/>'
    scale = _text(PAD - 6, base + 4, "0", "end") + _text(PAD - 6, top + 4, f"{most:,.0f}", "end")
    shown = max(1, len(labels) // 8)
    axis = "".join(_text(PAD + step * n, HEIGHT - 12, label) for n, label in enumerate(labels) if n % shown == 0)
    legend = _text(
        PAD, 16, "dashed: all; solid: did what was asked; the first and the last day may be incomplete", "start"
    )
    return _svg(
        HEIGHT,
        "Intents by day",
        grid + scale + legend + curve(totals, 'stroke-dasharray="5 4"') + curve(parts, "") + axis,
    )


def bars(values: Sequence[tuple[str, float]]) -> str:
    """Shares by name, longest first as given."""
    height, most = 26 * len(values) + 8, max([value for _, value in values] + [0.01])
    rows = []
    for n, (name, value) in enumerate(values):
        width = value / most * (WIDTH - 300)
        rows.append(
            _text(190, 22 + 26 * n, name[:28], "end")
            + f'<rect x="200" y="{8 + 26 * n}" width="{width:.1f}" height="18" rx="3" fill="var(--mark)"/>'
            + _text(208 + width, 22 + 26 * n, f"{value:.1%}", "start")
        )
    return _svg(height, "Shares", "".join(rows))


def reliability(points: Sequence[tuple[float, float, float]]) -> str:
    """(stated, happened, how many): on the diagonal confidence means what it says; below it, it promises too much."""
    side = 260
    most = max([many for *_, many in points] + [1.0])

    def place(x: float, y: float) -> tuple[float, float]:
        return PAD + x * (side - 2 * PAD), side - PAD - y * (side - 2 * PAD)

    (x0, y0), (x1, y1) = place(0, 0), place(1, 1)
    frame = f'<path d="M{x0} {y0}H{x1}M{x0} {y0}V{y1}" stroke="var(--line)" fill="none"/>'
    diagonal = f'<path d="M{x0} {y0}L{x1} {y1}" stroke="var(--soft)" stroke-dasharray="4 4"/>'
    dots = "".join(
        '<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="var(--mark)" fill-opacity=".75"/>'.format(
            *place(stated, happened), 3 + 9 * (many / most) ** 0.5
        )
        for stated, happened, many in points
    )
    words = (
        _text((x0 + x1) / 2, side - 8, "stated confidence")
        + _text(x0, side - 22, "0")
        + _text(x1, side - 22, "100 %")
        + _text(x0, y1 - 14, "100 % went well", "start")
        + _text(side + 10, 60, "Each dot: calls with about this confidence; its size: how many.", "start")
        + _text(side + 10, 80, "Height: how often they went well.", "start")
        + _text(side + 10, 100, "On the dashed line confidence means what it says; below it, too much.", "start")
    )
    return _svg(side, "Stated confidence and what happened", frame + diagonal + dots + words)
