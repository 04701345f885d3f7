"""The wall clock of any zone equals what the standard library says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.data.local_time import EARLIEST, offset_changes, to_local

UNTIL = datetime(2038, 6, 1)

# Half and quarter hours, changes at a minute past midnight, days skipped, clocks that stop in Ramadan, no changes.
ZONES = (
    "UTC",
    "Europe/Madrid",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Pacific/Apia",
)


def by_standard_library(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def local_times(moments: list[datetime], zone: str) -> list[datetime]:
    table = ibis.memtable(pyarrow.table({"time": pyarrow.array(moments, pyarrow.timestamp("us"))}))
    local = table.select(time=table.time, local=to_local(table.time, timezone=zone, until=UNTIL))
    rows = {row["time"]: row["local"] for row in ibis.duckdb.connect().to_pyarrow(local).to_pylist()}
    return [rows[moment] for moment in moments]


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_the_clocks_falls_on_its_second(zone: str) -> None:
    microsecond = timedelta(microseconds=1)
    moments = [EARLIEST, UNTIL]
    for moment, _ in offset_changes(zone, until=UNTIL)[1:]:
        moments += [moment - microsecond, moment, moment + microsecond]
    assert local_times(moments, zone) == [by_standard_library(moment, zone) for moment in moments]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.datetimes(min_value=EARLIEST, max_value=UNTIL), min_size=30, max_size=60, unique=True),
    st.sampled_from(ZONES),
)
def test_any_time_reads_as_the_standard_library_has_it(moments: list[datetime], zone: str) -> None:
    assert local_times(moments, zone) == [by_standard_library(moment, zone) for moment in moments]
