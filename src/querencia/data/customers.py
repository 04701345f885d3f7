"""Read a customer table, once: types found, unreadable rows rejected, one row per customer left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis

from querencia.data.reading.columns import (
    ColumnPlan,
    count_cells,
    plan_columns,
    require_named_columns,
    tell_columns,
    unmatched_globs,
)
from querencia.data.reading.customer_rows import arrange_rows, find_answers, judge_rows
from querencia.data.reading.encoding import clear_folder
from querencia.data.reading.files import engine_errors, find_files, require_same_columns
from querencia.data.reading.layouts import Layout, OwnType, lay_out, require_objects
from querencia.data.reading.locating import Fault, list_faults, locate
from querencia.data.reading.parquet import workspace, write_parquet
from querencia.data.reading.rejected import RejectionRule, report_rejected
from querencia.data.reading.scanning import REASON, tell_encodings
from querencia.data.reading.staged_text import FILE, FILE_ROW, ROW, StagedText, join_texts, stage_text
from querencia.data.sources import CustomerSource
from querencia.data.tables import CUSTOMER_ID, OUTCOME, CustomerTable
from querencia.errors import DuplicateCustomersError, SourceEmptyError, SourceError
from querencia.language.notes import Note

# DuckDB gives this name to the place of a row in its file.
ENGINES_OWN = "file_row_number"


def read_customers(
    con: Any, source: CustomerSource, *, into: Path, rejected: Path, max_rejected: float, timezone: str
) -> CustomerTable:
    """Read the files of a customer table into one Parquet file at `into`, one row per customer, ordered by id.

    `rejected` is the folder for one CSV per file with rows that could not be read; `max_rejected` the share of them
    above which TooManyRejectedError is raised. Without an id column a customer's id is the row number, from 1. Times
    are no features, so `timezone` (IANA) does not show in what is read. Also raises SourceMissingError,
    SourceEmptyError, ColumnMissingError, DuplicateCustomersError, OutcomeError for an outcome that is not clear, and
    SourceError for files that differ or cannot be read.
    """
    rule = RejectionRule(folder=rejected, max_rejected=max_rejected, section="customers")
    with workspace(into) as work, engine_errors(source.path):
        files = _stage_files(con, source, work)
        columns = files[0].layout.columns
        rows = join_texts(con, files, columns)
        plans = _plan(rows, source, [file.layout for file in files])
        answered = find_answers(rows, source, file=source.path)
        judge_rows(rows, source, plans, answered).to_parquet(work / "judged.parquet")
        judged = con.read_parquet(work / "judged.parquet")
        rejected_rows = sum(_report(con, judged, number, file, rule) for number, file in enumerate(files))
        _require_unique(con, judged, source, files)
        write_parquet(arrange_rows(judged, source), into)
    rows_read = sum(file.rows + file.broken for file in files)
    notes = [*tell_encodings([file.layout for file in files]), *unmatched_globs(source, columns), *tell_columns(plans)]
    return _describe(con, source, into, plans, rows_read=rows_read, rejected=rejected_rows, notes=notes)


def _stage_files(con: Any, source: CustomerSource, work: Path) -> list[StagedText]:
    found = find_files(source.path, key="[customers] path")
    layouts = [lay_out(con, file, into=clear_folder(work / str(n))) for n, file in enumerate(found)]
    for layout in layouts:
        _refuse_reserved(layout)
        require_objects(layout)
        require_named_columns(source, layout.columns, file=layout.file)
    require_same_columns([(layout.file, layout.columns) for layout in layouts], key="[customers] path")
    return [stage_text(con, layout, part=work / str(n) / "text.parquet") for n, layout in enumerate(layouts)]


def _refuse_reserved(layout: Layout) -> None:
    reserved = [name for name in layout.columns if name.startswith("__") or name == ENGINES_OWN]
    if reserved:
        raise SourceError(
            f"[customers] path = {str(layout.file)!r}: the columns {', '.join(map(repr, reserved))} have names that "
            f"querencia and its engine keep for themselves. Expected names that do not begin with '__' and are not "
            f"{ENGINES_OWN!r}: rename them in the file."
        )


def _plan(rows: Any, source: CustomerSource, layouts: Sequence[Layout]) -> tuple[ColumnPlan, ...]:
    columns = layouts[0].columns
    own_types: dict[str, OwnType] = {}
    for name in columns:
        stated = {layout.own_types.get(name) for layout in layouts}
        if len(stated) == 1 and (own := stated.pop()) is not None:
            own_types[name] = own
    comma = all(layout.decimal_comma for layout in layouts)
    return plan_columns(source, count_cells(rows, columns), own_types=own_types, decimal_comma=comma)


def _report(con: Any, judged: Any, number: int, file: StagedText, rule: RejectionRule) -> int:
    """Write down the rejected rows of one file and return how many there are."""
    faults = judged.filter(judged[FILE] == number, judged[REASON].notnull())
    faults = faults.select(row=faults[FILE_ROW], reason=faults[REASON])
    rejected = int(faults.count().to_pyarrow().as_py()) + file.broken
    rows = file.rows + file.broken
    found = locate(con, file.layout, file.part, list_faults(con, faults, part=file.part)) if rejected else ()
    report_rejected(file.layout, found, rejected=rejected, rows=rows, rule=rule)
    return rejected


def _require_unique(con: Any, judged: Any, source: CustomerSource, files: Sequence[StagedText]) -> None:
    """Raise DuplicateCustomersError where an id stands on two rows, telling the lines of the first such pair."""
    if source.id is None:
        return
    kept = judged.filter(judged[REASON].isnull())
    counts = kept.group_by(CUSTOMER_ID).agg(rows=ibis._.count(), first=ibis._[ROW].min())
    twice = counts.filter(counts["rows"] > 1)
    found = (
        twice.agg(ids=twice.count(), extra=twice["rows"].sum(), first=twice["first"].min()).to_pyarrow().to_pylist()[0]
    )
    if not found["ids"]:
        return
    ids = twice.filter(twice["first"] == found["first"]).select(CUSTOMER_ID)
    pair = kept.semi_join(ids, CUSTOMER_ID).order_by(ROW).limit(2).select(FILE, FILE_ROW).to_pyarrow().to_pylist()
    lines = [_line_of(con, files[row[FILE]], row[FILE_ROW]) for row in pair]
    raise DuplicateCustomersError(
        f"[customers] id = {source.id!r}: {found['ids']} customer ids stand on more than one row, {found['extra']} "
        f"rows in all; the first on {lines[0]} and {lines[1]}. Expected one row per customer: take out the "
        "others, or name another id column."
    )


def _line_of(con: Any, file: StagedText, row: int) -> str:
    wanted = Fault(row=row, reason="one of two")
    found = next(row for row in locate(con, file.layout, file.part, [wanted]) if row.reason == wanted.reason)
    return f"line {found.line} of {str(file.layout.file)!r}"


def _describe(
    con: Any,
    source: CustomerSource,
    into: Path,
    plans: Sequence[ColumnPlan],
    *,
    rows_read: int,
    rejected: int,
    notes: list[Note],
) -> CustomerTable:
    columns = [plan.name for plan in plans]
    table = con.read_parquet(into)
    counts = _count_columns(table, columns)
    rows = counts["rows"]
    if not rows:
        raise SourceEmptyError(
            f"[customers] path = {str(source.path)!r}: none of its {rows_read} rows can be read. Expected customers."
        )
    missing = {name: rows - counts[f"{n}_present"] for n, name in enumerate(columns)}
    empty = {name for name in columns if missing[name] == rows}
    constant = {name for n, name in enumerate(columns) if name not in empty and counts[f"{n}_constant"]}
    features = [plan for plan in plans if plan.role in ("numeric", "categorical") and plan.name not in empty | constant]
    dropped = [plan.name for plan in plans if plan.role != "apart"]
    notes += _tell(rejected=rejected, rows=rows_read, columns=dropped, empty=empty, constant=constant, missing=missing)
    if source.outcome is not None and counts["unlabelled"]:
        notes.append(Note(code="customers_unlabelled", values={"rows": counts["unlabelled"]}))
    return CustomerTable(
        path=into,
        rows_read=rows_read,
        rejected=rejected,
        rows=rows,
        columns=tuple(columns),
        numeric=tuple(plan.name for plan in features if plan.role == "numeric"),
        categorical=tuple(plan.name for plan in features if plan.role == "categorical"),
        id=source.id,
        outcome=source.outcome,
        treatment=source.treatment,
        revenue=source.revenue,
        has_consent=source.contact.consent is not None,
        notes=tuple(notes),
    )


def _count_columns(table: Any, columns: Sequence[str]) -> dict[str, int]:
    counts = {"rows": table.count(), "unlabelled": table[OUTCOME].isnull().sum()}
    for position, name in enumerate(columns):
        counts[f"{position}_present"] = table[name].count()
        counts[f"{position}_constant"] = table[name].min() == table[name].max()
    found: dict[str, int] = table.agg(**counts).to_pyarrow().to_pylist()[0]
    return {name: int(value or 0) for name, value in found.items()}


def _tell(
    *,
    rejected: int,
    rows: int,
    columns: Sequence[str],
    empty: set[str],
    constant: set[str],
    missing: dict[str, int],
) -> list[Note]:
    notes = []
    if rejected:
        notes.append(Note(code="customers_rejected", values={"rejected": rejected, "rows": rows}, level="warning"))
    if names := [name for name in columns if name in empty]:
        notes.append(Note(code="columns_empty", values={"columns": ", ".join(names)}, level="warning"))
    if names := [name for name in columns if name in constant]:
        notes.append(Note(code="columns_constant", values={"columns": ", ".join(names)}))
    if some := [f"{name} ({missing[name]})" for name in columns if missing[name] and name not in empty]:
        notes.append(Note(code="columns_missing", values={"columns": ", ".join(some)}))
    return notes
