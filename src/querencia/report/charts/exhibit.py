"""An exhibit: a chart, the sentence that says what it shows, and its figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from querencia.report.charts import palette
from querencia.report.edition import UNKNOWN, Edition, clean, drawable

Drawing = alt.Chart | alt.LayerChart | alt.VConcatChart
Row = dict[str, Any]

WIDTH = 400  # px, everything included: wide enough for two columns on a desk, and readable when a phone shrinks it


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One figure of the report. `name` is its anchor in the page; `columns` and `rows` are its figures as shown."""

    name: str
    title: str
    chart: Drawing
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def exhibit(
    name: str, chart: Drawing, sentence: str, *, edition: Edition, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> Exhibit:
    """Return the exhibit with its title from the texts, set on the chart too."""
    title = edition.say(f"charts.{name}.title")
    return Exhibit(
        name=name.replace("_", "-"),
        title=title,
        chart=chart.properties(title=title),
        sentence=sentence,
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
    )


def data(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return rows as inline data, so that a chart carries exactly these figures."""
    return {"values": list(rows)}


def distinct(labels: Sequence[object], *, width: int = 24) -> list[str]:
    """Return labels cleaned, on at most two lines of `width` characters (split by a line break), no two alike."""
    seen: dict[str, int] = {}
    made: list[str] = []
    for label in labels:
        text = _two_lines(drawable(clean(label)) or UNKNOWN, width)
        seen[text] = seen.get(text, 0) + 1
        made.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return made


def _two_lines(text: str, width: int) -> str:
    """Break after a space or a sign that joins words, as evenly as both lines allow; cut what two cannot hold."""
    if len(text) <= width:
        return text
    breaks = [place for place in range(1, len(text)) if text[place - 1] in " _-/.,"]
    fitting = [place for place in breaks if place <= width + 1 and len(text) - place <= width]
    place = min(fitting, key=lambda place: abs(place - len(text) / 2), default=0)
    place = place or max((place for place in breaks if place <= width), default=width)
    first, rest = text[:place].rstrip(), text[place:].lstrip()
    return f"{first}\n{rest if len(rest) <= width else rest[: width - 1].rstrip() + '…'}"


def thousands(largest: float, title: str, edition: Edition) -> tuple[str, str]:
    """Return an axis's label expression and its title with the unit that keeps the labels short."""
    divisor, unit = 1, ""
    if largest >= 2_000_000:
        divisor, unit = 1_000_000, edition.say("units.millions")
    elif largest >= 20_000:
        divisor, unit = 1_000, edition.say("units.thousands")
    return f"format(datum.value / {divisor}, ',~f')", f"{title} ({unit})" if unit else title


def share_ticks(largest: float) -> tuple[float, ...]:
    """Return round ticks for an axis of shares: a few, none above 100 %."""
    step = next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if largest / step <= 4), 0.25)
    return tuple(round(index * step, 2) for index in range(int(min(1.0, 1.2 * largest) / step + 1e-9) + 1))


