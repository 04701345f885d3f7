"""The chart of drift: how much each feature has changed since the model learned."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from querencia.learn.figures.drift import FeatureDrift
from querencia.report.charts import palette
from querencia.report.charts.exhibit import Exhibit, Row, distinct, draw_bars, exhibit, tip
from querencia.report.edition import Edition
from querencia.report.wording import name_feature

MOST_FEATURES = 20
BOUNDS = (0.1, 0.25)  # from the first on a change is moderate, from the second on large: the usual convention
_TICKS = (0, *BOUNDS, 0.5, 1, 2, 5, 10)
_COLOURS = {"stable": palette.PLAIN, "moderate": palette.RISK[1], "large": palette.RISK[2]}


def draw_drift(features: Sequence[FeatureDrift], *, edition: Edition) -> Exhibit:
    """Draw the population stability index of the features that changed most, with the bounds of the convention."""
    name = "feature_drift"
    first = features[:MOST_FEATURES]
    names = [name_feature(entry.feature, edition=edition) for entry in first]
    rows: list[Row] = []
    for label, said, entry in zip(distinct(names), names, first, strict=True):
        shown, psi = edition.number(entry.psi, 2), entry.psi if isfinite(entry.psi) else 0.0
        rows.append({"label": label, "value": psi, "shown": shown, "tip": tip(said, shown)})
        rows[-1]["colour"] = _COLOURS.get(entry.level, palette.PLAIN)
    largest = max(BOUNDS[1], *(row["value"] for row in rows))
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    chart = draw_bars(
        rows,
        category=None,
        measure=measure,
        labels="format(datum.value, ',.2~f')",
        colours=True,
        domain=(0.0, 1.2 * largest),
        ticks=[tick for tick in _TICKS if tick <= 1.2 * largest],
        bounds=BOUNDS,
    )
    levels = [entry.level for entry in features]
    sentence = edition.say(
        f"charts.{name}.says",
        feature=names[0],
        psi=rows[0]["shown"],
        count=edition.number(len(features)),
        large=edition.number(levels.count("large")),
        moderate=edition.number(levels.count("moderate")),
        first=edition.number(BOUNDS[0], 1),
        second=edition.number(BOUNDS[1], 2),
    )
    table = [(said, row["shown"]) for said, row in zip(names, rows, strict=True)]
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure), rows=table)
