"""Charts of the event log: what customers do and with what; when and for how long stand beside this file."""

from __future__ import annotations

from typing import Any

import altair as alt

from querencia.explore.figures import EventFigures, ItemCount, ItemPopularity
from querencia.report.charts import palette
from querencia.report.charts.exhibit import (
    WIDTH,
    Exhibit,
    Row,
    count_ticks,
    data,
    distinct,
    draw_bars,
    draw_pairs,
    exhibit,
    thousands,
    tip,
)
from querencia.report.charts.moments import draw_events_by_day, draw_events_by_weekday_hour
from querencia.report.charts.sessions import (
    draw_events_per_session,
    draw_funnel,
    draw_minimum_lengths,
    draw_session_durations,
)
from querencia.report.edition import Edition, clean

_SHARES: dict[str, Any] = {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]}


def show_events(figures: EventFigures, *, edition: Edition) -> tuple[Exhibit, ...]:
    """Return the exhibits that the event log allows, in reading order."""
    if figures.events == 0:
        return ()
    made = [draw_event_types(figures.types, figures.types_read, edition=edition)]
    if figures.funnel:
        made.append(draw_funnel(figures.funnel, edition=edition))
    if figures.top_items:
        made.append(draw_top_items(figures.top_items, events=figures.events, edition=edition))
    if figures.items > 1:
        made.append(draw_item_popularity(figures.item_popularity, edition=edition))
    made.append(draw_events_by_weekday_hour(figures.by_weekday_hour, edition=edition))
    if figures.by_day:
        made.append(draw_events_by_day(figures.by_day, edition=edition))
    if figures.sessions:
        made.append(draw_session_durations(figures.session_seconds, edition=edition))
        made.append(draw_events_per_session(figures.events_per_session, edition=edition))
        made.append(draw_minimum_lengths(figures.sessions_by_minimum_length, edition=edition))
    return tuple(made)


def draw_event_types(types: dict[str, int], read: dict[str, int], *, edition: Edition) -> Exhibit:
    """Draw the events of each type, commonest first; beside them those `read`, where duplicates were taken out."""
    name = "event_types"
    ordered = sorted(types.items(), key=lambda entry: (-entry[1], entry[0]))
    names = [edition.event_type(kind) for kind, _ in ordered]
    say = {key: edition.say(f"charts.{name}.{key}") for key in ("category", "measure", "read", "kept")}
    series = [(say["kept"], palette.PLAIN, types)]
    if read != types:
        series.insert(0, (say["read"], palette.QUIET, read))
    rows: list[Row] = []
    for label, named, (kind, _) in zip(distinct(names), names, ordered, strict=True):
        for counted, _, counts in series:
            shown = f"{edition.number(counts[kind])} ({edition.percent(counts[kind] / _total(counts))})"
            said = tip(f"{named}, {counted}" if len(series) > 1 else named, shown)
            rows.append({"label": label, "series": counted, "value": counts[kind], "shown": shown, "tip": said})
    largest = max(row["value"] for row in rows)
    labels, titled = thousands(largest, say["measure"], edition)
    chart = draw_pairs(
        rows,
        series=[(counted, colour) for counted, colour, _ in series],
        category=None,
        measure=titled,
        labels=labels,
        domain=(0, 1.9 * largest),
        ticks=count_ticks(largest),
    )
    table = [
        (named, edition.number(read[kind]), edition.number(count), edition.percent(count / _total(types)))
        for named, (kind, count) in zip(names, ordered, strict=True)
    ]
    columns = (say["category"], say["read"], say["kept"], edition.say("word.of_total"))
    sentence = _tell_types(types, read, names, edition=edition)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def _tell_types(types: dict[str, int], read: dict[str, int], names: list[str], *, edition: Edition) -> str:
    total = _total(types)
    said = edition.say(
        f"charts.event_types.{'says' if len(types) > 1 else 'says_one'}",
        total=edition.number(total),
        type=names[0],
        share=edition.percent(max(types.values()) / total),
        rare=names[-1],
        rare_share=edition.percent(min(types.values()) / total),
    )
    removed = _total(read) - total
    if removed <= 0:
        return said
    share = edition.percent(removed / _total(read))
    return f"{said} {edition.say('charts.event_types.says_removed', removed=edition.number(removed), share=share)}"


def _total(counts: dict[str, int]) -> int:
    return sum(counts.values()) or 1


def draw_top_items(items: tuple[ItemCount, ...], *, events: int, edition: Edition) -> Exhibit:
    """Draw the items with most events; `events` counts those of all items."""
    name = "top_items"
    rows: list[Row] = []
    for label, item in zip(distinct([item.name or item.item for item in items]), items, strict=True):
        shown = edition.number(item.events)
        said = tip(clean(item.name or item.item), shown)
        rows.append({"label": label, "value": item.events, "shown": shown, "tip": said})
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    labels, titled = thousands(items[0].events, measure, edition)
    chart = draw_bars(rows, category=None, measure=titled, labels=labels, ticks=count_ticks(items[0].events))
    sentence = edition.say(
        f"charts.{name}.says",
        item=clean(items[0].name or items[0].item),
        events=rows[0]["shown"],
        share=edition.percent(items[0].events / events),
        count=edition.number(len(items)),
        together=edition.percent(sum(item.events for item in items) / events),
    )
    table = [(clean(item.name or item.item), edition.number(item.events)) for item in items]
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure), rows=table)


def draw_item_popularity(popularity: ItemPopularity, *, edition: Edition) -> Exhibit:
    """Draw the share of all events that the most popular items have, beside what they would have if all were alike."""
    name = "item_popularity"
    points: list[Row] = [{"items": 0.0, "events": 0.0}]
    table = []
    for entry in popularity.shares:
        items = edition.percent(entry.items, 1 if entry.items < 0.01 else 0)
        events = edition.percent(entry.events)
        points.append({"items": entry.items, "events": entry.events, "tip": tip(items, events)})
        table.append((items, events))
    columns = [edition.say(f"charts.{name}.{key}") for key in ("category", "measure")]
    x = alt.X("items:Q").title(columns[0]).scale(domain=[0, 1]).axis(**_SHARES)
    y = alt.Y("events:Q").title(columns[1]).scale(domain=[0, 1]).axis(**_SHARES)
    curve = alt.Chart(data(points)).encode(x=x, y=y)
    even = alt.Chart(data([{"items": 0, "events": 0}, {"items": 1, "events": 1}])).encode(x=x, y=y)
    layers = [
        even.mark_line(color=palette.QUIET, strokeDash=[5, 4], strokeWidth=1.5, aria=False),
        curve.mark_line(color=palette.PLAIN, strokeWidth=2, aria=False),
        curve.transform_filter("datum.items > 0")
        .mark_point(color=palette.PLAIN, filled=True, size=45, opacity=1)
        .encode(description=alt.Description("tip:N")),
    ]
    sentence = edition.say(
        f"charts.{name}.says",
        part=edition.percent(0.01, 0),
        count=edition.number(popularity.top_1_percent_items),
        share=edition.percent(popularity.top_1_percent_share),
        gini=edition.number(popularity.gini, 2),
    )
    chart = alt.LayerChart(layer=layers, width=WIDTH, height=260)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)
