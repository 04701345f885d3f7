"""Charts of when events happen: over the week and over the days of the log."""

from __future__ import annotations

from datetime import date, timedelta

import altair as alt

from querencia.explore.figures import DayCount
from querencia.report.charts import palette
from querencia.report.charts.exhibit import WIDTH, Exhibit, Row, data, exhibit, thousands, tip
from querencia.report.edition import Edition

_MOST_BARS = 62  # days; above it a line is easier to read


def draw_events_by_weekday_hour(grid: tuple[tuple[int, ...], ...], *, edition: Edition) -> Exhibit:
    """Draw the events of each hour of each weekday (Monday first) as a heat map."""
    name = "events_by_weekday_hour"
    short = [edition.weekday(index, "abbreviated") for index in range(len(grid))]
    days = [edition.weekday(index) for index in range(len(grid))]
    cells: list[Row] = [
        {
            "hour": str(hour),
            "day": short[index],
            "value": count,
            "tip": tip(f"{days[index]}, {edition.say('word.hour', hour=hour)}", edition.number(count)),
        }
        for index, counts in enumerate(grid)
        for hour, count in enumerate(counts)
    ]
    largest = max(max(counts) for counts in grid)
    category, measure = edition.say(f"charts.{name}.category"), edition.say(f"charts.{name}.measure")
    labels, titled = thousands(largest, measure, edition)
    by_hour, by_weekday = [sum(column) for column in zip(*grid, strict=True)], [sum(row) for row in grid]
    whole = edition.say(f"charts.{name}.total")
    table = [
        (edition.say("word.hour", hour=hour), *(edition.number(row[hour]) for row in grid), edition.number(total))
        for hour, total in enumerate(by_hour)
    ]
    table.append((whole, *(edition.number(total) for total in by_weekday), edition.number(sum(by_weekday))))
    return exhibit(
        name,
        _heat_map(cells, short, category=category, measure=titled, labels=labels, largest=largest),
        _tell_week(grid, by_hour, by_weekday, days, edition=edition),
        edition=edition,
        columns=(edition.say(f"charts.{name}.hour"), *short, whole),
        rows=table,
    )


def _tell_week(
    grid: tuple[tuple[int, ...], ...], by_hour: list[int], by_weekday: list[int], days: list[str], *, edition: Edition
) -> str:
    total = sum(by_hour) or 1
    count, busiest = max(
        (count, -index * 24 - hour) for index, row in enumerate(grid) for hour, count in enumerate(row)
    )
    day, hour = divmod(-busiest, 24)
    most, least = by_hour.index(max(by_hour)), by_hour.index(min(by_hour))
    busy, calm = by_weekday.index(max(by_weekday)), by_weekday.index(min(by_weekday))
    return edition.say(
        "charts.events_by_weekday_hour.says",
        day=days[day],
        hour=hour,
        share=edition.percent(count / total),
        most=most,
        most_share=edition.percent(by_hour[most] / total),
        least=least,
        least_share=edition.percent(by_hour[least] / total),
        busy=days[busy],
        busy_share=edition.percent(by_weekday[busy] / total),
        calm=days[calm],
        calm_share=edition.percent(by_weekday[calm] / total),
    )


def _heat_map(
    cells: list[Row], days: list[str], *, category: str, measure: str, labels: str, largest: int
) -> alt.Chart:
    colour = (
        alt.Color("value:Q")
        .title(measure)
        .scale(domain=[0, max(largest, 1)], range=list(palette.RISING), interpolate="lab")
        .legend(
            orient="bottom",
            direction="horizontal",
            gradientLength=250,
            gradientThickness=10,
            labelExpr=labels,
            offset=8,
        )
    )
    chart: alt.Chart = (
        alt.Chart(data(cells))
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("hour:N", sort=None)
            .title(category)
            .axis(values=[str(hour) for hour in range(0, 24, 3)], labelAngle=0, ticks=False, domain=False),
            y=alt.Y("day:N", sort=days).title(None).axis(ticks=False, domain=False),
            color=colour,
            description=alt.Description("tip:N"),
        )
        .properties(width=WIDTH, height=alt.Step(24))
    )
    return chart


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
