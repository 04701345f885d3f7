"""Any OTTO log, sound, odd or broken, is read as a plain reading of the contract reads it, by either road."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.reading import otto_log
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog

Event = tuple[int, int, datetime, str]


# What the contract says, in plain Python: whole ids, times of any form, one row per event or per line without a list.


@dataclass
class Reading:
    """What a log holds: copies of each event, rows without a customer, and the lines of rejected rows by file."""

    events: Counter[Event] = field(default_factory=Counter)
    ignored: int = 0
    rejected: dict[str, list[int]] = field(default_factory=dict)


MISSING = {"", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "None"}
# The engine forgives a comma before a closing bracket, as many programs do.
_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=[ \t\r\n]*[\]}])')


def read_plainly(files: dict[str, list[str]], types: tuple[str, ...] | None) -> Reading:
    found = Reading()
    for name, lines in files.items():
        for number, line in enumerate(lines, start=1):
            if line.strip(" \t\n\f\r"):
                _read_line(line, found, found.rejected.setdefault(name, []), number, types)
    return found


def _read_line(line: str, found: Reading, rejected: list[int], number: int, types: tuple[str, ...] | None) -> None:
    try:
        # The first of two equal keys counts, numbers keep their digits.
        value = json.loads(
            _COMMA.sub(lambda match: match[1] or "", line),
            object_pairs_hook=lambda pairs: dict(reversed(pairs)),
            parse_float=_Float,
        )
        json.dumps(value, default=str, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        rejected.append(number)
        return
    if not isinstance(value, dict) or not isinstance(value.get("events"), list):
        rejected.append(number)
        return
    for event in value["events"]:
        read = _read_event(value.get("session"), event if isinstance(event, dict) else {}, types)
        if read == "rejected":
            rejected.append(number)
        elif read == "ignored":
            found.ignored += 1
        else:
            found.events[read] += 1


class _Float:
    """A number with a point or an exponent: never an id."""

    def __init__(self, text: str) -> None:
        self.value = float(text)

    def __str__(self) -> str:
        return repr(self.value)


def _read_event(session: Any, event: dict[str, Any], types: tuple[str, ...] | None) -> Any:
    text = _text(session)
    customer = None if text is None or text.strip(" \t\n\v\f\r") in MISSING else _whole(text.strip(" \t\n\v\f\r"))
    no_customer = text is None or text.strip(" \t\n\v\f\r") in MISSING
    item, time, kind = _whole(_text(event.get("aid")) or ""), _moment(event.get("ts")), event.get("type")
    if item is None or time is None or not isinstance(kind, str) or not kind:
        return "rejected"
    if (types is not None and kind not in types) or (customer is None and not no_customer):
        return "rejected"
    return "ignored" if no_customer else (customer, item, time, kind)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | _Float) else json.dumps(value, default=str)


def _whole(text: str) -> int | None:
    whole = re.fullmatch(r"0|-?[1-9][0-9]*", text) and -(2**63) <= int(text) < 2**63
    return int(text) if whole else None


def _moment(value: Any) -> datetime | None:
    text = _text(value)
    if text is None or isinstance(value, bool | list | dict):
        return None
    text = text.strip()
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        size = abs(float(text))
        if size >= 1e14:
            return None
        seconds = float(text) if size < 1e11 else float(text) / 1000
        if abs(seconds) > 1e11:
            return None
        time = datetime(1970, 1, 1) + timedelta(microseconds=round(seconds * 1e6))
    else:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            return None
        time = time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    return time if datetime(1990, 1, 1) <= time < datetime(2101, 1, 1) else None


# Logs


def event_text(aid: str, ts: str, kind: str) -> str:
    return f'{{"aid":{aid},"ts":{ts},"type":{kind}}}'


SOUND_TIMES = ["1659304800", "1659304800000", "1659304800001", "1659304801"]
ODD_IDS = ["-5", '"12"', '"007"', "007", "true", "1.7", "1e3", "9223372036854775807", "9223372036854775808", "null"]
ODD_IDS += ["[1]", '{"a":1}', '""', '"x"', "0", "12345678901234567890123", '"\\u0035"']
ODD_TIMES = ['"2022-08-01T00:00:00Z"', '"2022-08-01T02:00:00+02:00"', '"1659304800"', "5", "4133980800", "4133980799"]
ODD_TIMES += ["9999999999999", "-1659304800", "1659304800.5", "null", "true", '"soon"', '""', "[]", "631152000"]
ODD_KINDS = ["null", "5", '""', '"views"', '"cl\\u0069cks"', '"a b"', '"é"', '["clicks"]', '"\\""', '"\\ud800"']
KINDS = ['"clicks"', '"carts"', '"orders"']
ODD_LINES = ["[1,2]", "{}", '{"session":1}', '{"session":null,"events":[]}', '{"session":1,"events":{}}', "null", "12"]
ODD_LINES += [
    '{"session":1,"events":[null,7,"x",[1,2]]}',
    '{"session":1,"events":[',
    "hello",
    "[" * 3000,
    "",
    "  \t",
    "\f",
]
ODD_LINES += ['{"session":1,"session":2,"events":[]}', "\ufeff", '"', "\v", "\x00", "{" * 50, '{"events":[{}]}']

sound_event = st.builds(event_text, st.integers(1, 3).map(str), st.sampled_from(SOUND_TIMES), st.sampled_from(KINDS))
odd_event = st.builds(
    event_text,
    st.one_of(st.just("1"), st.sampled_from(ODD_IDS)),
    st.one_of(st.just("1659304800"), st.sampled_from(ODD_TIMES)),
    st.one_of(st.just('"clicks"'), st.sampled_from(ODD_KINDS)),
)


def session_line(event: st.SearchStrategy[str], session: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda session, events: f'{{"session":{session},"events":[{",".join(events)}]}}',
        session,
        st.lists(event, min_size=1, max_size=5),
    )


few_ids = st.integers(1, 4).map(str)
sound_line = session_line(sound_event, few_ids)
mutated_line = st.builds(
    lambda line, place, length, sign: line[: place % len(line)] + sign + line[place % len(line) + length :],
    sound_line,
    st.integers(0, 10_000),
    st.integers(0, 2),
    st.sampled_from(
        ["", " ", "\t", ",", '"', "\\", "{", "}", "[", "]", ":", "0", "9", "-", "e", ".", "n", "\x00", "ñ"]
    ),
)
line = st.one_of(
    sound_line,
    sound_line,
    session_line(st.one_of(sound_event, odd_event), st.one_of(few_ids, st.sampled_from(ODD_IDS))),
    sound_line.map(lambda text: f" {text.replace(',', ' ,')} \t"),
    mutated_line,
    st.sampled_from(ODD_LINES),
)


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return connect(memory="1GB", scratch=tmp_path_factory.mktemp("scratch"))


def read_log(con: Any, folder: Path, files: dict[str, list[str]], types: tuple[str, ...] | None, end: str) -> EventLog:
    (folder / "log").mkdir(parents=True)
    for name, lines in files.items():
        (folder / "log" / name).write_bytes(end.join(lines).encode())
    return read_events(
        con,
        EventSource(path=folder / "log" / "*.jsonl", format="otto", types=types),
        into=folder / "events",
        rejected=folder / "rejected",
        max_rejected=1.0,
        timezone="UTC",
    )


def events_of(con: Any, log: EventLog) -> Counter[Event]:
    rows = log.table(con).to_pyarrow().to_pylist()
    found = Counter({(row["customer"], row["item"], row["time"], row["type"]): row["copies"] for row in rows})
    assert len(found) == len(rows), "an event stands twice in the log"
    return found


def rejected_lines(folder: Path, files: dict[str, list[str]]) -> dict[str, list[int]]:
    lines = {}
    for name in files:
        listed = folder / "rejected" / f"{name}.csv"
        if listed.exists():
            with listed.open(encoding="utf-8", newline="") as file:
                lines[name] = [int(row["line"]) for row in csv.DictReader(file)]
    return lines


def steady(number: int) -> list[str]:
    """Return lines of whole ids enough that, whatever follows, most of the ids are whole."""
    return [f'{{"session":{90 + n},"events":[{event_text("7", "1659304800025", KINDS[0])}]}}' for n in range(number)]


@given(
    lines=st.lists(line, max_size=14),
    cuts=st.lists(st.integers(0, 40), max_size=3),
    types=st.sampled_from([None, ("clicks", "carts", "orders")]),
    end=st.sampled_from(["\n", "\n", "\r\n", "\r"]),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_log_is_read_as_the_contract_says(
    con: Any,
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[str],
    cuts: list[int],
    types: tuple[str, ...] | None,
    end: str,
) -> None:
    lines = steady(20) + lines
    places = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    files = {f"{n}.jsonl": lines[a:b] for n, (a, b) in enumerate(pairwise(places))}
    wanted = read_plainly(files, types)
    folders = [tmp_path_factory.mktemp("log") for _ in range(2)]
    logs = [read_log(con, folders[0], files, types, end)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(otto_log, "is_mostly_usual", lambda *_: False)
        logs.append(read_log(con, folders[1], files, types, end))
    for log, folder in zip(logs, folders, strict=True):
        assert events_of(con, log) == wanted.events
        assert rejected_lines(folder, files) == {name: rows for name, rows in wanted.rejected.items() if rows}
        assert log.rejected == sum(map(len, wanted.rejected.values()))
        assert log.ignored == wanted.ignored
        assert (log.events, log.duplicates) == (len(wanted.events), wanted.events.total() - len(wanted.events))
        assert log.rows_read == log.events + log.duplicates + log.ignored + log.rejected
    assert logs[0].missing == logs[1].missing
