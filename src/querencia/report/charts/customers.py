"""Charts of the customer table: who left, who was contacted, and what goes with leaving."""

from __future__ import annotations

from math import isnan

import altair as alt

from querencia.explore.figures import ChurnByContact, Correlation, CorrelationMatrix, CustomerFigures
from querencia.language.locales import exact
from querencia.report.charts import palette
from querencia.report.charts.exhibit import WIDTH, Exhibit, Row, data, distinct, draw_bars, exhibit, tip
from querencia.report.charts.intervals import difference_interval, wilson_interval
from querencia.report.edition import Edition, clean

_PERCENT = "format(datum.value, ',.0%')"
_WEAK = 0.2


def show_customers(figures: CustomerFigures, *, edition: Edition) -> tuple[Exhibit, ...]:
    """Return the exhibits that the customer table allows, in reading order."""
    made: list[Exhibit] = []
    if figures.churn_rate is not None:
        made.append(draw_churn_shares(figures.churn_rate, edition=edition))
    if figures.contact_rate is not None:
        made.append(draw_contact_shares(figures.contact_rate, edition=edition))
    contact = figures.churn_by_contact
    if contact is not None and contact.contacted is not None and contact.not_contacted is not None:
        made.append(draw_churn_by_contact(contact, rows=figures.rows, rate=figures.contact_rate, edition=edition))
    if figures.correlations:
        made.append(draw_correlations(figures.correlations, edition=edition))
    if figures.correlation_matrix is not None and len(figures.correlation_matrix.features) > 1:
        made.append(draw_correlation_matrix(figures.correlation_matrix, edition=edition))
    return tuple(made)


def draw_churn_shares(rate: float, *, edition: Edition) -> Exhibit:
    """Draw the shares of customers who left and who stayed."""
    name = "churn_shares"
    labels = (edition.say(f"charts.{name}.left"), edition.say(f"charts.{name}.stayed"))
    if rate == 0:
        sentence = edition.say(f"charts.{name}.says_none")
    elif rate < 0.4:
        sentence = edition.say(
            f"charts.{name}.says", rate=edition.percent(rate), one_in=edition.number(round(1 / rate))
        )
    else:
        sentence = edition.say(
            f"charts.{name}.says_most", rate=edition.percent(rate), stayed=_rest(rate, edition=edition)
        )
    return _two_shares(name, rate, labels, (palette.ACCENT, palette.QUIET), sentence, edition=edition)


def draw_contact_shares(rate: float, *, edition: Edition) -> Exhibit:
    """Draw the shares of customers who were contacted and who were not."""
    name = "contact_shares"
    labels = (edition.say(f"charts.{name}.contacted"), edition.say(f"charts.{name}.not_contacted"))
    sentence = edition.say(f"charts.{name}.says", rate=edition.percent(rate), rest=_rest(rate, edition=edition))
    return _two_shares(name, rate, labels, (palette.PLAIN, palette.QUIET), sentence, edition=edition)


def _two_shares(
    name: str, rate: float, labels: tuple[str, str], colours: tuple[str, str], sentence: str, *, edition: Edition
) -> Exhibit:
    shares = ((rate, edition.percent(rate)), (1 - rate, _rest(rate, edition=edition)))
    rows: list[Row] = []
    for label, (share, shown), colour in zip(labels, shares, colours, strict=True):
        rows.append({"label": label, "value": share, "shown": shown, "tip": tip(label, shown), "colour": colour})
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    chart = draw_bars(
        rows, category=None, measure=measure, labels=_PERCENT, colours=True, domain=(0, 1.3), ticks=(0, 0.5, 1)
    )
    table = [(row["label"], row["shown"]) for row in rows]
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure), rows=table)


def _rest(rate: float, *, edition: Edition) -> str:
    """Return what is left of the whole beside `rate` as it is shown, so that both figures add up to 100 %."""
    left = float(1 - round(exact(rate), 3))
    return edition.percent(left if 0 < left < 1 else 1 - rate)


def draw_churn_by_contact(contact: ChurnByContact, *, rows: int, rate: float | None, edition: Edition) -> Exhibit:
    """Draw the share that left among those contacted and those not, with 95 % intervals where counts are known.

    `rows` counts all customers and `rate` is the share that was contacted: together they give each group's size.
    """
    one, other = contact.contacted or 0.0, contact.not_contacted or 0.0
    sizes = None if rate is None or not 0 < rate < 1 else (rows * rate, rows * (1 - rate))
    name = "churn_by_contact"
    drawn: list[Row] = []
    largest = max(one, other, 0.001)
    for index, (key, share) in enumerate((("contacted", one), ("not_contacted", other))):
        label, shown = edition.say(f"charts.contact_shares.{key}"), edition.percent(share, 2)
        row: Row = {"label": label, "value": share, "shown": shown, "tip": tip(label, shown)}
        if sizes:
            row["low"], row["high"] = wilson_interval(share, sizes[index])
            largest = max(largest, row["high"])
        drawn.append(row | {"colour": (palette.PLAIN, palette.QUIET)[index]})
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    chart = draw_bars(
        drawn,
        category=None,
        measure=measure,
        labels="format(datum.value, ',.1~%')",
        colours=True,
        domain=(0, 1.3 * largest),
        intervals=sizes is not None,
    )
    sentence = _say_contact(one, other, sizes, edition=edition)
    table = [(row["label"], row["shown"]) for row in drawn]
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure), rows=table)


