"""The chart of calibration: whether probabilities come true."""

from __future__ import annotations

from math import fsum

import altair as alt

from querencia.learn.figures.churn import CalibrationBin
from querencia.report.charts import palette
from querencia.report.charts.exhibit import WIDTH, Exhibit, Row, data, exhibit
from querencia.report.charts.intervals import wilson_interval
from querencia.report.edition import Edition

_PERCENT = "format(datum.value, ',~%')"


def draw_calibration(bins: tuple[CalibrationBin, ...], *, edition: Edition) -> Exhibit:
    """Draw predicted against observed churn in each tenth, with Wilson intervals and the line where both agree."""
    name = "calibration"
    rows: list[Row] = []
    for entry in bins:
        low, high = wilson_interval(entry.observed, entry.customers)
        shares = f"{edition.percent(entry.predicted)} → {edition.percent(entry.observed)}"
        said = f"{shares} ({edition.number(entry.customers)})"
        rows.append(
            {"predicted": entry.predicted, "observed": entry.observed, "customers": entry.customers}
            | {"low": low, "high": high, "tip": said}
        )
    last = rows[-1]
    weight = sum(entry.customers for entry in bins) or 1
    gap = fsum(abs(entry.predicted - entry.observed) * entry.customers for entry in bins) / weight
    sentence = edition.say(
        f"charts.{name}.says",
        predicted=edition.percent(last["predicted"]),
        observed=edition.percent(last["observed"]),
        low=edition.percent(last["low"]),
        high=edition.percent(last["high"]),
        gap=edition.number(100 * gap, 1),
    )
    columns = [edition.say(f"charts.{name}.{key}") for key in ("predicted", "observed", "interval", "customers")]
    table = [
        (
            edition.percent(row["predicted"]),
            edition.percent(row["observed"]),
            f"{edition.percent(row['low'])} – {edition.percent(row['high'])}",
            edition.number(row["customers"]),
        )
        for row in rows
    ]
    chart = _against_the_diagonal(rows, edition=edition)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def _against_the_diagonal(rows: list[Row], *, edition: Edition) -> alt.LayerChart:
    most = min(1.0, 1.08 * max(max(row["predicted"], row["high"]) for row in rows)) or 1.0
    base = alt.Chart(data(rows)).encode(
        x=alt.X("predicted:Q")
        .title(edition.say("charts.calibration.predicted"))
        .scale(domain=[0, most], nice=False)
        .axis(labelExpr=_PERCENT, tickCount=5)
    )
    y = (
        alt.Y("observed:Q")
        .title(edition.say("charts.calibration.observed"))
        .scale(domain=[0, most], nice=False)
        .axis(labelExpr=_PERCENT, tickCount=5)
    )
    size = alt.Size("customers:Q").legend(None).scale(domain=[0, max(row["customers"] for row in rows)], range=[0, 90])
    ends: list[Row] = [{"predicted": 0, "observed": 0}, {"predicted": most, "observed": most}]
    diagonal = (
        alt.Chart(data(ends))
        .mark_line(color=palette.FAINT_INK, strokeDash=[5, 4], strokeWidth=1.2, aria=False)
        .encode(x=alt.X("predicted:Q"), y=alt.Y("observed:Q"))
    )
    named: list[Row] = [{"predicted": 0.97 * most, "observed": 0.97 * most}]
    label = (
        alt.Chart(data(named))
        .mark_text(align="right", dx=-14, baseline="middle", color=palette.FAINT_INK, aria=False)
        .encode(x=alt.X("predicted:Q"), y=alt.Y("observed:Q"), text=alt.value(edition.say("charts.calibration.ideal")))
    )
    spans = base.mark_rule(strokeWidth=1.3, color=palette.PLAIN, opacity=0.6, aria=False).encode(
        y=alt.Y("low:Q"), y2=alt.Y2("high:Q")
    )
    points = base.mark_point(filled=True, opacity=1, color=palette.PLAIN).encode(
        y=y, size=size, description=alt.Description("tip:N")
    )
    return alt.LayerChart(layer=[diagonal, label, spans, points], width=WIDTH, height=340)
