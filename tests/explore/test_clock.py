"""Hours and days of logs that last for years, through every change of the clocks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from querencia.data.engine import connect
from querencia.explore.clock import read_clock

from .conftest import Event, write_log

# Whole hours; changes at a minute past midnight; half an hour of summer time; a quarter, and a day left out.
ZONES = (
    "Europe/Madrid",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
)


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_eight_years_falls_where_the_standard_library_has_it(tmp_path: Path, zone: str) -> None:
    step = timedelta(minutes=397, microseconds=1)
    times = [datetime(2006, 1, 1, 0, 13) + number * step for number in range(10_600)]
    log = write_log(tmp_path / "events.parquet", [Event(1, 1, 1, time, "a") for time in times])
    con = connect(scratch=tmp_path / "scratch")
    clock = read_clock(con, log, log.table(con), timezone=zone)
    local = [time.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) for time in times]
    grid = Counter((time.weekday(), time.hour) for time in local)
    assert clock.by_weekday_hour == tuple(tuple(grid[day, hour] for hour in range(24)) for day in range(7))
    assert [(day.day, day.events) for day in clock.by_day] == sorted(
        Counter(time.date().isoformat() for time in local).items()
    )
    assert (clock.events, clock.types) == (10_600, {"a": 10_600})
