"""Charts of the risk groups: how many customers in each, and how churn probability is spread."""

from __future__ import annotations

from math import fsum
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from querencia.learn.figures.churn import RiskFigures
from querencia.report.charts import palette
from querencia.report.charts.exhibit import (
    WIDTH,
    Exhibit,
    Row,
    data,
    distinct,
    draw_bars,
    exhibit,
    share_ticks,
    thousands,
    tip,
)
from querencia.report.edition import Edition

_BINS = 40
_NICE_WIDTHS = (0.0005, 0.001, 0.002, 0.0025, 0.005, 0.01, 0.02, 0.025)


def show_risk(customers: pd.DataFrame | None, risk: RiskFigures | None, *, edition: Edition) -> tuple[Exhibit, ...]:
    """Return the exhibits of the risk groups; none where churn probabilities are not known."""
    if customers is None or risk is None or not customers["churn_probability"].notna().any():
        return ()
    return (
        draw_risk_groups(customers, edition=edition),
        draw_churn_probability(customers, risk, edition=edition),
    )


def draw_risk_groups(customers: pd.DataFrame, *, edition: Edition) -> Exhibit:
    """Draw the share of customers in each risk group, and tell the share of expected departures in each."""
    name = "risk_groups"
    known = customers.dropna(subset=["churn_probability", "risk_group"])
    groups = known["risk_group"].astype(int)
    expected = {group: expected_departures(known.loc[groups == group, "churn_probability"]) for group in (1, 2, 3)}
    whole = fsum(expected.values()) or 1.0
    rows: list[Row] = []
    for group in (1, 2, 3):
        count = int((groups == group).sum())
        share = count / len(known)
        shown = f"{edition.number(count)} ({edition.percent(share)})"
        label = distinct([edition.risk_group(group)], width=26)[0]
        rows.append(
            {
                "label": label,
                "value": share,
                "shown": shown,
                "customers": count,
                "tip": tip(label, shown),
                "colour": palette.risk_colour(group),
                "expected": expected[group],
            }
        )
    measure = edition.say(f"charts.{name}.measure")
    largest = max(row["value"] for row in rows)
    chart = draw_bars(
        rows,
        category=None,
        measure=measure,
        labels="format(datum.value, ',.0%')",
        colours=True,
        domain=(0, 1.75 * largest),
        ticks=share_ticks(largest),
    )
    sentence = edition.say(
        f"charts.{name}.says",
        count=edition.number(rows[2]["customers"]),
        share=edition.percent(rows[2]["value"]),
        expected=edition.percent(expected[3] / whole),
    )
    columns = (
        edition.say("risk.group"),
        edition.say("segments.customers"),
        edition.say("word.share"),
        edition.say("risk.expected"),
    )
    table = [
        (
            row["label"].replace("\n", " "),
            edition.number(row["customers"]),
            edition.percent(row["value"]),
            f"{edition.number(row['expected'])} ({edition.percent(row['expected'] / whole)})",
        )
        for row in rows
    ]
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def expected_departures(probability: pd.Series) -> float:
    """Return the sum of churn probabilities, exact whatever the order of the customers."""
    return fsum(probability.dropna().astype(float))


def draw_churn_probability(customers: pd.DataFrame, risk: RiskFigures, *, edition: Edition) -> Exhibit:
    """Draw how many customers have which churn probability, coloured by risk group, with both thresholds marked."""
    name = "churn_probability"
    known = customers.dropna(subset=["churn_probability", "risk_group"])
    probability = known["churn_probability"].to_numpy(dtype=float)
    rows = _histogram(probability, known["risk_group"].to_numpy(dtype=int), risk=risk, edition=edition)
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    heights: dict[float, int] = {}
    for row in rows:
        heights[row["low"]] = heights.get(row["low"], 0) + row["customers"]
    labels, titled = thousands(max(heights.values()), measure, edition)
    chart = _spread(rows, risk, category=category, measure=titled, labels=labels, edition=edition)
    first, second = risk.thresholds
    sentence = edition.say(
        f"charts.{name}.says",
        median=edition.percent(float(np.median(probability))),
        second=edition.percent(float(np.mean(probability >= first))),
        third=edition.percent(float(np.mean(probability >= second))),
    )
    table = [(row["span"], edition.number(row["group"]), edition.number(row["customers"])) for row in rows]
    columns = (category, edition.say("risk.group"), measure)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def _histogram(probability: np.ndarray, groups: np.ndarray, *, risk: RiskFigures, edition: Edition) -> list[Row]:
    """Count customers in bins of a round width, apart for each risk group; empty bins are left out.

    `low` and `high` are the bin as drawn, `end` the highest probability it holds: the last bin may reach further.
    """
    # One customer at 97 % must not press all others into a corner: the last bin takes whoever lies beyond the axis.
    reach = max(float(np.quantile(probability, 0.995)), 1.2 * risk.thresholds[1], 0.005)
    width = next((nice for nice in _NICE_WIDTHS if reach / nice <= _BINS), _NICE_WIDTHS[-1])
    count = int(np.ceil(round(min(reach, 1.0) / width, 6)))
    bins = np.minimum((probability / width + 1e-9).astype(int), count - 1)
    open_ended = float(probability.max()) > count * width + 1e-9
    rows: list[Row] = []
    for index in range(count):
        low, high = round(index * width, 6), round((index + 1) * width, 6)
        end = max(high, float(probability.max())) if index == count - 1 else high
        span = _name_bin(low, None if open_ended and index == count - 1 else high, edition=edition)
        for group in (1, 2, 3):
            customers = int(np.sum((bins == index) & (groups == group)))
            if not customers:
                continue
            said = tip(f"{span}, {edition.risk_group(group)}", edition.number(customers))
            rows.append(
                {"low": low, "high": high, "end": end, "span": span, "group": group, "customers": customers}
                | {"colour": palette.risk_colour(group), "tip": said}
            )
    return rows


