"""Bad logs: each fault is a clear message or a counted rejection, and no figure is wrong for it."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.reading.layouts import lay_out
from querencia.data.reading.otto import OttoTypes, find_otto_types
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog
from querencia.errors import ColumnMissingError, SourceEmptyError, SourceError, TooManyRejectedError

MOMENT = datetime(2022, 7, 31, 22, 0)


def session(number: int, *events: str) -> str:
    return f'{{"session":{number},"events":[{",".join(events or (event(),))}]}}'


def event(aid: str = "7", ts: str = "1659304800", kind: str = '"clicks"') -> str:
    return f'{{"aid":{aid},"ts":{ts},"type":{kind}}}'


GOOD = [session(number) for number in range(90, 98)]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return connect(memory="1GB", scratch=tmp_path_factory.mktemp("scratch"))


@pytest.fixture
def read(con: Any, tmp_path: Path) -> Any:
    def run(path: Path, *, max_rejected: float = 1.0, **source: Any) -> EventLog:
        return read_events(
            con,
            EventSource(path=path, **({"format": "otto"} | source)),
            into=tmp_path / "work" / "events",
            rejected=tmp_path / "rejected",
            max_rejected=max_rejected,
            timezone="UTC",
        )

    return run


FLAT = {"format": "table", "customer": "c", "item": "i", "time": "t", "type": "'orders'"}


def write(path: Path, *lines: str | bytes, end: bytes = b"\n") -> Path:
    path.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + end for line in lines))
    return path


def rows_of(con: Any, log: EventLog) -> list[dict[str, Any]]:
    return log.table(con).to_pyarrow().to_pylist()


def rejected(folder: Path, name: str = "log.jsonl") -> list[tuple[int, str, str]]:
    with (folder / "rejected" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["reason"], row["text"]) for row in csv.DictReader(file)]


def assert_adds_up(log: EventLog) -> None:
    assert log.rows_read == log.events + log.duplicates + log.ignored + log.rejected


# Lines that are none


def test_a_truncated_last_line_is_rejected_with_its_line(read: Any, tmp_path: Path) -> None:
    log = read(write(tmp_path / "log.jsonl", *GOOD, session(5)[:-12], end=b"\n"))
    assert (log.events, log.rejected) == (8, 1)
    (row,) = rejected(tmp_path)
    assert row[0] == 9
    assert row[1].startswith("not valid JSON")


@pytest.mark.parametrize(
    ("kind", "place", "packing"),
    [
        ("sound", 0, ""),
        ("sound", 4, ""),
        ("sound", 8, ".gz"),
        ("garbage", 0, ".gz"),
        ("garbage", 8, ""),
    ],
)
def test_a_line_of_50_mb_costs_itself(read: Any, tmp_path: Path, kind: str, place: int, packing: str) -> None:
    long = session(5, *[event(str(n)) for n in range(1_250_000)]) if kind == "sound" else "x" * 50_000_000
    lines = [*GOOD[:place], long, *GOOD[place:]]
    data = "\n".join(lines).encode()
    path = tmp_path / f"log.jsonl{packing}"
    path.write_bytes(gzip.compress(data, 1) if packing else data)
    log = read(path)
    assert (log.rows_read, log.events, log.rejected) == (9, 8, 1)
    assert rejected(tmp_path, path.name) == [(place + 1, "longer than 2 MB, which no row may be", long[:1000])]


@pytest.mark.parametrize("size", [1_900_000, 2_500_000, 4_100_000, 7_000_000, 9_000_000, 33_000_000])
def test_lines_of_any_length_are_read_or_counted(con: Any, read: Any, tmp_path: Path, size: int) -> None:
    padded = session(5).ljust(size)
    filler = [session(number) for number in range(100, 40_000)]
    log = read(write(tmp_path / "log.jsonl", *filler[:20_000], padded, *GOOD, padded, *filler[20_000:]))
    assert_adds_up(log)
    sound = len(filler) + len(GOOD)
    if size < 2_000_000:
        assert (log.events, log.duplicates, log.rejected) == (sound + 1, 1, 0)
    else:
        assert (log.events, log.rejected) == (sound, 2)
        assert [line for line, _, _ in rejected(tmp_path)] == [20_001, 20_010]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("log.csv", ["c,i,t", "1,a,2020-01-01", "2,{},2020-01-01", "3,b,2020-01-01"]),
        (
            "log.ndjson",
            ['{"c":1,"i":"a","t":"2020-01-01"}', '{"c":2,"i":"{}","t":1}', '{"c":3,"i":"b","t":"2020-01-01"}'],
        ),
    ],
)
def test_a_row_of_50_mb_in_a_table_costs_itself(read: Any, tmp_path: Path, name: str, lines: list[str]) -> None:
    long = next(n for n, line in enumerate(lines) if "{}" in line)
    lines[long] = lines[long].replace("{}", 'x,"' * 17_000_000)
    log = read(write(tmp_path / name, *lines), **FLAT)
    assert (log.events, log.rejected) == (2, 1)
    (row,) = rejected(tmp_path, name)
    assert row[:2] == (long + 1, "longer than 2 MB, which no row may be")


def test_an_array_where_an_object_is_due_is_rejected(con: Any, read: Any, tmp_path: Path) -> None:
    odd = ["[1,2]", '{"session":1,"events":{"aid":1}}', session(1, "[1,2]"), '{"session":[1],"events":[]}', "[", "null"]
    log = read(write(tmp_path / "log.jsonl", *odd, *GOOD))
    assert log.events == len(GOOD)
    listed = rejected(tmp_path)
    assert [line for line, _, _ in listed] == [1, 2, 3, 5, 6]
    assert listed[0][1] == "not a JSON object"
    assert "expected a list of objects" in listed[1][1]
    with pytest.raises(SourceError, match="one JSON array"):
        read(write(tmp_path / "log.jsonl", "[", *[f"{line}," for line in GOOD], session(1), "]"))


def test_broken_lines_of_every_kind_are_found_again_in_their_file(read: Any, tmp_path: Path) -> None:
    odd = [b"\xef\xbb\xbf" + GOOD[0].encode(), session(5, event(kind='"a\x00"')), session(6, event(kind='"\\ud800"'))]
    log = read(write(tmp_path / "log.jsonl", b"\xef\xbb\xbf" + GOOD[0].encode(), "", *odd, "\t", *GOOD, GOOD[0][:-1]))
    assert (log.events, log.duplicates, log.rejected) == (8, 1, 4)
    listed = rejected(tmp_path)
    assert [line for line, _, _ in listed] == [3, 4, 5, 15]
    assert all(reason.startswith("not valid JSON") for _, reason, _ in listed)


@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
def test_line_ends_of_every_kind_are_lines(read: Any, tmp_path: Path, end: bytes) -> None:
    log = read(write(tmp_path / "log.jsonl", *GOOD, "broken", *GOOD[:2], "broken too", end=end))
    assert (log.events, log.duplicates, log.rejected) == (8, 2, 2)
    assert [line for line, _, _ in rejected(tmp_path)] == [9, 12]


def test_a_bare_carriage_return_far_into_a_file_ends_a_line(read: Any, tmp_path: Path) -> None:
    filler = [session(number) for number in range(100, 30_000)]
    odd = f"{session(5)}\r{session(6)}"
    log = read(write(tmp_path / "log.jsonl", *filler, odd, "broken", *GOOD))
    assert (log.events, log.rejected) == (len(filler) + 2 + len(GOOD), 1)
    assert [line for line, _, _ in rejected(tmp_path)] == [len(filler) + 3]


def test_invalid_utf8_in_mid_file_costs_its_line_and_no_other(read: Any, tmp_path: Path) -> None:
    filler = [session(number) for number in range(100, 30_000)]
    first = session(1, event(kind='"añadir"'))
    log = read(write(tmp_path / "log.jsonl", first, *filler, session(5).encode() + b"\xff", *GOOD))
    assert (log.events, log.rejected) == (1 + len(filler) + len(GOOD), 1)
    assert rejected(tmp_path)[0][:2] == (len(filler) + 2, "not valid UTF-8")


def test_a_hundred_thousand_rejected_lines_are_all_listed(read: Any, tmp_path: Path) -> None:
    lines = [session(number) if number % 2 else session(number)[:-1] for number in range(200_000)]
    log = read(write(tmp_path / "log.jsonl", *GOOD, *lines))
    assert (log.events, log.rejected) == (100_000 + 4, 100_000)
    listed = rejected(tmp_path)
    assert [line for line, _, _ in listed] == [8 + n for n in range(1, 200_001, 2)]


# Fields


def test_null_and_missing_fields_are_rejected_or_ignored_and_counted_as_missing(read: Any, tmp_path: Path) -> None:
    odd = [
        "{}",
        '{"aid":null,"ts":1659304800,"type":"clicks"}',
        '{"aid":1,"type":"clicks"}',
        '{"aid":1,"ts":1659304800}',
    ]
    log = read(write(tmp_path / "log.jsonl", *GOOD, session(1, *odd), f'{{"events":[{event()}]}}'))
    assert (log.rejected, log.ignored, log.events) == (4, 1, 8)
    assert log.missing == {"customer": 1, "item": 2, "time": 2, "type": 2}


IDS = ["-5", '"12"', "true", "1.7", '"007"', "007", "1e3", "9223372036854775807", "9223372036854775808", "[1]"]


def test_ids_that_are_no_whole_numbers_are_rejected_among_whole_ones(con: Any, read: Any, tmp_path: Path) -> None:
    events = [session(100 + n, event(aid)) for n, aid in enumerate(IDS)]
    sessions = [session(1).replace(":1,", f":{number},", 1) for number in IDS]
    log = read(write(tmp_path / "log.jsonl", *GOOD * 2, *events, *sessions))
    rows = rows_of(con, log)
    assert {row["item"] for row in rows} == {7, -5, 12, 2**63 - 1}
    assert {row["customer"] for row in rows if row["customer"] < 90 or row["customer"] > 1000} == {-5, 12, 2**63 - 1}
    assert log.rejected == 14
    assert "item '1.7' is not a whole number" in rejected(tmp_path)[1][1]


def test_ids_among_strings_are_text_or_whole_numbers(con: Any, read: Any, tmp_path: Path) -> None:
    good = [session(0, event(f'"a{number}"')) for number in range(20)]
    log = read(write(tmp_path / "log.jsonl", *good, *[session(1, event(aid)) for aid in IDS]))
    found = {row["item"] for row in rows_of(con, log) if row["customer"] == 1}
    assert found == {"-5", "12", "007", "9223372036854775807", "9223372036854775808"}
    assert log.rejected == 5


def test_one_moment_is_one_whatever_its_unit(con: Any, read: Any, tmp_path: Path) -> None:
    both = session(1, event(ts="1659304800"), event(ts="1659304800000"), event(ts='"2022-07-31T22:00:00Z"'))
    log = read(write(tmp_path / "log.jsonl", *GOOD, both, session(1), session(1, event(ts="1659304800000"))))
    assert (log.events, log.duplicates, log.rejected) == (9, 4, 0)
    (row,) = [row for row in rows_of(con, log) if row["customer"] == 1]
    assert (row["time"], row["copies"]) == (MOMENT, 5)


def test_times_of_another_age_are_rejected(read: Any, tmp_path: Path) -> None:
    odd = ["4133980800000", "9999999999999", "-1659304800", "5", '"2150-01-01"', '"soon"', "1e300", "null"]
    log = read(write(tmp_path / "log.jsonl", *GOOD, session(1, *[event(ts=ts) for ts in odd])))
    assert (log.events, log.rejected, log.end) == (8, len(odd), MOMENT.isoformat())
    assert "expected a time in the years 1990 to 2100" in rejected(tmp_path)[0][1]


def test_an_unknown_type_is_rejected_only_where_types_are_declared(read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", *GOOD, session(1, event(kind='"views"'), event(kind="5")))
    log = read(path)
    assert (log.types, log.rejected) == (("clicks", "views"), 1)
    log = read(path, types=("clicks", "carts"))
    assert (log.types, log.rejected) == (("clicks",), 2)
    assert "type 'views', expected one of clicks, carts" in rejected(tmp_path, "log.jsonl-2")[0][1]


# Files


def test_a_session_in_several_places_is_one(con: Any, read: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", *GOOD, session(1), session(1), session(1, event("8"), event("8")))
    write(tmp_path / "b.jsonl", session(2), session(1), session(1, event("9")), f" {session(1)}")
    log = read(tmp_path / "?.jsonl")
    assert (log.rows_read, log.events, log.duplicates) == (16, 12, 4)
    found = {row["item"]: row["copies"] for row in rows_of(con, log) if row["customer"] == 1}
    assert found == {7: 4, 8: 2, 9: 1}


@pytest.mark.parametrize("source", [{}, FLAT])
def test_an_empty_file_among_others_is_noted_and_nothing_but_empty_ones_refused(
    read: Any, tmp_path: Path, source: dict[str, Any]
) -> None:
    lines = ['{"c":1,"i":"a","t":"2020-01-01"}'] if source else GOOD
    for name, own in (("a", []), ("b", lines), ("c", ["", "  "])):
        write(tmp_path / f"{name}.jsonl", *own)
    log = read(tmp_path / "?.jsonl", **source)
    assert log.events == len(lines)
    assert [(note.code, note.values["file"]) for note in log.notes] == [
        ("source_empty", "a.jsonl"),
        ("source_empty", "c.jsonl"),
    ]
    write(tmp_path / "b.jsonl")
    with pytest.raises(SourceEmptyError, match=r"all 3 files.*a\.jsonl"):
        read(tmp_path / "?.jsonl", **source)


def test_a_file_of_broken_lines_among_others_is_counted(read: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", "broken")
    write(tmp_path / "b.jsonl", *GOOD)
    log = read(tmp_path / "?.jsonl")
    assert (log.events, log.rejected) == (8, 1)
    with pytest.raises(TooManyRejectedError, match=r"a\.jsonl.*1 of 1 rows"):
        read(tmp_path / "?.jsonl", max_rejected=0.05)


def test_json_lines_may_lack_a_key_that_may_be_missing_in_a_whole_file(con: Any, read: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", '{"c":1,"i":"a","t":"2020-01-01","q":2}')
    write(tmp_path / "b.jsonl", '{"c":2,"i":"b","t":"2020-01-01"}')
    log = read(tmp_path / "?.jsonl", **FLAT, quantity="q")
    assert [(row["customer"], row["quantity"]) for row in rows_of(con, log)] == [("1", 2.0), ("2", None)]
    assert log.missing["quantity"] == 1
    write(tmp_path / "c.jsonl", '{"i":"b","t":"2020-01-01"}')
    with pytest.raises(ColumnMissingError, match=r"customer = 'c'.*c\.jsonl"):
        read(tmp_path / "?.jsonl", **FLAT, quantity="q")


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, "zstd"))


PACKERS = {"gz": gzip.compress, "zst": zstd}


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_packed_logs_are_read_also_in_several_members(read: Any, tmp_path: Path, packing: str) -> None:
    pack = PACKERS[packing]
    halves = [pack("".join(f"{line}\n" for line in [*own, "broken"]).encode()) for own in (GOOD[:4], GOOD[4:])]
    (tmp_path / f"log.jsonl.{packing.upper()}").write_bytes(b"".join(halves))
    log = read(tmp_path / f"log.jsonl.{packing.upper()}")
    assert (log.events, log.rejected) == (8, 2)
    assert [line for line, _, _ in rejected(tmp_path, f"log.jsonl.{packing.upper()}")] == [5, 10]
    table = tmp_path / f"log.csv.{packing}"
    table.write_bytes(pack(b"c,i,t\n1,a,2020-01-01\n2,b,soon\n"))
    log = read(table, **FLAT)
    assert (log.events, log.rejected) == (1, 1)


@pytest.mark.parametrize("packing", ["gz", "zst"])
@pytest.mark.parametrize("fault", ["cut", "flipped", "trailing", "none"])
def test_a_damaged_archive_is_refused(read: Any, tmp_path: Path, packing: str, fault: str) -> None:
    data = "".join(f"{session(number, event(str(number * 7919 % 9973)))}\n" for number in range(5000)).encode()
    whole = PACKERS[packing](data)
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 255]) * 9 + whole[middle + 9 :],
        "trailing": whole + b"more",
        "none": b"no archive",
    }[fault]
    path = tmp_path / f"log.jsonl.{packing}"
    path.write_bytes(damaged)
    with pytest.raises(SourceError, match=rf"log\.jsonl\.{packing}.*cannot be read: .*Expected a"):
        read(path)
    path.write_bytes(whole)
    assert read(path).events == 5000


def test_a_parquet_log_that_is_cut_off_or_lacks_values_is_told(con: Any, read: Any, tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    con.raw_sql(
        f"COPY (SELECT * FROM (VALUES (1, 10, 1659304800), (2, NULL, 1659304800), (NULL, 20, 1659304800), "
        f"(3, 30, NULL), (4, 40, 5)) AS rows(c, i, t)) TO '{path}'"
    )
    log = read(path, **FLAT)
    assert (log.events, log.ignored, log.rejected) == (1, 1, 3)
    assert log.missing == {"customer": 1, "item": 1, "time": 1}
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SourceError, match=r"log\.parquet.*cannot be read"):
        read(path, **FLAT)


def test_a_growing_file_loses_no_line_without_a_word(con: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    cut = session(5)[:30]
    path.write_text("".join(f"{line}\n" for line in GOOD) + cut, encoding="utf-8")

    from querencia.data.reading import otto_log

    locate = otto_log.locate_lines

    def grow_then_locate(*args: Any) -> Any:
        # Between the engine's pass and ours the rest of the line arrives, and more.
        with path.open("a", encoding="utf-8") as file:
            file.write(session(5)[30:] + "\n" + session(6) + "\n")
        return locate(*args)

    monkeypatch.setattr(otto_log, "locate_lines", grow_then_locate)
    log = read_events(
        con,
        EventSource(path=path, format="otto"),
        into=tmp_path / "events",
        rejected=tmp_path / "rejected",
        max_rejected=1.0,
        timezone="UTC",
    )
    assert (log.events, log.rejected) == (8, 1)
    assert [note.code for note in log.notes] == ["source_grew", "events_rejected"]
    assert [(line, text) for line, _, text in rejected(tmp_path)] == [(9, cut)]


def test_a_byte_that_is_no_utf8_costs_its_line_in_one_file_as_in_two(read: Any, tmp_path: Path) -> None:
    sound = [f'{{"session":{n},"events":[{{"aid":"ítem","ts":1659304800025,"type":"clicks"}}]}}\n' for n in range(40)]
    broken = b'{"session":99,"events":[{"aid":"\xff","ts":1659304800025,"type":"clicks"}]}\n'
    lines = [line.encode() for line in sound[:20]] + [broken] + [line.encode() for line in sound[20:]]
    for name, files in (("one", [lines]), ("two", [lines[:25], lines[25:]])):
        folder = tmp_path / name
        folder.mkdir()
        for number, part in enumerate(files):
            (folder / f"{number}.jsonl").write_bytes(b"".join(part))
        log = read(folder / "*.jsonl")
        assert (log.rows_read, log.events, log.rejected) == (41, 40, 1)
        assert log.notes[-1].code == "events_rejected"


def test_types_are_found_without_holding_the_heads_of_all_files(tmp_path: Path) -> None:
    line = '{"session":%d,"events":[{"aid":%s,"ts":1659304800025,"type":"clicks"}]}\n'
    con = connect(memory="300MB", scratch=tmp_path / "scratch")
    layouts = []
    for number in range(120):
        file = tmp_path / f"{number:03}.jsonl"
        # Words in a few files: a fault of theirs, in whichever of the files they stand.
        file.write_text("".join(line % (n, f'"w{n}"' if number % 10 == 3 else n) for n in range(30)))
        layouts.append(lay_out(con, file, into=tmp_path))
    for order in (layouts, layouts[::-1]):
        assert find_otto_types(order) == OttoTypes(session=True, item=True)
