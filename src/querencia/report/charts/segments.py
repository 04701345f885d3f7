"""Charts of the segments: their sizes, their profiles, and customers by engagement and value."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isnan, log10
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from querencia.learn.figures.segments import SegmentProfile
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

MOST_POINTS = 2_000
_SKEWED = 5.0  # 99th percentile over median, above which a linear axis would press most customers together


def show_segments(
    profiles: Sequence[SegmentProfile], customers: pd.DataFrame | None, *, edition: Edition
) -> tuple[Exhibit, ...]:
    """Return the exhibits of the segments, in reading order."""
    if not profiles:
        return ()
    made = [draw_segment_sizes(profiles, edition=edition)]
    if any(_means(profiles, key) for key in ("engagement", "churn_probability", "cltv")):
        made.append(draw_segment_profiles(profiles, edition=edition))
    if customers is not None and _plotted(customers) is not None:
        made.append(draw_engagement_by_value(customers, profiles, edition=edition))
    return tuple(made)


def draw_engagement_by_value(
    customers: pd.DataFrame, profiles: Sequence[SegmentProfile], *, edition: Edition
) -> Exhibit:
    """Draw customers by engagement and value (churn probability where value is unknown), coloured by segment.

    At most 2,000 are drawn: spread evenly over the customers ordered by segment, engagement and value, so that the
    sample does not depend on the order of the rows.
    """
    name, key = "engagement_by_value", _plotted(customers) or "cltv"
    known = customers.dropna(subset=["engagement", key, "segment"])
    points = sample_customers(known, key=key)
    names = {profile.segment: label for profile, label in zip(profiles, _names(profiles), strict=True)}
    rows: list[Row] = [
        {"engagement": float(engagement), "value": float(value), "segment": names.get(int(segment), str(segment))}
        for engagement, value, segment in zip(points["engagement"], points[key], points["segment"], strict=True)
    ]
    values = known[key].to_numpy(dtype=float)
    skewed = key == "cltv" and np.quantile(values, 0.99) > _SKEWED * np.median(values)
    log: Literal["log", "symlog"] | None = None
    if skewed:
        log = "log" if values.min() > 0 else "symlog"
    chart = _scatter(rows, profiles, key=key, log=log, largest=float(values.max()), edition=edition)
    sentence = f"{_say_extremes(profiles, key=key, edition=edition)} " + edition.say(
        f"charts.{name}.sampled", shown=edition.number(len(rows)), total=edition.number(len(known))
    )
    measure = edition.say(f"charts.{name}.{'value' if key == 'cltv' else 'risk'}", currency=edition.currency)
    columns = (edition.say("segments.segment"), edition.say(f"charts.{name}.engagement"), measure)
    table = [
        (
            label,
            _mean(profile.engagement, "engagement", edition=edition),
            _mean(getattr(profile, key), key, edition=edition),
        )
        for profile, label in zip(profiles, _names(profiles), strict=True)
    ]
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def sample_customers(customers: pd.DataFrame, *, key: str) -> pd.DataFrame:
    """Return at most 2,000 customers, spread evenly over all of them, in a fixed order in which segments are mixed."""
    ordered = customers.sort_values(["segment", "engagement", key], kind="stable")
    count = min(len(ordered), MOST_POINTS)
    places = ((np.arange(count) + 0.5) * len(ordered) / max(count, 1)).astype(int)
    return ordered.iloc[np.random.default_rng(0).permutation(places)]


def _scatter(
    rows: list[Row],
    profiles: Sequence[SegmentProfile],
    *,
    key: str,
    log: Literal["log", "symlog"] | None,
    largest: float,
    edition: Edition,
) -> alt.Chart:
    name = "engagement_by_value"
    title = edition.say(f"charts.{name}.{'value' if key == 'cltv' else 'risk'}", currency=edition.currency)
    labels = "format(datum.value, ',.0%')"
    if key == "cltv" and log:
        labels, title = "format(datum.value, ',~r')", edition.say(f"charts.{name}.log_scale", title=title)
    elif key == "cltv":
        labels, title = thousands(largest, title, edition)
    colour = alt.Scale(domain=_names(profiles), range=[palette.segment_colour(profile.segment) for profile in profiles])
    shape = alt.Scale(domain=_names(profiles), range=[palette.segment_shape(profile.segment) for profile in profiles])
    y_scale = _value_scale([row["value"] for row in rows], log)
    ticks: dict[str, Any] = {"values": _decades([row["value"] for row in rows])} if log else {"tickCount": 5}
    chart: alt.Chart = (
        alt.Chart(data(rows))
        .mark_point(filled=True, size=22, opacity=0.55, aria=False)
        .encode(
            x=alt.X("engagement:Q")
            .title(edition.say(f"charts.{name}.engagement"))
            .scale(domain=[0, 100])
            .axis(tickCount=5),
            y=alt.Y("value:Q").title(title).scale(y_scale).axis(labelExpr=labels, **ticks),
            color=alt.Color("segment:N").scale(colour).title(None),
            shape=alt.Shape("segment:N").scale(shape).title(None).legend(symbolOpacity=1, symbolSize=70, columns=2),
        )
        .properties(width=WIDTH, height=340)
    )
    return chart


def _value_scale(values: Sequence[float], log: Literal["log", "symlog"] | None) -> alt.Scale:
    if log is None:
        return alt.Scale(zero=True)
    if log == "log":
        return alt.Scale(type="log", nice=False)
    # One customer worth 0 must not press all others into a corner: linear about zero, logarithmic beyond.
    return alt.Scale(type="symlog", constant=_least_decade(values), nice=False)


def _least_decade(values: Sequence[float]) -> float:
    """Return the power of ten from which a twentieth of the values above 0 count as small."""
    above = [value for value in values if value > 0]
    return float(10.0 ** floor(log10(np.quantile(above, 0.05)))) if above else 1.0


def _decades(values: Sequence[float]) -> list[float]:
    """Return ticks for a logarithmic axis: 1, 2, 5, 10 and so on, or powers of ten alone over a long range."""
    low, high = min(values), max(values)
    if low <= 0:
        least = _least_decade(values)
        above = _decades([least, max(high, least)])
        below = [-tick for tick in _decades([least, -low])] if -low >= least else []
        return [*reversed(below), 0.0, *above]
    steps = (1, 2, 5) if high / low < 1_000 else (1,)
    powers = range(floor(log10(low)), floor(log10(high)) + 1)
    return [tick for power in powers for step in steps if low <= (tick := step * 10.0**power) <= high]


def _plotted(customers: pd.DataFrame) -> str | None:
    """Return what the scatter's vertical axis shows: value where known, else churn probability, else nothing."""
    for key in ("cltv", "churn_probability"):
        if customers[["engagement", key]].notna().all(axis=1).any():
            return key
    return None


