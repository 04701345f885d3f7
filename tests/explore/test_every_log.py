"""Every figure of every small log, in any order of rows and files, equals what counting in plain Python finds."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querencia.data.engine import connect
from querencia.explore.events import describe_events
from querencia.explore.figures import EventFigures

from .conftest import Event, count_by_hand, write_log

# Whole, half and quarter hours; clocks changed at a minute past midnight; a day that was left out.
ZONES = ("UTC", "Europe/Madrid", "America/Bogota", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns")
ZONES += ("Pacific/Apia", "Asia/Gaza")
# Around changes of the clocks in these zones.
MOMENTS = (datetime(2023, 3, 26, 0, 30), datetime(2010, 11, 7, 1, 45), datetime(2011, 12, 30, 9, 0))
STEPS = (0, 0, 1, 999_999, 1_000_000, 59_000_000, 3_599_999_999, 3_600_000_000, 3_600_000_001, 90_000_000_000)
TYPES = ("clicks", "carts", "orders", "wishes", "Clicks")


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Events of up to five customers in short sessions: many at the same moment, many alike, some many times."""
    random = draw(st.randoms(use_true_random=False))
    text = draw(st.booleans())
    own = draw(st.booleans())
    kinds = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4, unique=True))
    start = draw(st.sampled_from(MOMENTS))
    events = set[Event]()
    for customer in range(draw(st.integers(1, 5))):
        for session in range(1 if own else draw(st.integers(1, 3))):
            time = start + timedelta(microseconds=random.choice(STEPS) * random.randrange(40))
            for _ in range(draw(st.integers(1, 12))):
                time += timedelta(microseconds=random.choice(STEPS) * random.choice((1, 1, 7, -1)))
                who, where = (customer - 2, customer - 2 if own else session)
                events.add(_event(who, where, random.randrange(6) ** 5, time, random.choice(kinds), text=text))
    rows = [event._replace(copies=random.choice((1, 1, 1, 2, 5))) for event in sorted(events)]
    random.shuffle(rows)
    return rows


def _event(customer: int, session: int, item: int, time: datetime, kind: str, *, text: bool) -> Event:
    if text:
        return Event(f"c{customer}", f"c{session}", f"ítem {item}", time, kind)
    return Event(customer, session, item, time, kind)


def assert_same(found: EventFigures, expected: dict[str, Any]) -> None:
    for name in ("events", "sessions", "customers", "items", "types", "types_read", "by_hour", "by_weekday"):
        assert getattr(found, name) == expected[name], name
    assert found.by_weekday_hour == expected["by_weekday_hour"]
    assert [(day.day, day.events) for day in found.by_day] == expected["by_day"]
    assert [(item.item, item.events) for item in found.top_items] == expected["top_items"]
    for name in ("session_seconds", "events_per_session"):
        figure, by_hand = getattr(found, name), expected[name]
        assert (figure.mean, figure.median, figure.p90) == (by_hand["mean"], by_hand["median"], by_hand["p90"])
        assert [bar.sessions for bar in figure.histogram] == by_hand["bars"]
    assert found.events_per_session.max == expected["events_per_session"]["max"]
    lengths = [(entry.length, entry.sessions, entry.events) for entry in found.sessions_by_minimum_length]
    assert lengths == expected["minimum_lengths"]
    popularity, by_hand = found.item_popularity, expected["popularity"]
    assert popularity.gini == pytest.approx(by_hand["gini"], abs=1e-12)
    assert (popularity.top_1_percent_items, popularity.top_1_percent_share) == by_hand["top"]
    assert [(share.items, share.events) for share in popularity.shares] == by_hand["shares"]
    assert [(step.type, step.sessions, step.share, step.rate) for step in found.funnel] == expected["funnel"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=logs(),
    timezone=st.sampled_from(ZONES),
    declared=st.lists(st.sampled_from((*TYPES, "returns")), max_size=4, unique=True),
)
def test_every_figure_equals_a_count_by_hand(
    tmp_path: Path, events: list[Event], timezone: str, declared: list[str]
) -> None:
    log = write_log(tmp_path / "events.parquet", events, declared=tuple(declared))
    found = describe_events(_engine(tmp_path), log, timezone=timezone)
    assert_same(found, count_by_hand(events, timezone=timezone, declared=declared))


def test_a_large_log_equals_a_count_by_hand_with_any_threads_and_in_any_order(tmp_path: Path) -> None:
    random = Random(7)
    events = []
    for session in range(3_000):
        time = datetime(2022, 10, 29) + timedelta(seconds=random.randrange(3 * 86_400))
        for _ in range(min(int(random.paretovariate(0.8)), 60)):
            kind = random.choices(("clicks", "carts", "orders"), (8, 2, 1))[0]
            events.append(Event(session, session, int(random.paretovariate(0.6)) % 900_000, time, kind))
            time += timedelta(milliseconds=random.choice((0, 5, 700, 30_000, 4_000_000, 400_000_000)))
    # A shop's items may be further apart than a flat array is worth, or negative.
    events.append(Event(3_000, 3_000, 10**12, datetime(2022, 10, 30), "clicks"))
    events.append(Event(3_001, 3_001, -5, datetime(2022, 10, 30), "carts"))
    expected = count_by_hand(events, timezone="Europe/Madrid")
    for threads in (1, 4):
        random.shuffle(events)
        log = write_log(tmp_path / "events.parquet", events)
        assert_same(describe_events(_engine(tmp_path, threads), log, timezone="Europe/Madrid"), expected)
        same = write_log(tmp_path / "events.parquet", events, session_is_customer=False)
        assert_same(describe_events(_engine(tmp_path, threads), same, timezone="Europe/Madrid"), expected)
    assert expected["funnel"][2][1] > 100


def _engine(scratch: Path, threads: int = 2) -> Any:
    return connect(memory="500MB", threads=threads, scratch=scratch / "scratch")
