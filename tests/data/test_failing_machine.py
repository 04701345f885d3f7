"""A machine that fails: a full disk, no room to spill, a kill. It is told as such, and nothing is lost by it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog
from querencia.errors import WorkError


def session(number: int, *items: str) -> str:
    events = ",".join(f'{{"aid":{item},"ts":1659304800,"type":"clicks"}}' for item in items)
    return f'{{"session":{number},"events":[{events}]}}'


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


READING = """
import os, resource, signal, sys
from pathlib import Path
from querencia.data import events
from querencia.data.engine import connect
from querencia.data.sources import EventSource
from querencia.errors import WorkError

folder, fault = Path(sys.argv[1]), sys.argv[2]
con = connect(memory="300MB", threads=2, scratch=folder / "scratch")

def read():
    return events.read_events(
        con, EventSource(path=folder / "log.jsonl", format="otto"), into=folder / "events",
        rejected=folder / "rejected", max_rejected=1.0, timezone="UTC",
    )

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

if fault == "killed while listing":
    Path.replace = die
if fault == "killed while publishing":
    events.publish_folder = die
if fault.startswith("full"):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(fault.split()[1]), resource.RLIM_INFINITY))
    try:
        read()
    except WorkError as error:
        print(error)
    else:
        sys.exit("nothing was full")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log = read()
print(log.rows_read, log.events, log.duplicates, log.rejected)
"""


def read_in_child(folder: Path, fault: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", READING, str(folder), fault], capture_output=True, text=True, timeout=120, check=False
    )


def write_faulty_log(folder: Path) -> Path:
    items = {number: [str(number * 7919 * (n + 1) % 1_000_003) for n in range(9)] for number in range(1000, 6000)}
    many = [session(number, *own) for number, own in items.items()]
    return write(
        folder / "log.jsonl",
        *many,
        session(1000, items[1000][0]),
        f"{session(1001)}x",
        session(1002, "1").replace(":1", ": 1"),
    )


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "events").iterdir())}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sets no limit to the size of files")
@pytest.mark.parametrize("limit", [100, 10_000])
def test_a_full_disk_is_told_as_such_and_the_same_process_goes_on(tmp_path: Path, limit: int) -> None:
    write_faulty_log(tmp_path)
    run = read_in_child(tmp_path, f"full {limit}")
    assert run.returncode == 0, run.stderr
    message, figures = run.stdout.splitlines()
    assert "cannot be written" in message
    assert "Free disk space" in message
    assert figures == "45003 45001 1 1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events", "log.jsonl", "rejected", "scratch"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_read_leaves_nothing_that_is_trusted_and_the_next_one_is_as_undisturbed(tmp_path: Path) -> None:
    for folder in ("calm", "killed"):
        (tmp_path / folder).mkdir()
        write_faulty_log(tmp_path / folder)
    assert read_in_child(tmp_path / "calm", "none").stdout == "45003 45001 1 1\n"
    for moment in ("listing", "publishing"):
        run = read_in_child(tmp_path / "killed", f"killed while {moment}")
        assert run.returncode == -signal.SIGKILL, run.stderr
        assert not (tmp_path / "killed" / "events").exists()
    assert read_in_child(tmp_path / "killed", "none").stdout == "45003 45001 1 1\n"
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "calm")
    assert not (tmp_path / "killed" / "events.parts").exists()
    careful = pq.read_table(tmp_path / "killed" / "events" / "careful.parquet", columns=["customer", "time", "item"])
    rows = [tuple(row.values()) for row in careful.to_pylist()]
    assert len(rows) == 19
    assert rows == sorted(rows)


def test_too_little_room_to_spill_is_told_as_such(tmp_path: Path) -> None:
    con = connect(memory="40MB", threads=2, scratch=tmp_path / "scratch")
    con.raw_sql("SET max_temp_directory_size = '1MB'")
    # All of them in a form that is read with care, and compared with each other at the end.
    lines = [f" {session(number, *map(str, range(40)))} x"[:-2] for number in range(15_000)]
    path = write(tmp_path / "log.jsonl", *(line.replace('"type"', '"x":1,"type"') for line in lines))

    def read() -> EventLog:
        return read_events(
            con,
            EventSource(path=path, format="otto"),
            into=tmp_path / "events",
            rejected=tmp_path / "rejected",
            max_rejected=1.0,
            timezone="UTC",
        )

    with pytest.raises(WorkError, match=r"ran out of memory or of room to spill.*\[engine\] memory"):
        read()
    assert not (tmp_path / "events").exists()
    con.raw_sql("SET max_temp_directory_size = '1GB'")
    con.raw_sql("SET memory_limit = '1GB'")
    assert read().events == 600_000
    con.disconnect()
