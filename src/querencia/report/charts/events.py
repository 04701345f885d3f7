"""Charts of the event log: what customers do, with what, when, and for how long."""

from __future__ import annotations

from datetime import date, timedelta
from math import floor

import altair as alt

from querencia.explore.figures import Bin, DayCount, EventFigures, EventsPerSession, ItemCount, SessionSeconds
from querencia.report.charts import palette
from querencia.report.charts.exhibit import (
    WIDTH,
    Exhibit,
    Row,
    data,
    distinct,
    draw_bars,
    draw_columns,
    exhibit,
    share_ticks,
    thousands,
    tip,
)
from querencia.report.edition import Edition, clean

_MOST_BARS = 62  # days; above it a line is easier to read


def show_events(figures: EventFigures, *, edition: Edition) -> tuple[Exhibit, ...]:
    """Return the exhibits that the event log allows, in reading order."""
    if figures.events == 0:
        return ()
    made = [draw_event_types(figures.types, edition=edition)]
    if figures.top_items:
        made.append(draw_top_items(figures.top_items, events=figures.events, edition=edition))
    made.append(draw_events_by_hour(figures.by_hour, edition=edition))
    made.append(draw_events_by_weekday(figures.by_weekday, edition=edition))
    if figures.by_day:
        made.append(draw_events_by_day(figures.by_day, edition=edition))
    if figures.sessions:
        made.append(draw_session_durations(figures.session_seconds, edition=edition))
        made.append(draw_events_per_session(figures.events_per_session, edition=edition))
    return tuple(made)


def draw_event_types(types: dict[str, int], *, edition: Edition) -> Exhibit:
    """Draw the share of each event type, commonest first."""
    name, total = "event_types", sum(types.values()) or 1
    ordered = sorted(types.items(), key=lambda entry: (-entry[1], entry[0]))
    rows: list[Row] = []
    names = [edition.event_type(kind) for kind, _ in ordered]
    for label, named, (_, count) in zip(distinct(names), names, ordered, strict=True):
        shown = edition.percent(count / total)
        rows.append(
            {
                "label": label,
                "value": count / total,
                "events": count,
                "shown": shown,
                "tip": tip(named, f"{edition.number(count)} ({shown})"),
            }
        )
    columns = [edition.say(f"charts.{name}.{key}") for key in ("category", "count", "measure")]
    chart = draw_bars(
        rows,
        category=None,
        measure=columns[2],
        labels="format(datum.value, ',.0%')",
        domain=(0, 1.3),
        ticks=(0, 0.25, 0.5, 0.75, 1),
    )
    first, last = rows[0], rows[-1]
    sentence = edition.say(
        f"charts.{name}.{'says' if len(rows) > 1 else 'says_one'}",
        total=edition.number(total),
        type=names[0],
        share=first["shown"],
        rare=names[-1],
        rare_share=last["shown"],
    )
    table = [(named, edition.number(row["events"]), row["shown"]) for named, row in zip(names, rows, strict=True)]
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


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
    chart = draw_bars(rows, category=None, measure=titled, labels=labels)
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


def draw_events_by_hour(by_hour: tuple[int, ...], *, edition: Edition) -> Exhibit:
    """Draw the events of each hour of the day."""
    labels = [str(hour) for hour in range(len(by_hour))]
    tips = [edition.say("word.hour", hour=hour) for hour in labels]
    return _by_time("events_by_hour", by_hour, labels, tips, every=3, edition=edition)


def draw_events_by_weekday(by_weekday: tuple[int, ...], *, edition: Edition) -> Exhibit:
    """Draw the events of each weekday, Monday first."""
    labels = [edition.weekday(index, "abbreviated") for index in range(len(by_weekday))]
    tips = [edition.weekday(index) for index in range(len(by_weekday))]
    return _by_time("events_by_weekday", by_weekday, labels, tips, every=1, edition=edition)


def _by_time(
    name: str, counts: tuple[int, ...], labels: list[str], names: list[str], *, every: int, edition: Edition
) -> Exhibit:
    total = sum(counts) or 1
    rows: list[Row] = [
        {"label": label, "value": count, "tip": tip(full, edition.number(count))}
        for label, full, count in zip(labels, names, counts, strict=True)
    ]
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    expression, titled = thousands(max(counts), measure, edition)
    chart = draw_columns(rows, category=category, measure=titled, labels=expression, every=every)
    most = max(range(len(counts)), key=lambda index: counts[index])
    least = min(range(len(counts)), key=lambda index: counts[index])
    spoken = labels if name == "events_by_hour" else names
    sentence = edition.say(
        f"charts.{name}.says",
        most=spoken[most],
        most_share=edition.percent(counts[most] / total),
        least=spoken[least],
        least_share=edition.percent(counts[least] / total),
    )
    table = [
        (full, edition.number(count), edition.percent(count / total)) for full, count in zip(names, counts, strict=True)
    ]
    return exhibit(
        name, chart, sentence, edition=edition, columns=(category, measure, edition.say("word.of_total")), rows=table
    )


