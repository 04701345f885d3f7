"""Charts of sessions: how long they last, how many events they hold, and how far they go."""

from __future__ import annotations

from math import floor

from querencia.explore.figures import Bin, EventsPerSession, FunnelStep, MinimumLength, SessionSeconds
from querencia.report.charts import palette
from querencia.report.charts.exhibit import (
    Exhibit,
    Row,
    distinct,
    draw_bars,
    draw_pairs,
    exhibit,
    share_ticks,
    tip,
)
from querencia.report.edition import Edition

_TOLD_LENGTH = 3  # the seed's own cut: sessions of one or two events say little


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


def draw_minimum_lengths(lengths: tuple[MinimumLength, ...], *, edition: Edition) -> Exhibit:
    """Draw the share of sessions with at least so many events, and the share of the events that are in them."""
    name = "sessions_by_minimum_length"
    sessions, events = lengths[0].sessions or 1, lengths[0].events or 1
    say = {key: edition.say(f"charts.{name}.{key}") for key in ("category", "measure", "sessions", "events")}
    rows: list[Row] = []
    table = []
    reached = [entry for entry in lengths if entry.sessions] or lengths[:1]
    for entry in reached:
        label = edition.number(entry.length)
        shares = edition.percent(entry.sessions / sessions), edition.percent(entry.events / events)
        if entry.length > 1 or len(reached) == 1:  # every session has an event
            for key, value, shown in (
                ("sessions", entry.sessions / sessions, shares[0]),
                ("events", entry.events / events, shares[1]),
            ):
                said = tip(f"{label}, {say[key]}", shown)
                rows.append({"label": label, "series": say[key], "value": value, "shown": shown, "tip": said})
        counts = edition.number(entry.sessions), edition.number(entry.events)
        table.append((label, counts[0], shares[0], counts[1], shares[1]))
    chart = draw_pairs(
        rows,
        series=((say["sessions"], palette.PLAIN), (say["events"], palette.QUIET)),
        category=say["category"],
        measure=say["measure"],
        labels="format(datum.value, ',.0%')",
        domain=(0, 1.2),
        ticks=(0, 0.25, 0.5, 0.75, 1),
    )
    told = next(entry for entry in lengths if entry.length == _TOLD_LENGTH)
    sentence = edition.say(
        f"charts.{name}.says",
        length=edition.number(told.length),
        share=edition.percent(told.sessions / sessions),
        events=edition.number(told.events),
        events_share=edition.percent(told.events / events),
    )
    of_total = edition.say("word.of_total")
    columns = (say["category"], say["sessions"], of_total, say["events"], of_total)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def draw_funnel(funnel: tuple[FunnelStep, ...], *, edition: Edition) -> Exhibit:
    """Draw the share of sessions that reach each step, and how many of those before go on to it."""
    name = "funnel"
    names = distinct([edition.event_type(step.type) for step in funnel])
    rows: list[Row] = []
    table = []
    for label, step in zip(names, funnel, strict=True):
        count, share = edition.number(step.sessions), edition.percent(step.share)
        rate = edition.say("word.unknown") if step.rate is None else edition.percent(step.rate)
        under = "" if step.rate is None else "\n" + edition.say(f"charts.{name}.step", rate=rate)
        rows.append(
            {
                "label": label.replace("\n", " ") + under,
                "value": step.share,
                "shown": f"{count} ({share})",
                "tip": tip(label, f"{count} ({share})"),
            }
        )
        table.append((label.replace("\n", " "), count, share, "—" if step.rate is None else rate))
    columns = [edition.say(f"charts.{name}.{key}") for key in ("category", "count", "measure", "rate")]
    largest = max(step.share for step in funnel)
    chart = draw_bars(
        rows,
        category=None,
        measure=columns[2],
        labels="format(datum.value, ',.0%')",
        domain=(0, 2.2 * (largest or 1)),
        ticks=share_ticks(largest),
    )
    sentence = _tell_funnel(funnel, [row.replace("\n", " ") for row in names], edition=edition)
    return exhibit(name, chart, sentence, edition=edition, columns=columns, rows=table)


def _tell_funnel(funnel: tuple[FunnelStep, ...], names: list[str], *, edition: Edition) -> str:
    first, last = funnel[0], funnel[-1]
    if not first.sessions:
        return edition.say("charts.funnel.says_none", first=names[0], count=edition.number(0))
    said = edition.say(
        "charts.funnel.says",
        first=names[0],
        last=names[-1],
        through=edition.percent(last.sessions / first.sessions),
        count=edition.number(last.sessions),
        base=edition.number(first.sessions),
    )
    rates = [(step.rate, index) for index, step in enumerate(funnel) if step.rate is not None]
    if len(rates) < 2:
        return said
    rate, hardest = min(rates)
    steepest = edition.say(
        "charts.funnel.says_steepest",
        before=names[hardest - 1],
        to=names[hardest],
        rate=edition.percent(rate),
    )
    return f"{said} {steepest}"


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
