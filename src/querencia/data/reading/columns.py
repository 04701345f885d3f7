"""What the columns of a customer table are: numbers, categories, or nothing that a model should see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import ibis
from ibis import selectors

from querencia.data.reading.cells import to_number
from querencia.data.reading.files import require_column
from querencia.data.reading.layouts import OwnType
from querencia.data.sources import CustomerSource
from querencia.language.notes import Note

Role = Literal["numeric", "categorical", "time", "identifier", "apart"]

# A column is numeric with up to this share of cells that are no numbers, if it holds more than so many numbers.
_FEW_TEXTS = 0.05
_MANY_NUMBERS = 20
# A text column with nearly as many values as rows tells who somebody is, not what they are like.
_NEARLY_ALL = 0.9
_ROWS_TO_JUDGE = 50
_MOSTLY_TIMES = 0.95


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """Counts of one column's cells: not missing, numbers (with a decimal point; with a decimal comma), times, codes
    such as ``007``; and about how many different values there are."""

    present: int
    numbers: int
    comma_numbers: int
    times: int
    codes: int
    values: int


@dataclass(frozen=True, kw_only=True)
class ColumnPlan:
    """How one column is read: `number` as float, else as string; `role`: feature or not, and why not."""

    name: str
    number: bool
    role: Role
    decimal_comma: bool = False


def special_columns(source: CustomerSource) -> dict[str, str]:
    """Return the columns that the project file maps to a key, by that key, and that are never features."""
    contact = source.contact
    mapped = {
        "[customers] id": source.id,
        "[customers] outcome": source.outcome,
        "[customers] treatment": source.treatment,
        "[customers.contact] name": contact.name,
        "[customers.contact] email": contact.email,
        "[customers.contact] language": contact.language,
        "[customers.contact] consent": contact.consent,
    }
    return {key: column for key, column in mapped.items() if column is not None}


def require_named_columns(source: CustomerSource, columns: Sequence[str], *, file: Path) -> None:
    """Raise ColumnMissingError unless every column that the project file names, other than by a glob, is there."""
    for key, column in special_columns(source).items():
        require_column(column, columns, key=key, file=file)
    if source.revenue is not None:
        require_column(source.revenue, columns, key="[customers] revenue", file=file)
    for key, names in _globs(source).items():
        for name in names:
            if not any(sign in name for sign in "*?["):
                require_column(name, columns, key=f"[customers] {key}", file=file)


def unmatched_globs(source: CustomerSource, columns: Sequence[str]) -> list[Note]:
    """Return a note for each glob of the project file that no column matches."""
    return [
        Note(code="glob_without_columns", values={"key": key, "glob": glob}, level="warning")
        for key, globs in _globs(source).items()
        for glob in globs
        if not any(fnmatchcase(column, glob) for column in columns)
    ]


def count_cells(table: Any, columns: Sequence[str]) -> dict[str, ColumnFacts]:
    """Return the facts of each column of a staged table: strings, null where missing. One pass over it."""
    # Cells below one another: a query of a thousand aggregates takes longer to write than to run.
    cells = table.select(*columns).pivot_longer(
        selectors.all(), names_pattern=r"(?s)(.+)", names_to="name", values_to="text"
    )
    cells = cells.mutate(number=to_number(cells.text))
    text, number = cells.text, cells.number
    # A cast that fails is slow, so only what may be a time, or a number with a comma, is tried as one.
    is_time = ibis.cases((number.isnull() & text.contains("-"), text.try_cast("timestamp").notnull()))
    with_comma = ibis.cases((text.contains(","), to_number(text, decimal_comma=True)), else_=number)
    counts = cells.group_by("name").agg(
        present=text.count(),
        numbers=number.count(),
        comma_numbers=with_comma.count(),
        times=is_time.sum(),
        codes=(text.startswith("0") & text.re_search(r"^0\d+$")).sum(),
        values=text.approx_nunique(),
    )
    found = {row.pop("name"): row for row in counts.to_pyarrow().to_pylist()}
    return {name: ColumnFacts(**{key: int(value or 0) for key, value in found[name].items()}) for name in columns}


def plan_columns(
    source: CustomerSource,
    facts: Mapping[str, ColumnFacts],
    *,
    own_types: Mapping[str, OwnType],
    decimal_comma: bool,
) -> tuple[ColumnPlan, ...]:
    """Return how each column is read, in their order. `decimal_comma`: a comma may be a decimal sign."""
    special = set(special_columns(source).values())
    as_text = {source.id, *(column for key, column in special_columns(source).items() if "contact" in key)}
    plans = []
    for name, counted in facts.items():
        comma = decimal_comma and counted.comma_numbers > counted.numbers
        # What counts as a number in such a column is what does with a comma.
        found = replace(counted, numbers=counted.comma_numbers) if comma else counted
        if name in special or _matches(name, source.ignore) or _is_unlisted(name, found, source, own_types.get(name)):
            number = name not in as_text and own_types.get(name) != "text" and 0 < found.present == found.numbers
            plans.append(ColumnPlan(name=name, number=number, role="apart", decimal_comma=comma))
            continue
        role = _find_role(name, found, source, own=own_types.get(name))
        number = role == "numeric"
        plans.append(ColumnPlan(name=name, number=number, role=role, decimal_comma=comma))
    return tuple(plans)


def read_column(table: Any, plan: ColumnPlan) -> Any:
    """Return a staged string column as its plan says."""
    text = table[plan.name]
    return to_number(text, decimal_comma=plan.decimal_comma) if plan.number else text


def tell_columns(plans: Sequence[ColumnPlan]) -> list[Note]:
    """Return notes on the columns that are no features because of what they hold."""
    notes = []
    for role, code in (("time", "columns_times"), ("identifier", "columns_identifiers")):
        names = [plan.name for plan in plans if plan.role == role]
        if names:
            notes.append(Note(code=code, values={"columns": ", ".join(names)}))
    if commas := [plan.name for plan in plans if plan.number and plan.decimal_comma]:
        notes.append(Note(code="columns_decimal_comma", values={"columns": ", ".join(commas)}))
    return notes


def _find_role(name: str, found: ColumnFacts, source: CustomerSource, *, own: OwnType | None) -> Role:
    if source.numeric is not None and _matches(name, source.numeric):
        return "numeric"
    if source.categorical is not None and _matches(name, source.categorical):
        return "categorical"
    if name == source.revenue or _looks_numeric(found, own):
        return "numeric"
    if own == "time" or (found.present and found.times >= _MOSTLY_TIMES * found.present):
        return "time"
    if found.present > _ROWS_TO_JUDGE and found.values > _NEARLY_ALL * found.present:
        return "identifier"
    return "categorical"


def _is_unlisted(name: str, found: ColumnFacts, source: CustomerSource, own: OwnType | None) -> bool:
    """Tell whether the project lists the features of this column's type, and not this one among them."""
    if _matches(name, (*(source.numeric or ()), *(source.categorical or ()))):
        return False
    return (source.numeric if _looks_numeric(found, own) else source.categorical) is not None


def _looks_numeric(found: ColumnFacts, own: OwnType | None) -> bool:
    if own is not None:
        return own in ("number", "whole")
    if found.numbers == 0 or found.codes:
        return False
    texts = found.present - found.numbers
    return texts == 0 or (texts <= _FEW_TEXTS * found.present and found.values - texts > _MANY_NUMBERS)


def _globs(source: CustomerSource) -> dict[str, tuple[str, ...]]:
    return {"numeric": source.numeric or (), "categorical": source.categorical or (), "ignore": source.ignore}


def _matches(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)