def _say_extremes(profiles: Sequence[SegmentProfile], *, key: str, edition: Edition) -> str:
    names = _names(profiles)
    first, last = profiles[0], profiles[-1]
    one, other = (_mean(getattr(entry, key), key, edition=edition) for entry in (first, last))
    engaged, last_engaged = (_mean(entry.engagement, "engagement", edition=edition) for entry in (first, last))
    common = {"segment": names[0], "last": names[-1], "engagement": engaged, "last_engagement": last_engaged}
    if key == "cltv":
        return edition.say("charts.engagement_by_value.says", **common, value=one, last_value=other)
    return edition.say("charts.engagement_by_value.says_risk", **common, risk=one, last_risk=other)


def draw_segment_sizes(profiles: Sequence[SegmentProfile], *, edition: Edition) -> Exhibit:
    """Draw the share of customers in each segment."""
    name = "segment_sizes"
    rows: list[Row] = []
    for label, profile in zip(_names(profiles), profiles, strict=True):
        share, count = edition.percent(profile.share), edition.number(profile.customers)
        rows.append(
            {
                "label": label,
                "value": profile.share,
                "shown": f"{count} ({share})",
                "tip": tip(label, f"{count} ({share})"),
                "colour": palette.segment_colour(profile.segment),
            }
        )
    measure = edition.say(f"charts.{name}.measure")
    largest = max(profile.share for profile in profiles)
    chart = draw_bars(
        rows,
        category=None,
        measure=measure,
        labels="format(datum.value, ',.0%')",
        colours=True,
        domain=(0, 1.6 * largest),
        ticks=share_ticks(largest),
    )
    most = max(profiles, key=lambda profile: profile.customers)
    least = min(profiles, key=lambda profile: profile.customers)
    named = {profile.segment: label for profile, label in zip(profiles, _names(profiles), strict=True)}
    even = most.customers == least.customers
    sentence = edition.say(
        f"charts.{name}.{'says_one' if len(profiles) == 1 else 'says_even' if even else 'says'}",
        count=edition.number(len(profiles)),
        most=named[most.segment],
        most_count=edition.number(most.customers),
        most_share=edition.percent(most.share),
        least=named[least.segment],
        least_count=edition.number(least.customers),
        least_share=edition.percent(least.share),
    )
    columns = (edition.say(f"charts.{name}.category"), edition.say("segments.customers"), measure)
    table = [
        (row["label"], edition.number(profile.customers), edition.percent(profile.share))
        for row, profile in zip(rows, profiles, strict=True)
    ]
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def draw_segment_profiles(profiles: Sequence[SegmentProfile], *, edition: Edition) -> Exhibit:
    """Draw each segment's means of engagement, churn probability and value, one panel for each that is known."""
    name = "segment_profiles"
    names = _names(profiles)
    panels: list[alt.LayerChart] = []
    said: list[str] = []
    columns = [edition.say("segments.segment")]
    table: list[list[str]] = [[label] for label in names]
    for key in ("engagement", "churn_probability", "cltv"):
        means = _means(profiles, key)
        if not means:
            continue
        title = edition.say(f"charts.{name}.{key}", currency=edition.currency)
        panels.append(_panel(profiles, key=key, title=title, edition=edition))
        columns.append(title)
        for line, profile in zip(table, profiles, strict=True):
            line.append(_mean(getattr(profile, key), key, edition=edition))
        low, high = min(means), max(means)
        said.append(
            edition.say(
                f"charts.{name}.says",
                measure=title,
                low=_mean(low[0], key, edition=edition),
                low_segment=names[low[1]],
                high=_mean(high[0], key, edition=edition),
                high_segment=names[high[1]],
            )
        )
    chart = alt.vconcat(*panels, spacing=18)
    return exhibit(name, chart, " ".join(said), edition=edition, columns=columns, rows=table)