def count_ticks(largest: int) -> tuple[int, ...]:
    """Return round ticks for an axis of counts: a few, none above the largest, whose label could be cut off."""
    power: int = 10 ** (len(str(max(largest, 1))) - 1)
    steps = (step for step in (power // 5, power // 2, power, 2 * power, 5 * power) if step)
    step = next((step for step in steps if largest <= 4 * step), 5 * power)
    return tuple(range(0, largest + 1, step))


def draw_bars(
    rows: Sequence[Row],
    *,
    category: str | None,
    measure: str,
    labels: str | None = None,
    colour: str = palette.PLAIN,
    colours: bool = False,
    domain: tuple[float, float] | None = None,
    ticks: Sequence[float] | None = None,
    intervals: bool = False,
    silent: bool = False,
    bounds: Sequence[float] = (),
) -> alt.LayerChart:
    """Draw horizontal bars, in the order of the rows, each with its figure beside it.

    A row holds `label`, `value`, `shown` (the figure as written), and `colour` when `colours` is set. `labels` is the
    label expression of the measure's axis. With `intervals` a row's `low` and `high` are drawn over its bar;
    `silent` leaves the measure's axis out. At each of `bounds` a dashed line runs behind bars and figures.
    """
    largest = max((abs(row["value"]) for row in rows), default=0.0) or 1.0
    low, high = domain or (0.0, 1.32 * largest)
    two_lines = any("\n" in row["label"] for row in rows)
    axis = alt.Axis(labelExpr=labels or alt.Undefined, values=list(ticks) if ticks else alt.Undefined, tickCount=4)
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("label:N", sort=None)
        .title(category)
        .axis(
            labelExpr="split(datum.label, '\\n')",
            labelOffset=_centred(rows),
            labelLimit=200,
            ticks=False,
            domain=False,
        ),
        x=alt.X("value:Q").title(measure).scale(domain=[low, high], nice=False).axis(None if silent else axis),
    )
    paint = alt.Color("colour:N").scale(None) if colours else alt.value(colour)
    bars = base.mark_bar(height={"band": 0.68}).encode(color=paint, description=alt.Description("tip:N"))
    layers: list[alt.Chart] = [bars]
    if intervals:
        layers.append(
            base.mark_rule(strokeWidth=1.5, color=palette.INK, aria=False).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"))
        )
    right = base.transform_filter("datum.value >= 0").encode(
        text=alt.Text("shown:N"), x=alt.X("high:Q" if intervals else "value:Q")
    )
    if bounds:
        lines = alt.Chart(data([{"at": bound} for bound in bounds])).mark_rule(
            strokeDash=[5, 3], strokeWidth=1.5, color=palette.FAINT_INK, aria=False
        )
        edge = right.mark_text(align="left", dx=4, aria=False, stroke="white", strokeWidth=5, strokeJoin="round")
        layers = [lines.encode(x=alt.X("at:Q")), *layers, edge]
    layers.append(right.mark_text(align="left", dx=4, aria=False))
    if any(row["value"] < 0 for row in rows):
        left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-4, aria=False)
        layers.append(left.encode(text=alt.Text("shown:N")))
    return alt.LayerChart(layer=layers, width=WIDTH, height=alt.Step(36 if two_lines else 28))


def _centred(rows: Sequence[Row]) -> Any:
    """Lift labels of two lines by half a line: Vega centres the first line alone on its bar."""
    if not any("\n" in row["label"] for row in rows):
        return alt.Undefined
    return {"condition": {"test": "indexof(datum.value, '\\n') >= 0", "value": -7}, "value": 0}


def draw_pairs(
    rows: Sequence[Row],
    *,
    series: Sequence[tuple[str, str]],
    category: str | None,
    measure: str,
    labels: str,
    domain: tuple[float, float],
    ticks: Sequence[float] | None = None,
) -> alt.LayerChart:
    """Draw horizontal bars in groups, in the order of the rows: one bar for each of `series` (name, colour).

    A row holds `label` (its group), `series`, `value`, `shown` and `tip`. One series alone needs no legend.
    """
    names = [name for name, _ in series]
    axis = alt.Axis(labelExpr=labels, values=list(ticks) if ticks else alt.Undefined, tickCount=4)
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("label:N", sort=None)
        .title(category)
        .scale(paddingInner=0.25, paddingOuter=0.15)
        .axis(
            labelExpr="split(datum.label, '\\n')", labelOffset=_centred(rows), labelLimit=200, ticks=False, domain=False
        ),
        yOffset=alt.YOffset("series:N", sort=names),
        x=alt.X("value:Q").title(measure).scale(domain=list(domain), nice=False).axis(axis),
    )
    # The theme leaves room between legend and plot for the category's title.
    near = alt.Undefined if category else 6
    legend = alt.Legend(orient="top", symbolType="square", offset=near) if len(series) > 1 else None
    colour = alt.Color("series:N", sort=names).title(None).legend(legend)
    bars = base.mark_bar().encode(
        color=colour.scale(domain=names, range=[shade for _, shade in series]), description=alt.Description("tip:N")
    )
    words = base.mark_text(align="left", dx=4, aria=False).encode(text=alt.Text("shown:N"))
    height = alt.Step(17 if len(series) > 1 else 28)
    return alt.LayerChart(layer=[bars, words], width=WIDTH, height=height)


def tip(label: str, shown: str) -> str:
    """Return what a mark says when a pointer rests on it."""
    return f"{label.replace(chr(10), ' ')}: {shown}"
