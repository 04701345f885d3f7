"""Charts of uplift: what a ranking keeps, and whether the effects foretold are those seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import altair as alt

from querencia.learn.figures.interval import Interval
from querencia.learn.figures.uplift import QiniPoint, UpliftDecile, UpliftFigures
from querencia.report.charts import palette
from querencia.report.charts.curves import draw_curve, nearest, thin_out
from querencia.report.charts.exhibit import WIDTH, Exhibit, Row, data, exhibit, tip
from querencia.report.edition import UNKNOWN, Edition
from querencia.report.wording import in_hundreds, name_ranking, write_range

_TOLD = 0.2  # the share of customers that the sentence speaks of
_POINTS = "format(100 * datum.value, ',~f')"


def show_uplift(figures: UpliftFigures, *, edition: Edition) -> tuple[Exhibit, ...]:
    """Return the exhibits of uplift, in reading order."""
    made: list[Exhibit] = []
    if figures.curve:
        made.append(draw_qini(figures.curve, ranking=figures.shown, edition=edition))
    if any(entry.observed is not None for entry in figures.deciles):
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
    """Draw for each tenth of the customers the effect foretold, where any is, and the effect seen with its interval."""
    name = "uplift_deciles"
    names = (edition.say(f"charts.{name}.predicted"), edition.say(f"charts.{name}.observed"))
    foretold = any(entry.predicted is not None for entry in deciles)
    rows = [_decile(entry, names=names, edition=edition) for entry in deciles]
    table = [
        (
            edition.number(entry.decile),
            *([row["said"]] if foretold else []),
            row["shown"],
            _range(entry.observed, edition=edition) if entry.observed else UNKNOWN,
            edition.number(entry.customers),
        )
        for entry, row in zip(deciles, rows, strict=True)
    ]
    keys = ["decile", *(["predicted"] if foretold else []), "observed", "interval", "customers"]
    chart = _foretold_and_seen(rows, names=names if foretold else names[1:], edition=edition)
    return exhibit(
        name,
        chart,
        _tell_deciles(deciles, edition=edition),
        edition=edition,
        columns=[edition.say(f"charts.{name}.{key}") for key in keys],
        rows=table,
    )


def _decile(entry: UpliftDecile, *, names: tuple[str, str], edition: Edition) -> Row:
    seen = entry.observed
    said = UNKNOWN if entry.predicted is None else in_hundreds(entry.predicted, edition=edition)
    shown = UNKNOWN if seen is None else in_hundreds(seen.value, edition=edition)
    row: Row = {"decile": entry.decile, "predicted": entry.predicted, "foretold": names[0], "seen": names[1]}
    row |= {"observed": seen.value, "low": seen.low, "high": seen.high} if seen else {"observed": None}
    return row | {"said": said, "shown": shown, "tip": f"{entry.decile}: {said} → {shown}"}


def _range(interval: Interval, *, edition: Edition) -> str:
    return write_range(interval, partial(in_hundreds, edition=edition), edition=edition)


def _foretold_and_seen(rows: list[Row], *, names: Sequence[str], edition: Edition) -> alt.LayerChart:
    base = alt.Chart(data(rows)).encode(
        x=alt.X("decile:O").title(edition.say("charts.uplift_deciles.category")).axis(labelAngle=0, ticks=False)
    )
    both = len(names) > 1
    colour = alt.Scale(domain=list(names), range=[palette.ACCENT, palette.PLAIN] if both else [palette.PLAIN])
    y = alt.Y("observed:Q").title(edition.say("charts.uplift_deciles.measure")).axis(labelExpr=_POINTS, tickCount=5)
    zero = alt.Chart(data([{"at": 0}])).mark_rule(color=palette.FAINT_INK, strokeWidth=1, aria=False)
    known = base.transform_filter("datum.observed != null")
    layers = [
        zero.encode(y=alt.Y("at:Q")),
        known.mark_rule(strokeWidth=1.5, color=palette.PLAIN, opacity=0.6, aria=False).encode(
            y=alt.Y("low:Q"), y2=alt.Y2("high:Q")
        ),
        known.mark_point(filled=True, size=60, opacity=1).encode(
            y=y, color=alt.Color("seen:N").scale(colour).title(None), description=alt.Description("tip:N")
        ),
    ]
    if both:
        shape = base.transform_filter("datum.predicted != null").mark_point(
            filled=True, size=60, opacity=1, shape="diamond", aria=False
        )
        layers.append(shape.encode(y=alt.Y("predicted:Q"), color=alt.Color("foretold:N").scale(colour).title(None)))
    return alt.LayerChart(layer=layers, width=WIDTH, height=280)


def _tell_deciles(deciles: Sequence[UpliftDecile], *, edition: Edition) -> str:
    """Say what was seen in the first tenth and in the last in which it could be, and what was foretold there."""
    known = [(entry, entry.observed) for entry in deciles if entry.observed is not None]
    said: dict[str, str] = {}
    for prefix, (entry, seen) in (("", known[0]), ("last_", known[-1])):
        for key, value in (("observed", seen.value), ("low", seen.low), ("high", seen.high)):
            said[f"{prefix}{key}"] = in_hundreds(value, edition=edition)
        if entry.predicted is not None:
            said[f"{prefix}predicted"] = in_hundreds(entry.predicted, edition=edition)
    key = "says" if {"predicted", "last_predicted"} <= set(said) else "says_seen"
    return edition.say(f"charts.uplift_deciles.{key}", **said)
