"""The report: one HTML page with inline SVG, nothing to load, readable on paper and in the dark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from string import Template

from groundstop.record.cells import Row, number, table
from groundstop.record.charts import bars, lines, reliability
from groundstop.record.highlights import standouts
from groundstop.record.measures import Measure


@dataclass(frozen=True, slots=True)
class Section:
    """A measure with its answer."""

    measure: Measure
    rows: Sequence[Row]


_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Groundstop report</title><style>
:root{--ink:#1c2430;--soft:#5d6b7c;--line:#dde3ea;--back:#fff;--mark:#1f6feb;--good:#1a7f4b;--bad:#c4361f}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#9aa7b6;--line:#2f3945;--back:#12171d;--mark:#6ea8fe;
--good:#5fcf97;--bad:#ff8a73}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:60rem;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .2rem}p{margin:.2rem 0 .8rem;color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:.8rem;margin:1.4rem 0}
.tile{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}.tile b{display:block;font-size:1.6rem}
.tile span{color:var(--soft);font-size:.85rem}.bad{color:var(--bad)}.good{color:var(--good)}
ul{margin:.2rem 0;padding-left:1.2rem}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
th{color:var(--soft);font-weight:500}th:first-child,td:first-child,.text{text-align:left}
svg{width:100%;height:auto;display:block;margin:.4rem 0}svg text{fill:var(--soft);font:12px system-ui,sans-serif}
@media print{body{margin:0;max-width:none}section{break-inside:avoid}}
</style></head><body>
<h1>What the agents did</h1><p>$since to $until UTC. From the record; every number is a view in database
<code>metrics</code>.</p>
<p>An <i>intent</i> is one action that an agent proposed, a <i>task</i> what it was working on, a <i>case</i> a question
that was put to people.</p>
<div class="tiles">$tiles</div>
$standouts
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
        standouts=_standouts(found),
        sections="\n".join(_section(section) for section in sections if section.measure.key != "summary"),
    )


def _standouts(found: Mapping[str, Section]) -> str:
    """What to look at first."""
    told = standouts({key: section.rows for key, section in found.items()})
    items = "".join(f"<li>{escape(each)}</li>" for each in told)
    return "<section><h2>What stands out</h2>" + (
        f"<ul>{items}</ul></section>" if told else "<p>Nothing.</p></section>"
    )


def _tiles(found: Mapping[str, Section]) -> list[str]:
    """The numbers that a reader with half a minute takes away."""
    summary = found["summary"].rows[0] if found["summary"].rows else {}
    escalated = found["escalation"].rows
    cost = found["cost"].rows
    leaks = sum(number(row["leaks"]) for row in found["halts"].rows)
    thumbs = [(number(row["up"]), number(row["down"])) for row in found["satisfaction"].rows]
    up, down = (sum(column) for column in zip(*thumbs, strict=True)) if thumbs else (0.0, 0.0)
    ended, done = number(summary.get("ended")), number(summary.get("completed"))
    people = sum(number(row["to_people"]) for row in escalated)
    classified = sum(number(row["classified"]) for row in escalated)
    money = sum(number(row["money"]) for row in cost)
    successful = sum(number(row["successful"]) for row in cost)
    return [
        _tile(f"{ended:,.0f}", "intents ended"),
        _tile(_share(done, ended), "of them did what was asked"),
        _tile(_share(people, classified), "went to people"),
        _tile(_share(up, up + down), f"of {up + down:,.0f} thumbs are up"),
        _tile(f"{money / successful:,.4f}", "money per successful task")
        if successful and money
        else _tile("-", "money per successful task: no costs are recorded"),
        _tile(
            f"{leaks:,.0f}",
            f"calls began in spite of {len(found['halts'].rows)} halts: it must be none",
            "bad" if leaks else "good",
        ),
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
    return f'{head}{_chart(section)}<div class="wide">{table(rows)}</div></section>'


def _chart(section: Section) -> str:
    rows, key = section.rows, section.measure.key
    if key == "days" and len(rows) > 1:
        return lines([str(row["day"])[5:] for row in rows], [number(row["ended"]) for row in rows],
                     [number(row["completed"]) for row in rows])  # fmt: skip
    if key == "reliability":
        return reliability([(number(row["stated"]), number(row["happened"]), number(row["judged"])) for row in rows])
    if key in ("errors", "escalation", "undo", "throttling") and any(_rate(row) for row in rows):
        return bars([(str(row["action_type"] or "not said"), _rate(row)) for row in rows[:12] if _rate(row)])
    return ""


def _rate(row: Row) -> float:
    return next((number(value) for name, value in row.items() if name.endswith("_rate")), 0.0)
