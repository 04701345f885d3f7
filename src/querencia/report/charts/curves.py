"""A curve over the share of customers taken first, beside what chance would give, with chance's band."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from querencia.report.charts import palette
from querencia.report.charts.exhibit import WIDTH, Row, data

_MOST_ROWS = 20


def draw_curve(
    points: Sequence[Row],
    *,
    category: str,
    measure: str,
    names: tuple[str, str],
    labels: str,
    domain: tuple[float, float],
    marked: Row,
) -> alt.LayerChart:
    """Draw the curve of `points` and chance's band and line under it, with a point at the row `marked`.

    A row holds `share` (0-1), `value`, `chance`, `low`, `high`, and `tip` where it is marked. `names` are what the
    legend calls the curve and chance; `labels` is the label expression of the measure's axis, from `domain`.
    """
    curve, chance = names
    rows: list[Row] = [row | {"curve": curve, "by_chance": chance} for row in points]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("share:Q")
        .title(category)
        .scale(domain=[0, 1], nice=False)
        .axis(labelExpr="format(datum.value, ',~%')", tickCount=5)
    )
    colours = alt.Scale(domain=[curve, chance], range=[palette.PLAIN, palette.QUIET])
    y = alt.Y("value:Q").title(measure).scale(domain=list(domain), nice=False).axis(labelExpr=labels, tickCount=5)
    layers = [
        base.mark_area(color=palette.QUIET, opacity=0.35, aria=False).encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q")),
        base.mark_line(strokeDash=[5, 4], strokeWidth=1.5, aria=False).encode(
            y=alt.Y("chance:Q"), color=alt.Color("by_chance:N").scale(colours).title(None)
        ),
        base.mark_line(strokeWidth=2.2, aria=False).encode(
            y=y, color=alt.Color("curve:N").scale(colours).title(None).legend(symbolType="stroke", symbolStrokeWidth=3)
        ),
        alt.Chart(data([marked]))
        .mark_point(filled=True, size=60, opacity=1, color=palette.PLAIN)
        .encode(x=alt.X("share:Q"), y=alt.Y("value:Q"), description=alt.Description("tip:N")),
    ]
    return alt.LayerChart(layer=layers, width=WIDTH, height=280)


def nearest(points: Sequence[Row], share: float) -> Row:
    """Return the point whose share is nearest to `share`; the first of two that are as near."""
    return min(points, key=lambda point: abs(point["share"] - share))


def thin_out(points: Sequence[Row]) -> list[Row]:
    """Return at most some twenty points, evenly spread and with the last: what a table of a curve needs."""
    step = -(-len(points) // _MOST_ROWS)
    return [*points[step - 1 : -1 : step], points[-1]] if len(points) > _MOST_ROWS else list(points)
