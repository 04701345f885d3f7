"""Progress of reading: bytes of all files, the rate, and the time left."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.reading import staged_log
from querencia.data.sources import EventSource
from querencia.pipeline.progress import BytesRead, watching


@dataclass
class Recorder:
    told: list[tuple[float, float | None, str]] = field(default_factory=list)

    def update(self, done: float, total: float | None = None, detail: str = "") -> None:
        self.told.append((done, total, detail))


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_percent_of_a_file_becomes_bytes_of_all() -> None:
    task, clock = Recorder(), Clock()
    read = BytesRead(task, clock=clock)
    read.begin(0, 6_000_000_000, 10_000_000_000)
    clock.now = 20.0
    read.update(50, 100)
    read.begin(6_000_000_000, 4_000_000_000, 10_000_000_000)
    clock.now = 80.0
    read.update(50, 100)
    assert task.told == [
        (3e9, 10e9, "3.0 GB of 10.0 GB, 150.0 MB/s, 47 s left"),
        (8e9, 10e9, "8.0 GB of 10.0 GB, 100.0 MB/s, 20 s left"),
    ]


def test_what_is_read_does_not_become_less_when_smaller_work_follows() -> None:
    task, clock = Recorder(), Clock()
    read = BytesRead(task, clock=clock)
    read.begin(0, 1000, 2000)
    for now, percent in ((1.0, 100), (2.0, 3)):
        clock.now = now
        read.update(percent, 100)
    assert [done for done, _, _ in task.told] == [1000, 1000]


@pytest.mark.parametrize(
    ("rate", "told"),
    [(5e6, "3 min 20 s left"), (9.9e6, "2.0 GB of 2.0 GB, 9.9 MB/s, 2 s left"), (2_000, "400 kB of 2.0 GB, 2 kB/s")],
)
def test_time_left_is_told_as_people_say_it(rate: float, told: str) -> None:
    task, clock = Recorder(), Clock()
    read = BytesRead(task, clock=clock)
    read.begin(0, 2_000_000_000, 2_000_000_000)
    clock.now = 200.0
    read.update(rate * 200 / 20_000_000)
    assert told in task.told[-1][2]


def test_each_file_is_announced_with_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged_log, "_TOGETHER", 0)
    line = '{"session":%d,"events":[{"aid":7,"ts":1659304800025,"type":"clicks"}]}\n'
    sizes = [(tmp_path / f"{name}.jsonl").write_text(line % name) for name in (1, 22, 333)]
    con = connect(memory="1GB", scratch=tmp_path / "scratch")
    heard: list[tuple[int, int, int]] = []
    task = Recorder()
    with watching(con, BytesRead(task)):
        read_events(
            con,
            EventSource(path=tmp_path / "*.jsonl", format="otto"),
            into=tmp_path / "events",
            rejected=tmp_path,
            max_rejected=0.0,
            timezone="UTC",
            on_file=lambda *bytes_of: heard.append(bytes_of),
        )
    total = sum(sizes)
    assert heard == [(0, sizes[0], total), (sizes[0], sizes[1], total), (total - sizes[2], sizes[2], total)]