def draw_events_by_day(by_day: tuple[DayCount, ...], *, edition: Edition) -> Exhibit:
    """Draw the events of each day; days of the span without any are drawn as zero."""
    name = "events_by_day"
    rows = [
        {"day": day, "value": count, "tip": tip(edition.day(day), edition.number(count))}
        for day, count in _every_day(by_day)
    ]
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    largest = max(entry.events for entry in by_day)
    expression, titled = thousands(largest, measure, edition)
    chart = _over_days(rows, category=category, measure=titled, labels=expression)
    peak = next(entry for entry in by_day if entry.events == largest)
    sentence = edition.say(
        f"charts.{name}.{'says' if len(rows) > 1 else 'says_one'}",
        first=edition.day(str(rows[0]["day"])),
        last=edition.day(str(rows[-1]["day"])),
        mean=edition.number(sum(entry.events for entry in by_day) / len(rows)),
        peak=edition.day(peak.day),
        events=edition.number(largest),
    )
    table = [(edition.day(entry.day), edition.number(entry.events)) for entry in by_day]
    return exhibit(name, chart, sentence, edition=edition, columns=(category, measure), rows=table)


def _every_day(by_day: tuple[DayCount, ...]) -> list[tuple[str, int]]:
    counts = {entry.day: entry.events for entry in by_day}
    first, last = date.fromisoformat(min(counts)), date.fromisoformat(max(counts))
    days = [(first + timedelta(days=offset)).isoformat() for offset in range((last - first).days + 1)]
    return [(day, counts.get(day, 0)) for day in days]


def _over_days(rows: list[Row], *, category: str, measure: str, labels: str) -> alt.Chart:
    # Dates without a time are UTC to Vega; read and written in UTC they stay the days they are on every machine.
    base = alt.Chart(data(rows))
    span = "%b %Y" if len(rows) > _MOST_BARS else "%e %b"
    drawn = (
        base.mark_line(color=palette.PLAIN, strokeWidth=1.5, aria=False)
        if len(rows) > _MOST_BARS
        else base.mark_bar(color=palette.PLAIN).encode(description=alt.Description("tip:N"))
    )
    x = alt.X("day:T") if len(rows) > _MOST_BARS else alt.X("utcyearmonthdate(day):T")
    chart: alt.Chart = drawn.encode(
        x=x.title(category)
        .scale(type="utc", nice=False)
        .axis(format=span, tickCount=4, labelFlush=True, labelOverlap=True, grid=False),
        y=alt.Y("value:Q").title(measure).scale(zero=True).axis(labelExpr=labels, tickCount=5),
    )
    return chart.properties(width=WIDTH, height=230)


def draw_session_durations(seconds: SessionSeconds, *, edition: Edition) -> Exhibit:
    """Draw how many sessions last how long."""
    spans = [_span(entry, edition=edition) for entry in seconds.histogram]
    instant = seconds.p90 < 1
    sentence = edition.say(
        f"charts.session_durations.{'says_instant' if instant else 'says'}",
        median=edition.duration(seconds.median),
        p90=edition.duration(seconds.p90),
        mean=edition.duration(seconds.mean),
    )
    return _histogram("session_durations", seconds.histogram, spans, sentence, edition=edition)


def draw_events_per_session(events: EventsPerSession, *, edition: Edition) -> Exhibit:
    """Draw how many sessions hold how many events."""
    spans = [_count_range(entry, edition=edition) for entry in events.histogram]
    sentence = edition.say(
        "charts.events_per_session.says",
        # Events are whole: at or below 206.2 of them is at or below 206.
        median=edition.number(floor(events.median)),
        p90=edition.number(floor(events.p90)),
        mean=edition.number(events.mean, 1 if events.mean < 100 else 0),
        max=edition.number(events.max),
    )
    return _histogram("events_per_session", events.histogram, spans, sentence, edition=edition)


def _histogram(name: str, bins: tuple[Bin, ...], labels: list[str], sentence: str, *, edition: Edition) -> Exhibit:
    total = sum(entry.sessions for entry in bins) or 1
    rows: list[Row] = []
    for label, entry in zip(distinct(labels), bins, strict=True):
        share = edition.percent(entry.sessions / total)
        shown = tip(label, f"{edition.number(entry.sessions)} ({share})")
        rows.append(
            {"label": label, "value": entry.sessions / total, "sessions": entry.sessions, "shown": share, "tip": shown}
        )
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    largest = max(row["value"] for row in rows)
    chart = draw_bars(
        rows,
        category=category,
        measure=f"{measure} (%)",
        labels="format(datum.value, ',.0%')",
        ticks=share_ticks(largest),
    )
    table = [(row["label"], edition.number(row["sessions"]), row["shown"]) for row in rows]
    return exhibit(
        name, chart, sentence, edition=edition, columns=(category, measure, edition.say("word.of_total")), rows=table
    )


def _span(entry: Bin, *, edition: Edition) -> str:
    low = edition.duration(entry.low)
    if entry.high is None:
        return edition.say("word.more_than", low=low)
    high = edition.duration(entry.high)
    if entry.low == 0:
        return edition.say("word.less_than", high=high)
    return edition.say("word.from_to", low=low, high=high)


def _count_range(entry: Bin, *, edition: Edition) -> str:
    low = edition.number(entry.low)
    if entry.high is None:
        return edition.say("word.more_than", low=low)
    if entry.high - entry.low <= 1:
        return low
    return edition.say("word.range", low=low, high=edition.number(entry.high - 1))