def _name_bin(low: float, high: float | None, *, edition: Edition) -> str:
    """Return a bin as people write it, each end with the decimals it has: `0 – 2 %`, or `68 % or more`."""
    if high is None:
        return edition.say("word.more_than", low=edition.percent(low, _decimals(low)))
    return f"{edition.number(100 * low, _decimals(low))} – {edition.percent(high, _decimals(high))}"


def _decimals(share: float) -> int:
    return next(digits for digits in (0, 1, 2) if round(100 * share, digits) == round(100 * share, 2))


def _spread(
    rows: list[Row], risk: RiskFigures, *, category: str, measure: str, labels: str, edition: Edition
) -> alt.LayerChart:
    right = max(row["high"] for row in rows)
    right = max(right, 1.1 * risk.thresholds[1])
    heights: dict[float, int] = {}
    for row in rows:
        heights[row["low"]] = heights.get(row["low"], 0) + row["customers"]
    ticks, written = _ticks(rows, right=right)
    bars = (
        alt.Chart(data(rows))
        .mark_bar(binSpacing=0.5)
        .encode(
            x=alt.X("low:Q")
            .bin("binned")
            .title(category)
            .scale(domain=[0, right], nice=False)
            .axis(labelExpr=written, labelOverlap=False, grid=False, values=ticks),
            x2=alt.X2("high:Q"),
            # The names of the thresholds stand in the room above the highest bar.
            y=alt.Y("customers:Q")
            .stack("zero")
            .title(measure)
            .scale(domain=[0, 1.25 * max(heights.values())], nice=False)
            .axis(labelExpr=labels, tickCount=5),
            color=alt.Color("colour:N").scale(None),
            order=alt.Order("group:Q"),
            description=alt.Description("tip:N"),
        )
    )
    rules: list[Row] = [{"at": threshold} for threshold in risk.thresholds]
    layers = [bars, alt.Chart(data(rules)).mark_rule(strokeDash=[5, 3], strokeWidth=1.5, color=palette.INK, aria=False)]
    layers[1] = layers[1].encode(x=alt.X("at:Q"))
    for index, threshold in enumerate(risk.thresholds):
        layers += _name_threshold(
            threshold, group=index + 2, left=threshold > (0.38, 0.6)[index] * right, edition=edition
        )
    return alt.LayerChart(layer=layers, width=WIDTH, height=280)


def _ticks(rows: list[Row], *, right: float) -> tuple[list[float], str]:
    """Return the ticks of the axis and how they are written; one where an open-ended last bin begins says so."""
    plain = "format(datum.value, ',~%')"
    step = next((step for step in (0.005, 0.01, 0.02, 0.05, 0.1) if right / step <= 6), 0.2)
    ticks = [round(index * step, 6) for index in range(int(right / step + 1e-9) + 1)]
    last = rows[-1]
    if last["end"] <= last["high"]:
        return ticks, plain
    written = f"abs(datum.value - {last['low']}) < 1e-9 ? '{last['span']}' : {plain}"
    return [tick for tick in ticks if tick < last["low"] - 0.12 * right] + [last["low"]], written


def _name_threshold(threshold: float, *, group: int, left: bool, edition: Edition) -> list[alt.Chart]:
    """Write beside a threshold what begins there, over a white edge that keeps other marks from crossing it."""
    shown = edition.say("charts.churn_probability.threshold", group=group, value=edition.percent(threshold, 1))
    text = alt.Chart(data([{"at": threshold, "shown": shown}])).encode(
        x=alt.X("at:Q"), y=alt.value(6 + 19 * (group - 2)), text=alt.Text("shown:N")
    )
    edge = text.mark_text(stroke="white", strokeWidth=5, strokeJoin="round", **_beside(left=left))
    return [edge, text.mark_text(**_beside(left=left))]


def _beside(*, left: bool) -> dict[str, Any]:
    return {"align": "right" if left else "left", "dx": -6 if left else 6, "baseline": "top", "aria": False}
