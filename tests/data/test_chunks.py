"""However a log is cut into files, packed, ordered and computed: the same facts, figures and features."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querencia.data.activity import activity_features
from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog
from querencia.explore.events import describe_events

Event = tuple[int, int, int, str]
ZONE = "Europe/Madrid"
PACK = {
    "jsonl": lambda data: data,
    "jsonl.gz": gzip.compress,
    "jsonl.zst": lambda data: bytes(pa.compress(data, "zstd")),
}


# The figures, counted in plain Python


def events_of(lines: Sequence[str]) -> Counter[Event]:
    found = Counter[Event]()
    for line in lines:
        session = json.loads(line)
        for event in session["events"]:
            found[session["session"], event["aid"], event["ts"], event["type"]] += 1
    return found


def quantile(values: Sequence[int], share: float) -> float:
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def count_plainly(lines: Sequence[str]) -> dict[str, Any]:
    events = events_of(lines)
    by_session: dict[int, list[int]] = defaultdict(list)
    by_hour, by_weekday, by_day, items = [0] * 24, [0] * 7, Counter[str](), Counter[int]()
    for session, item, ts, _ in events:
        by_session[session].append(ts)
        local = datetime.fromtimestamp(ts // 1000, UTC).astimezone(ZoneInfo(ZONE))
        by_hour[local.hour] += 1
        by_weekday[local.weekday()] += 1
        by_day[local.date().isoformat()] += 1
        items[item] += 1
    sizes = [len(times) for times in by_session.values()]
    spans = [max(times) - min(times) for times in by_session.values()]
    types = Counter(event[3] for event in events)
    return {
        "rows_read": events.total(),
        "duplicates": events.total() - len(events),
        "events": len(events),
        "rejected": 0,
        "ignored": 0,
        "sessions": len(by_session),
        "customers": len(by_session),
        "items": len(items),
        "types": dict(sorted(types.items(), key=lambda pair: (-pair[1], pair[0]))),
        "top_items": sorted(items.items(), key=lambda pair: (-pair[1], pair[0]))[:10],
        "by_hour": tuple(by_hour),
        "by_weekday": tuple(by_weekday),
        "by_day": sorted(by_day.items()),
        "mean_seconds": sum(spans) / (1000 * len(spans)),
        "quantile_seconds": [quantile(spans, share) / 1000 for share in (0.5, 0.9)],
        "mean_events": len(events) / len(by_session),
        "quantile_events": [quantile(sizes, share) for share in (0.5, 0.9, 1.0)],
    }


def told(figures: Any) -> dict[str, Any]:
    """Return what `count_plainly` counts, from the figures of the product."""
    seconds, events = figures.session_seconds, figures.events_per_session
    same = ("rows_read", "duplicates", "events", "rejected", "ignored", "sessions", "customers", "items", "types")
    return {name: getattr(figures, name) for name in (*same, "by_hour", "by_weekday")} | {
        "top_items": [(row.item, row.events) for row in figures.top_items],
        "by_day": [(row.day, row.events) for row in figures.by_day],
        "mean_seconds": seconds.mean,
        "quantile_seconds": [seconds.median, seconds.p90],
        "mean_events": events.mean,
        "quantile_events": [events.median, events.p90, events.max],
    }


def assert_counted(figures: Any, lines: Sequence[str]) -> None:
    found, wanted = told(figures), count_plainly(lines)
    for name in ("quantile_seconds", "quantile_events"):
        assert found.pop(name) == pytest.approx(wanted.pop(name), rel=1e-12)
    assert found == wanted


# Reading the same lines in many ways


def write_files(folder: Path, chunks: Sequence[Sequence[str]], endings: Sequence[str]) -> None:
    folder.mkdir(parents=True)
    for number, (chunk, ending) in enumerate(zip(chunks, itertools.cycle(endings), strict=False)):
        data = "".join(f"{line}\n" for line in chunk).encode()
        (folder / f"{number:03}.{ending}").write_bytes(PACK[ending](data))


def explore(folder: Path, *, threads: int, memory: str) -> tuple[dict[str, Any], Any, list[dict[str, Any]]]:
    """Return the facts of the log in `folder`, its figures, and the features of its customers."""
    con = connect(memory=memory, threads=threads, scratch=folder.parent / "scratch")
    try:
        log = read_events(
            con,
            EventSource(path=folder / "*.jsonl*", format="otto"),
            into=folder.parent / "events",
            rejected=folder.parent / "rejected",
            max_rejected=0.0,
            timezone=ZONE,
        )
        figures = describe_events(con, log, timezone=ZONE)
        features = activity_features(
            log.table(con),
            as_of=datetime.fromisoformat(log.end),
            types=log.types,
            has_prices=False,
            timezone=ZONE,
        )
        return facts_of(log), figures, con.to_pyarrow(features).to_pylist()
    finally:
        con.disconnect()


def facts_of(log: EventLog) -> dict[str, Any]:
    """Return all that is known of a log but where it is, and which of its files were empty."""
    return {name: value for name, value in asdict(log).items() if name not in ("path", "notes")}


def cut(lines: Sequence[str], places: Sequence[int]) -> list[Sequence[str]]:
    ends = [0, *sorted(place % (len(lines) + 1) for place in places), len(lines)]
    return [lines[begin:end] for begin, end in itertools.pairwise(ends)]


WAYS = [(threads, memory) for threads, memory in itertools.product((1, 2, 4), ("300MB", "1GB", "8GB"))]

session_line = st.builds(
    lambda session, events: json.dumps(
        {
            "session": session,
            "events": [{"aid": aid, "ts": 1_659_304_800_000 + ms, "type": kind} for aid, ms, kind in events],
        },
        separators=(",", ":"),
    ),
    st.integers(1, 5),
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.sampled_from([0, 1, 1000, 7_200_000, 86_400_000, 13 * 86_400_000]),
            st.sampled_from(["clicks", "carts", "orders"]),
        ),
        min_size=1,
        max_size=6,
    ),
)


@given(
    lines=st.lists(session_line, min_size=1, max_size=12),
    places=st.lists(st.integers(0, 100), max_size=4),
    shuffle=st.randoms(use_true_random=False),
    endings=st.permutations(list(PACK)),
    way=st.sampled_from(WAYS),
)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cut_of_a_small_log_gives_the_figures_of_a_plain_count(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    places: list[int],
    shuffle: random.Random,
    endings: list[str],
    way: tuple[int, str],
) -> None:
    whole, parts = (tmp_path_factory.mktemp("log") / "files" for _ in range(2))
    write_files(whole, [lines], ["jsonl"])
    mixed = lines.copy()
    shuffle.shuffle(mixed)
    write_files(parts, cut(mixed, places), endings)
    first = explore(whole, threads=2, memory="1GB")
    assert_counted(first[1], lines)
    assert explore(parts, threads=way[0], memory=way[1]) == first


def draw_lines(seed: int, *, sessions: int) -> list[str]:
    """Return lines of a log whose sessions come in pieces, some of them twice, with duplicates inside and across."""
    draw = random.Random(seed)
    lines = []
    for session in range(sessions):
        begin = 1_659_304_800_000 + draw.randrange(28 * 86_400_000)
        events = [
            {
                "aid": int(draw.paretovariate(0.7)) % 5000,
                "ts": begin + draw.randrange(3 * 86_400_000) // draw.choice((1, 1000)),
                "type": draw.choices(("clicks", "carts", "orders"), (90, 8, 2))[0],
            }
            for _ in range(min(int(draw.paretovariate(0.9)), 200))
        ]
        if draw.random() < 0.1:
            events.append(draw.choice(events))
        pieces = [events] if draw.random() < 0.8 else [events[: len(events) // 2 + 1], events[len(events) // 2 :]]
        pieces += [draw.choice(pieces)] * (draw.random() < 0.02)
        # A part of them in another form, which is read with care.
        spaces = (", ", ": ") if draw.random() < 0.1 else (",", ":")
        extra = {"source": "app"} if draw.random() < 0.03 else {}
        lines += [json.dumps({"session": session, "events": piece} | extra, separators=spaces) for piece in pieces]
    draw.shuffle(lines)
    return lines


def test_a_larger_log_is_the_same_however_it_is_cut_and_computed(tmp_path: Path) -> None:
    lines = draw_lines(11, sessions=20_000)
    write_files(tmp_path / "whole" / "files", [lines], ["jsonl"])
    first = explore(tmp_path / "whole" / "files", threads=2, memory="1GB")
    assert_counted(first[1], lines)
    assert first[0]["duplicates"] > 1000
    for number, (threads, memory) in enumerate(((1, "300MB"), (4, "8GB"))):
        draw = random.Random(number)
        draw.shuffle(lines)
        chunks = cut(lines, [draw.randrange(len(lines)) for _ in range(6)])
        write_files(tmp_path / f"cut{number}" / "files", chunks, draw.sample(list(PACK), 3))
        assert explore(tmp_path / f"cut{number}" / "files", threads=threads, memory=memory) == first


def test_five_hundred_small_files_are_one_log(tmp_path: Path) -> None:
    lines = draw_lines(12, sessions=2000)
    write_files(tmp_path / "whole" / "files", [lines], ["jsonl"])
    chunks = cut(lines, random.Random(1).sample(range(len(lines)), 499))
    write_files(tmp_path / "many" / "files", chunks, ["jsonl"])
    assert explore(tmp_path / "many" / "files", threads=2, memory="1GB") == explore(
        tmp_path / "whole" / "files", threads=2, memory="1GB"
    )