def _say_contact(one: float, other: float, sizes: tuple[float, float] | None, *, edition: Edition) -> str:
    shares = {"contacted": edition.percent(one, 2), "not_contacted": edition.percent(other, 2)}
    if sizes is None:
        return edition.say("charts.churn_by_contact.says_bare", **shares)
    low, high = difference_interval(one, sizes[0], other, sizes[1])
    key = "says_same" if low <= 0 <= high else "says_differs"
    return edition.say(
        f"charts.churn_by_contact.{key}",
        **shares,
        difference=edition.points(one - other, 2),
        low=edition.points(low, 2),
        high=edition.points(high, 2),
    )


def draw_correlations(correlations: tuple[Correlation, ...], *, edition: Edition) -> Exhibit:
    """Draw the signed correlations with the outcome, in the order given."""
    name = "correlations"
    labels = distinct([entry.feature for entry in correlations])
    rows: list[Row] = []
    for label, entry in zip(labels, correlations, strict=True):
        shown = edition.number(entry.correlation, 3)
        colour = palette.ACCENT if entry.correlation > 0 else palette.PLAIN
        rows.append(
            {"label": label, "value": entry.correlation, "shown": shown, "colour": colour}
            | {"tip": tip(clean(entry.feature), shown)}
        )
    largest = max(abs(row["value"]) for row in rows) or 0.01
    # The figure of a negative bar stands between it and the names: room for both.
    low = -1.7 * largest if any(row["value"] < 0 for row in rows) else 0.0
    high = 1.45 * largest if any(row["value"] > 0 for row in rows) else 0.0
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    chart = draw_bars(
        rows, category=None, measure=measure, labels="format(datum.value, ',.2~f')", colours=True, domain=(low, high)
    )
    sentence = edition.say(
        f"charts.{name}.{'says_weak' if largest < _WEAK else 'says'}",
        feature=clean(correlations[0].feature),
        correlation=rows[0]["shown"],
        positive=edition.number(sum(row["value"] > 0 for row in rows)),
        negative=edition.number(sum(row["value"] < 0 for row in rows)),
    )
    table = [(clean(entry.feature), row["shown"]) for entry, row in zip(correlations, rows, strict=True)]
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure), rows=table)


def draw_correlation_matrix(matrix: CorrelationMatrix, *, edition: Edition) -> Exhibit:
    """Draw the correlations among features as a heat map, each cell with its figure."""
    name = "correlation_matrix"
    labels = [label.replace("\n", " ") for label in distinct(matrix.features, width=40)]
    cells: list[Row] = []
    for first, values in zip(labels, matrix.values, strict=True):
        for second, value in zip(labels, values, strict=True):
            cells.append(
                {
                    "first": first,
                    "second": second,
                    "value": value,
                    "tip": tip(f"{first}, {second}", edition.number(value, 2)),
                }
            )
    measure = edition.say(f"charts.{name}.measure")
    chart = _heat_map(cells, labels, measure=measure)
    columns = [edition.say(f"charts.{name}.{key}") for key in ("first", "second", "measure")]
    pairs = [(matrix.values[i][j], labels[i], labels[j]) for i in range(len(labels)) for j in range(i + 1, len(labels))]
    value, first, second = max(pairs, key=lambda pair: 0.0 if isnan(pair[0]) else abs(pair[0]))
    strong = sum(abs(pair[0]) > 0.8 for pair in pairs)
    sentence = edition.say(
        f"charts.{name}.{'says' if strong else 'says_none'}",
        first=first,
        second=second,
        correlation=edition.number(value, 2),
        strong=edition.number(strong),
        pairs=edition.number(len(pairs)),
    )
    table = [(first, second, edition.number(value, 2)) for value, first, second in pairs]
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def _heat_map(cells: list[Row], labels: list[str], *, measure: str) -> alt.LayerChart:
    base = alt.Chart(data(cells)).encode(
        x=alt.X("second:N", sort=labels).title(None).axis(labelLimit=110, ticks=False, domain=False, labelAngle=-60),
        y=alt.Y("first:N", sort=labels).title(None).axis(labelLimit=140, ticks=False, domain=False),
    )
    colour = (
        alt.Color("value:Q")
        .title(measure)
        .scale(domain=[-1, -0.5, 0, 0.5, 1], range=list(palette.DIVERGING), interpolate="lab")
        .legend(orient="bottom", direction="horizontal", gradientLength=250, gradientThickness=10)
    )
    tiles = base.mark_rect(stroke="white").encode(color=colour, description=alt.Description("tip:N"))
    return alt.LayerChart(layer=[tiles], width=WIDTH, height=360)
