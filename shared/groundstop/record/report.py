"""The report: one HTML page with inline SVG, nothing to load, readable on paper and in the dark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from string import Template
from typing import Any

from groundstop.record.charts import bars, lines, reliability
from groundstop.record.measures import Measure

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A measure with its answer."""

    measure: Measure
    rows: Sequence[Row]


RATES = ("_rate", "satisfaction", "at_least", "at_most", "step_success", "clean_expected", "clean_actual")
FLAGS = {"too_low": "too little", "too_high": "too much", "few": "too few to say", "ok": "fine"}
_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Groundstop report</title><style>
:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dde3ea;--back:#fff;--mark:#1f6feb;--good:#1a7f4b;--bad:#c4361f}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#9aa7b6;--line:#2f3945;--back:#12171d;--mark:#6ea8fe;
--good:#5fcf97;--bad:#ff8a73}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:60rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .2rem}p{margin:.2rem 0 .8rem;color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.8rem;margin:1.4rem 0}
.tile{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}.tile b{display:block;font-size:1.6rem}
.tile span{color:var(--soft);font-size:.85rem}.bad{color:var(--bad)}.good{color:var(--good)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
th{color:var(--soft);font-weight:500}th:first-child,td:first-child,.text{text-align:left}
svg{width:100%;height:auto;display:block;margin:.4rem 0}svg text{fill:var(--soft);font:12px system-ui,sans-serif}
@media print{body{margin:0;max-width:none}section{break-inside:avoid}}
</style></head><body>
<h1>What the agents did</h1><p>$since to $until UTC. From the record; every number is a view in database
<code>metrics</code>.</p>
<div class="tiles">$tiles</div>
$sections
</body></html>
""")


def page(sections: Sequence[Section], since: datetime, until: datetime) -> str:
    """The whole page."""
    found = {section.measure.key: section for section in sections}
    return _PAGE.substitute(
        since=f"{since:%Y-%m-%d %H:%M}",
        until=f"{until:%Y-%m-%d %H:%M}",
        tiles="".join(_tiles(found)),
        sections="\n".join(_section(section) for section in sections if section.measure.key != "summary"),
    )


def _tiles(found: Mapping[str, Section]) -> list[str]:
    """The numbers that a reader with half a minute takes away."""
    summary = found["summary"].rows[0] if found["summary"].rows else {}
    escalated = found["escalation"].rows
    cost = found["cost"].rows
    leaks = sum(_number(row["leaks"]) for row in found["halts"].rows)
    thumbs = [(_number(row["up"]), _number(row["down"])) for row in found["satisfaction"].rows]
    up, down = (sum(column) for column in zip(*thumbs, strict=True)) if thumbs else (0.0, 0.0)
    ended, done = _number(summary.get("ended")), _number(summary.get("completed"))
    people = sum(_number(row["to_people"]) for row in escalated)
    classified = sum(_number(row["classified"]) for row in escalated)
    money = sum(_number(row["money"]) for row in cost)
    successful = sum(_number(row["successful"]) for row in cost)
    return [
        _tile(f"{ended:,.0f}", "intents ended"),
        _tile(_share(done, ended), "of them did what was asked"),
        _tile(_share(people, classified), "went to people"),
        _tile(_share(up, up + down), f"of {up + down:,.0f} thumbs are up"),
        _tile(f"{money / successful:,.4f}", "money per successful task")
        if successful and money
        else _tile("-", "money per successful task: no costs are recorded"),
        _tile(f"{leaks:,.0f}", f"leaks in {len(found['halts'].rows)} halts", "bad" if leaks else "good"),
    ]


def _tile(number: str, says: str, mood: str = "") -> str:
    return f'<div class="tile"><b class="{mood}">{number}</b><span>{escape(says)}</span></div>'


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _section(section: Section) -> str:
    measure, rows = section.measure, section.rows
    head = f"<section><h2>{escape(measure.title)}</h2><p>{escape(measure.says)}</p>"
    if not rows:
        return head + "<p>Nothing in this period.</p></section>"
    return f'{head}{_chart(section)}<div class="wide">{_table(rows)}</div></section>'


def _chart(section: Section) -> str:
    rows, key = section.rows, section.measure.key
    if key == "days" and len(rows) > 1:
        return lines([str(row["day"])[5:] for row in rows], [_number(row["ended"]) for row in rows],
                     [_number(row["completed"]) for row in rows])  # fmt: skip
    if key == "reliability":
        return reliability([(_number(row["stated"]), _number(row["happened"]), _number(row["judged"])) for row in rows])
    if key in ("errors", "escalation", "undo", "throttling") and any(_rate(row) for row in rows):
        return bars([(str(row["action_type"] or "not said"), _rate(row)) for row in rows[:12] if _rate(row)])
    return ""


def _rate(row: Row) -> float:
    return next((_number(value) for name, value in row.items() if name.endswith("_rate")), 0.0)


def _table(rows: Sequence[Row]) -> str:
    columns = list(rows[0])
    head = "".join(f"<th{_left(rows[0][name])}>{escape(name.replace('_', ' '))}</th>" for name in columns)
    body = "".join("<tr>" + "".join(_cell(name, row[name]) for name in columns) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _left(value: Any) -> str:
    """Headings of words stand over their words, those of numbers over their numbers."""
    return ' class="text"' if isinstance(value, str) and not value.isdigit() else ""


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "<td>-</td>"
    if name == "flag":
        mood = "bad" if str(value).startswith("too_") else ""
        return f'<td class="text {mood}">{escape(FLAGS.get(str(value), str(value)))}</td>'
    if name == "leaks":
        return f'<td class="{"bad" if _number(value) else "good"}">{value}</td>'
    if name.endswith(RATES):
        return f"<td>{_number(value):.1%}</td>"
    if isinstance(value, int | float):
        return (
            f"<td>{value:,.2f}</td>" if isinstance(value, float) and value != int(value) else f"<td>{value:,.0f}</td>"
        )
    text = str(value)
    return f"<td>{int(text):,}</td>" if text.isdigit() else f'<td class="text">{escape(text[:120])}</td>'


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
