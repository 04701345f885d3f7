"""The chart of principal components: how much of the features' variance each of them holds."""

from __future__ import annotations

from math import fsum

import altair as alt

from querencia.learn.figures.features import PcaFigures
from querencia.report.charts import palette
from querencia.report.charts.exhibit import WIDTH, Exhibit, Row, data, exhibit
from querencia.report.edition import Edition

_PERCENT = "format(datum.value, ',~%')"


def draw_explained_variance(pca: PcaFigures, *, edition: Edition) -> Exhibit:
    """Draw the share of variance of each component, and the shares added up."""
    name = "explained_variance"
    own, cumulative = edition.say(f"charts.{name}.own"), edition.say(f"charts.{name}.cumulative")
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    rows: list[Row] = []
    for index, share in enumerate(pca.explained_variance):
        together = fsum(pca.explained_variance[: index + 1])
        said = f"{category} {index + 1}: {edition.percent(share)} ({cumulative}: {edition.percent(together)})"
        named = {"own": own, "added": cumulative, "tip": said}
        rows.append({"component": index + 1, "value": share, "together": together} | named)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("component:O")
        .title(category)
        .axis(labelAngle=0, labelOverlap=True, ticks=False, values=[1, *range(5, len(rows) + 1, 5)])
    )
    colour = alt.Scale(domain=[own, cumulative], range=[palette.PLAIN, palette.ACCENT])
    y = alt.Y("value:Q").title(measure).axis(labelExpr=_PERCENT, tickCount=5)
    bars = base.mark_bar().encode(
        y=y.scale(domain=[0, 1]),
        color=alt.Color("own:N").scale(colour).title(None),
        description=alt.Description("tip:N"),
    )
    line = base.mark_line(strokeWidth=2, aria=False, point={"filled": True, "size": 14, "aria": False}).encode(
        y=alt.Y("together:Q"), color=alt.Color("added:N").scale(colour).title(None)
    )
    chart = alt.LayerChart(layer=[bars, line], width=WIDTH, height=260)
    sentence = edition.say(
        f"charts.{name}.says",
        first=edition.percent(rows[0]["value"]),
        count=edition.number(len(rows)),
        total=edition.percent(rows[-1]["together"]),
    )
    table = [
        (edition.number(row["component"]), edition.percent(row["value"], 2), edition.percent(row["together"], 1))
        for row in rows
    ]
    columns = (category, f"{measure} {own}", f"{measure} {cumulative}")
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)
