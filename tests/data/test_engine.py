"""The engine: in UTC, within its memory, without network; and times however they are written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.data.engine import connect
from querencia.data.reading.times import is_plausible, to_utc
from querencia.errors import SettingsError


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return connect(memory="500MB", threads=2, scratch=tmp_path_factory.mktemp("scratch"))


def test_the_engine_is_set_up(con: Any) -> None:
    names = ["TimeZone", "threads", "autoinstall_known_extensions", "preserve_insertion_order", "memory_limit"]
    found = [con.con.execute("SELECT current_setting(?)", [name]).fetchone()[0] for name in names]
    assert found == ["UTC", 2, False, True, "476.8 MiB"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "mysql://host"}, r"\[engine\] url = 'mysql://host': expected \"duckdb://\""),
        ({"memory": "much"}, r"\[engine\] memory = 'much'"),
        ({"threads": -1}, r"\[engine\] threads = -1"),
    ],
)
def test_other_engines_and_sizes_are_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        connect(scratch=tmp_path, **options)


def read_times(con: Any, texts: list[str | None], timezone: str) -> list[datetime | None]:
    table = ibis.memtable({"n": list(range(len(texts))), "text": texts}, schema={"n": "int64", "text": "string"})
    table = table.mutate(time=to_utc(table.text, timezone=timezone))
    table = table.mutate(time=is_plausible(table.time).ifelse(table.time, ibis.null("timestamp")))
    return con.to_pyarrow(table.order_by("n"))["time"].to_pylist()


def test_times_of_every_form(con: Any) -> None:
    cases = {
        "2011-12-09 12:50": datetime(2011, 12, 9, 11, 50),
        "2011-07-09 12:50:01.5": datetime(2011, 7, 9, 10, 50, 1, 500_000),
        "2011-12-09T12:50:00Z": datetime(2011, 12, 9, 12, 50),
        "2011-12-09 12:50:00+02": datetime(2011, 12, 9, 10, 50),
        "2011-12-09T12:50Z": datetime(2011, 12, 9, 12, 50),
        "2011-12-09 12:50+02:30": datetime(2011, 12, 9, 10, 20),
        "2011-12-09T12:50:00.123-0300": datetime(2011, 12, 9, 15, 50, 0, 123_000),
        " 2011-12-09 ": datetime(2011, 12, 8, 23, 0),
        "20111209": datetime(2011, 12, 8, 23, 0),
        "1659304800": datetime(2022, 7, 31, 22, 0),
        "1659304800.25": datetime(2022, 7, 31, 22, 0, 0, 250_000),
        "1659304800025": datetime(2022, 7, 31, 22, 0, 0, 25_000),
        "1990-01-01T00:00:00Z": datetime(1990, 1, 1),
        "2100-12-31T23:59:59Z": datetime(2100, 12, 31, 23, 59, 59),
    }
    assert dict(zip(cases, read_times(con, list(cases), "Europe/Madrid"), strict=True)) == cases


def test_what_is_no_time(con: Any) -> None:
    texts = ["", "soon", "1989-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "2011-02-30", "20111399", "12", "1e9", "-5"]
    texts += ["infinity", "epoch", "99999999999999999999", "31/12/2011", "2011-12-09 25:00"]
    assert read_times(con, [*texts, None], "UTC") == [None] * (len(texts) + 1)


@given(
    moments=st.lists(st.datetimes(datetime(1990, 1, 2), datetime(2037, 1, 1)), min_size=1, max_size=20),
    timezone=st.sampled_from(["Europe/Madrid", "America/Bogota", "America/Sao_Paulo", "Asia/Kolkata", "UTC"]),
)
@settings(max_examples=25, deadline=None)
def test_wall_clocks_agree_with_the_standard_library(con: Any, moments: list[datetime], timezone: str) -> None:
    zone = ZoneInfo(timezone)
    # From UTC to the wall clock and back: an hour that comes twice may be either one.
    clocks = [moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) for moment in moments]
    found = read_times(con, [clock.isoformat(sep=" ") for clock in clocks], timezone)
    for moment, clock, read in zip(moments, clocks, found, strict=True):
        either = {clock.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)}
        assert moment in either
        assert read in either
