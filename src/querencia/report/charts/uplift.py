"""Charts of uplift: what a ranking keeps, and whether the effects foretold are those seen."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from querencia.learn.figures.uplift import QiniPoint, UpliftDecile, UpliftFigures
from querencia.report.charts import palette
from querencia.report.charts.curves import draw_curve, nearest, thin_out
from querencia.report.charts.exhibit import WIDTH, Exhibit, Row, data, exhibit, tip
from querencia.report.edition import Edition
from querencia.report.wording import in_hundreds, name_ranking

_TOLD = 0.2  # the share of customers that the sentence speaks of
_POINTS = "format(100 * datum.value, ',~f')"


def show_uplift(figures: UpliftFigures, *, edition: Edition) -> tuple[Exhibit, ...]:
    """Return the exhibits of uplift, in reading order."""
    made: list[Exhibit] = []
    if figures.curve:
        made.append(draw_qini(figures.curve, ranking=figures.shown, edition=edition))
    if figures.deciles:
        made.append(draw_uplift_deciles(figures.deciles, edition=edition))
    return tuple(made)


def draw_qini(curve: Sequence[QiniPoint], *, ranking: str, edition: Edition) -> Exhibit:
    """Draw the departures avoided by contacting the customers ranked first, beside contacting as many at random."""
    name = "qini"
    points: list[Row] = [{"share": 0.0, "value": 0.0, "chance": 0.0, "low": 0.0, "high": 0.0}]
    points += [
        {"share": point.share, "value": point.kept, "chance": point.by_chance, "low": point.low, "high": point.high}
        for point in curve
        if point.share > 0
    ]
    told = nearest(points[1:] or points, _TOLD)
    share = edition.percent(told["share"], 0)
    said = {key: in_hundreds(told[place], edition=edition) for key, place in _SAID}
    inside = told["low"] <= told["value"] <= told["high"]
    sentence = edition.say(
        f"charts.{name}.{'says_inside' if inside else 'says'}",
        share=share,
        ranking=name_ranking(ranking, edition=edition),
        **said,
    )
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    line, chance = edition.say(f"charts.{name}.line"), edition.say(f"charts.{name}.chance")
    ends = [row[key] for row in points for key in ("value", "low", "high")]
    room = 0.05 * ((max(ends) - min(ends)) or 0.001)
    chart = draw_curve(
        points,
        category=category,
        measure=measure,
        names=(line, chance),
        labels=_POINTS,
        domain=(min(ends) - room, max(ends) + room),
        marked=told | {"tip": tip(share, said["kept"])},
    )
    table = [
        (
            edition.percent(row["share"], 0),
            in_hundreds(row["value"], edition=edition),
            in_hundreds(row["chance"], edition=edition),
            edition.say(
                "word.from_to",
                low=in_hundreds(row["low"], edition=edition),
                high=in_hundreds(row["high"], edition=edition),
            ),
        )
        for row in thin_out(points[1:] or points)
    ]
    columns = (category, line, edition.say(f"charts.{name}.straight"), chance)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


_SAID = (("kept", "value"), ("chance", "chance"), ("low", "low"), ("high", "high"))


def draw_uplift_deciles(deciles: Sequence[UpliftDecile], *, edition: Edition) -> Exhibit:
    """Draw for each tenth of the customers the effect foretold, and the effect seen with its interval."""
    name = "uplift_deciles"
    predicted, observed = edition.say(f"charts.{name}.predicted"), edition.say(f"charts.{name}.observed")
    rows: list[Row] = [
        {
            "decile": entry.decile,
            "predicted": entry.predicted,
            "observed": entry.observed.value,
            "low": entry.observed.low,
            "high": entry.observed.high,
            "foretold": predicted,
            "seen": observed,
            "tip": _tell_decile(entry, edition=edition),
        }
        for entry in deciles
    ]
    table = [
        (
            edition.number(entry.decile),
            in_hundreds(entry.predicted, edition=edition),
            in_hundreds(entry.observed.value, edition=edition),
            edition.say(
                "word.from_to",
                low=in_hundreds(entry.observed.low, edition=edition),
                high=in_hundreds(entry.observed.high, edition=edition),
            ),
            edition.number(entry.customers),
        )
        for entry in deciles
    ]
    columns = [edition.say(f"charts.{name}.{key}") for key in ("decile", "predicted", "observed", "interval")]
    columns.append(edition.say(f"charts.{name}.customers"))
    chart = _foretold_and_seen(rows, names=(predicted, observed), edition=edition)
    sentence = _tell_deciles(deciles, edition=edition)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def _tell_decile(entry: UpliftDecile, *, edition: Edition) -> str:
    predicted, observed = (in_hundreds(value, edition=edition) for value in (entry.predicted, entry.observed.value))
    return f"{entry.decile}: {predicted} → {observed}"


def _foretold_and_seen(rows: list[Row], *, names: tuple[str, str], edition: Edition) -> alt.LayerChart:
    base = alt.Chart(data(rows)).encode(
        x=alt.X("decile:O").title(edition.say("charts.uplift_deciles.category")).axis(labelAngle=0, ticks=False)
    )
    colour = alt.Scale(domain=list(names), range=[palette.ACCENT, palette.PLAIN])
    y = alt.Y("observed:Q").title(edition.say("charts.uplift_deciles.measure")).axis(labelExpr=_POINTS, tickCount=5)
    zero = alt.Chart(data([{"at": 0}])).mark_rule(color=palette.FAINT_INK, strokeWidth=1, aria=False)
    layers = [
        zero.encode(y=alt.Y("at:Q")),
        base.mark_rule(strokeWidth=1.5, color=palette.PLAIN, opacity=0.6, aria=False).encode(
            y=alt.Y("low:Q"), y2=alt.Y2("high:Q")
        ),
        base.mark_point(filled=True, size=60, opacity=1).encode(
            y=y, color=alt.Color("seen:N").scale(colour).title(None), description=alt.Description("tip:N")
        ),
        base.mark_point(filled=True, size=60, opacity=1, shape="diamond", aria=False).encode(
            y=alt.Y("predicted:Q"), color=alt.Color("foretold:N").scale(colour).title(None)
        ),
    ]
    return alt.LayerChart(layer=layers, width=WIDTH, height=280)


def _tell_deciles(deciles: Sequence[UpliftDecile], *, edition: Edition) -> str:
    first, last = deciles[0], deciles[-1]
    said = {
        "predicted": in_hundreds(first.predicted, edition=edition),
        "observed": in_hundreds(first.observed.value, edition=edition),
    }
    said |= {
        "low": in_hundreds(first.observed.low, edition=edition),
        "high": in_hundreds(first.observed.high, edition=edition),
    }
    if len(deciles) == 1:
        return edition.say("charts.uplift_deciles.says_one", **said)
    return edition.say(
        "charts.uplift_deciles.says",
        **said,
        last_predicted=in_hundreds(last.predicted, edition=edition),
        last_observed=in_hundreds(last.observed.value, edition=edition),
        last_low=in_hundreds(last.observed.low, edition=edition),
        last_high=in_hundreds(last.observed.high, edition=edition),
    )