def _panel(profiles: Sequence[SegmentProfile], *, key: str, title: str, edition: Edition) -> alt.LayerChart:
    rows: list[Row] = []
    for label, profile in zip(_names(profiles), profiles, strict=True):
        value: float | None = getattr(profile, key)
        shown = _mean(value, key, edition=edition)
        colour = palette.segment_colour(profile.segment)
        rows.append({"label": label, "value": value or 0.0, "shown": shown, "tip": tip(label, shown), "colour": colour})
    largest = max(row["value"] for row in rows) or 1.0
    # The measure stands above its panel as a title, so the axis itself would only repeat the figures beside the bars.
    bars = draw_bars(rows, category=None, measure=title, colours=True, domain=(0, 1.5 * largest), silent=True)
    return bars.properties(width=WIDTH - 130, title=title)


def _means(profiles: Sequence[SegmentProfile], key: str) -> list[tuple[float, int]]:
    values = [(getattr(profile, key), index) for index, profile in enumerate(profiles)]
    return [(value, index) for value, index in values if value is not None and not isnan(value)]


def _mean(value: float | None, key: str, *, edition: Edition) -> str:
    if value is None or isnan(value):
        return edition.say("word.unknown")
    if key == "churn_probability":
        return edition.percent(value)
    return edition.number(value, 1) if key == "engagement" else edition.money(value)


def _names(profiles: Sequence[SegmentProfile]) -> list[str]:
    return [label.replace("\n", " ") for label in distinct([profile.segment_name for profile in profiles])]
