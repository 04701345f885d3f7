"""The gain curve: how many of those who left stand among the customers at highest risk."""

from __future__ import annotations

from collections.abc import Sequence

from querencia.learn.figures.churn import GainPoint
from querencia.report.charts.curves import draw_curve, nearest, thin_out
from querencia.report.charts.exhibit import Exhibit, Row, exhibit, tip
from querencia.report.edition import Edition

TOLD = 0.1  # the share of customers that the sentence speaks of


def draw_gains(gains: Sequence[GainPoint], *, edition: Edition) -> Exhibit:
    """Draw the gain curve beside the band of a ranking by chance."""
    name = "gains"
    points: list[Row] = [{"share": 0.0, "value": 0.0, "chance": 0.0, "low": 0.0, "high": 0.0}]
    points += [
        {"share": point.share, "value": point.gain, "chance": point.share, "low": point.low, "high": point.high}
        for point in gains
        if point.share > 0
    ]
    told = nearest(points[1:] or points, TOLD)
    shares = {key: edition.percent(told[key]) for key in ("low", "high")}
    share, gain = edition.percent(told["share"], _digits(told["share"])), edition.percent(told["value"])
    inside = told["low"] <= told["value"] <= told["high"]
    sentence = edition.say(f"charts.{name}.{'says_chance' if inside else 'says'}", share=share, gain=gain, **shares)
    chance = edition.say(f"charts.{name}.chance")
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    chart = draw_curve(
        points,
        category=category,
        measure=measure,
        names=(edition.say(f"charts.{name}.model"), chance),
        labels="format(datum.value, ',~%')",
        domain=(0.0, 1.0),
        marked=told | {"tip": tip(share, gain)},
    )
    table = [
        (
            edition.percent(row["share"], _digits(row["share"])),
            edition.percent(row["value"]),
            edition.say("word.from_to", low=edition.percent(row["low"]), high=edition.percent(row["high"])),
        )
        for row in thin_out(points[1:] or points)
    ]
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure, chance), rows=table)


def _digits(share: float) -> int:
    return 0 if abs(100 * share - round(100 * share)) < 0.05 else 1
