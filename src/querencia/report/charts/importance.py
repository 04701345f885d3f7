"""What the churn model goes by, feature by feature."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from querencia.learn.figures.churn import Importance
from querencia.report.charts.exhibit import Exhibit, Row, distinct, draw_bars, exhibit, share_ticks, tip
from querencia.report.edition import Edition
from querencia.report.wording import name_feature

MOST_FEATURES = 12


def draw_importance(importance: Sequence[Importance], *, edition: Edition) -> Exhibit:
    """Draw the features that make most of the contributions, largest first; the table sums up the others."""
    name = "importance"
    ordered = sorted(importance, key=lambda entry: (-entry.share, entry.feature))
    first, others = ordered[:MOST_FEATURES], ordered[MOST_FEATURES:]
    names = [name_feature(entry.feature, edition=edition) for entry in first]
    rows: list[Row] = []
    for label, said, entry in zip(distinct(names), names, first, strict=True):
        shown = edition.percent(entry.share)
        rows.append({"label": label, "value": entry.share, "shown": shown, "tip": tip(said, shown)})
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    chart = draw_bars(
        rows,
        category=None,
        measure=measure,
        labels="format(datum.value, ',~%')",
        ticks=share_ticks(first[0].share or 0.01),
    )
    sentence = edition.say(
        f"charts.{name}.says",
        feature=names[0],
        share=rows[0]["shown"],
        count=edition.number(len(first)),
        together=edition.percent(fsum(entry.share for entry in first)),
    )
    table = [(said, row["shown"]) for said, row in zip(names, rows, strict=True)]
    if others:
        said = edition.say(f"charts.{name}.others", count=edition.number(len(others)))
        table.append((said, edition.percent(fsum(entry.share for entry in others))))
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure), rows=table)
