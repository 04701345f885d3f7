"""Event logs as flat tables: one row per event, in the columns that the project file names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from querencia.data.reading.cells import clean, drop_zero_decimals, quote, to_number
from querencia.data.reading.files import require_column
from querencia.data.reading.layouts import Layout, require_objects
from querencia.data.reading.locating import list_faults, locate, staged_faults
from querencia.data.reading.rejected import RejectedRow, count_broken_records
from querencia.data.reading.scanning import REASON, scan, stage
from querencia.data.reading.sessions import cut_sessions
from querencia.data.reading.times import EXPECTED_TIME, EXPECTED_YEARS, is_plausible, to_utc
from querencia.data.reading.verdicts import (
    FIELDS,
    KEPT,
    LACKING,
    REJECTED,
    VERDICT,
    first_reason,
    judge,
    mark_lacking,
    undeclared,
)
from querencia.data.sources import EventSource

_AMOUNTS = ("quantity", "price")
_OPTIONAL = ("session", "item_name", *_AMOUNTS)


def mapped_columns(source: EventSource) -> dict[str, str]:
    """Return the columns of the source by the field that each is mapped to."""
    fields = {
        "customer": source.customer,
        "session": source.session,
        "item": source.item,
        "item_name": source.item_name,
        "time": source.time,
        "type": None if source.fixed_type is not None else source.type,
        "quantity": source.quantity,
        "price": source.price,
    }
    return {field: column for field, column in fields.items() if column is not None}


def require_mapped_columns(source: EventSource, layouts: Sequence[Layout]) -> None:
    """Raise ColumnMissingError unless each file has every column that the project file maps.

    Where a value may be missing, JSON lines may lack its key, in some files altogether.
    """
    found = {column for layout in layouts for column in layout.columns}
    for layout in layouts:
        require_objects(layout)
        for field, column in mapped_columns(source).items():
            if layout.kind != "json" or field not in _OPTIONAL or column not in found:
                require_column(column, layout.columns, key=f"[events] {field}", file=layout.file)


def whole_fields(source: EventSource, layouts: Sequence[Layout]) -> frozenset[str]:
    """Return the ids that are integers in every file: only Parquet says so of a whole column."""
    mapped = mapped_columns(source)
    ids = [field for field in ("customer", "session", "item") if field in mapped]
    return frozenset(
        field
        for field in ids
        if all(layout.kind == "parquet" and layout.own_types.get(mapped[field]) == "whole" for layout in layouts)
    )


@dataclass(frozen=True, kw_only=True)
class FlatLog:
    """How the files of one flat log are read: all of them with the same types. A staged file is one Parquet file."""

    con: Any
    source: EventSource
    whole: frozenset[str]
    timezone: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the log maps."""
        return tuple(mapped_columns(self.source))

    def reading(self, layouts: Sequence[Layout], parts: Sequence[Path]) -> AbstractContextManager[None]:
        """Nothing is done ahead: one file keeps every core busy."""
        return nullcontext()

    def way_of(self, layout: Layout) -> Hashable:
        """Return None: each file of a flat log is staged by itself."""
        return None

    def stage_together(self, layouts: Sequence[Layout], part: Path) -> bool:
        """Return False: they are not."""
        return False

    def stage(self, layout: Layout, part: Path) -> Layout:
        """Write the events of a file, each with its verdict; return its layout as it was read."""

        keys = tuple(dict.fromkeys(mapped_columns(self.source).values()))

        def shape(file: Layout) -> Any:
            rows = _take_raw(scan(self.con, file, keys=keys), self.source)
            read = _read_fields(
                rows, self.source, whole=self.whole, timezone=self.timezone, decimal_comma=layout.decimal_comma
            )
            reason = _find_reason(read, self.source)
            quantity = read.quantity if self.source.quantity else None
            raw = {field: read[f"raw_{field}"] for field in FIELDS if f"raw_{field}" in read.columns}
            kept = [field for field in ("customer", "session", *_KEPT) if field in read.columns]
            verdict = judge(reason=reason, customer=read.customer, quantity=quantity)
            return read.select(*kept, **{VERDICT: verdict, LACKING: mark_lacking(**raw), REASON: reason})

        return stage(self.con, layout, shape, into=part)

    def count_verdicts(self, layout: Layout, part: Path) -> Counter[int]:
        """Return how many rows of a staged file have each verdict."""
        counts = self._count(part, VERDICT)
        counts[REJECTED] += count_broken_records(self.con, layout, part)
        return counts

    def count_marks(self, part: Path) -> Counter[int]:
        """Return how many rows of a staged file have each mark of what they lack."""
        return self._count(part, LACKING)

    def find_rejected(self, layout: Layout, part: Path) -> Iterator[RejectedRow]:
        """Return the rows of a staged file that cannot be read, with their lines."""
        faults = list_faults(self.con, staged_faults(self.con, part), part=part)
        return locate(self.con, layout, part, faults)

    def join(self, parts: Sequence[Path], *, into: Path) -> None:
        """Write the events of all staged files to one in the folder `into`, no event twice, by customer and time."""
        staged = self.con.read_parquet(list(parts))
        fields = [field for field in _ORDER if field in staged.columns]
        events = staged.filter(staged[VERDICT] == KEPT).group_by(*fields).agg(copies=ibis._.count().cast("int32"))
        if "session" not in fields or int(events.session.isnull().sum().to_pyarrow().as_py() or 0):
            events = cut_sessions(events, minutes=self.source.session_gap_minutes)
        fields = [field for field in _ORDER if field in events.columns]
        events.select(*fields, "copies").order_by(*fields).to_parquet(into / "events.parquet")

    def _count(self, part: Path, column: str) -> Counter[int]:
        read = self.con.read_parquet(part).group_by(column).agg(rows=ibis._.count())
        return Counter({row[column]: row["rows"] for row in read.to_pyarrow().to_pylist()})


# The columns of the Parquet file, in the order in which they also rank its rows.
_ORDER = ("customer", "time", "session", "item", "type", "item_name", "quantity", "price")
_KEPT = ("item", "item_name", "time", "type", "quantity", "price")


def _take_raw(table: Any, source: EventSource) -> Any:
    """Return the mapped columns alone, strings without blanks around them and null where missing."""
    taken = {}
    for field, column in mapped_columns(source).items():
        value = table[column]
        if value.type().is_string():
            value = clean(value)
        elif field not in ("time", *_AMOUNTS) and not value.type().is_integer():
            value = clean(value.cast("string"))
        taken[f"raw_{field}"] = value
    return table.select(**taken)


def _read_fields(t: Any, source: EventSource, *, whole: frozenset[str], timezone: str, decimal_comma: bool) -> Any:
    fields = {}
    for field in ("customer", "session", "item"):
        if f"raw_{field}" in t.columns:
            fields[field] = _read_id(t[f"raw_{field}"], whole=field in whole, restore=field == "customer")
    if source.item_name is not None:
        fields["item_name"] = t.raw_item_name.cast("string")
    fixed = source.fixed_type
    fields["time"] = to_utc(t.raw_time, timezone=timezone)
    fields["type"] = t.raw_type.cast("string") if fixed is None else ibis.literal(fixed)
    for field in _AMOUNTS:
        if f"raw_{field}" in t.columns:
            fields[field] = _read_amount(t[f"raw_{field}"], decimal_comma=decimal_comma)
    return t.mutate(**fields)


def _read_id(value: Any, *, whole: bool, restore: bool) -> Any:
    if whole:
        return value.cast("int64")
    text = value.cast("string")
    return drop_zero_decimals(text) if restore else text


def _read_amount(value: Any, *, decimal_comma: bool) -> Any:
    if value.type().is_string():
        return to_number(value, decimal_comma=decimal_comma)
    number = value.cast("float64")
    return number.isnan().ifelse(ibis.null("float64"), number)


def _find_reason(t: Any, source: EventSource) -> Any:
    time = ibis.literal(f"{source.time} ") + quote(t.raw_time.cast("string"))
    checks = [
        (t.item.isnull(), ibis.literal(f"no item ({source.item})")),
        (t.raw_time.isnull(), ibis.literal(f"no time ({source.time})")),
        (t.time.isnull(), time + ibis.literal(f" is not a time, {EXPECTED_TIME}")),
        (~is_plausible(t.time), time + ibis.literal(f", {EXPECTED_YEARS}")),
    ]
    if source.fixed_type is None:
        checks.append((t.type.isnull(), ibis.literal(f"no type ({source.type})")))
        checks.append(undeclared(t.type, source.types))
    for field in _AMOUNTS:
        if f"raw_{field}" in t.columns:
            raw, column = t[f"raw_{field}"], mapped_columns(source)[field]
            text = raw.cast("string")
            wrong = t[field].isnull() & raw.notnull() & (text != "nan")
            checks.append((wrong, ibis.literal(f"{column} ") + quote(text) + ibis.literal(" is not a number")))
    return first_reason(*checks)
