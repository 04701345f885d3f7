"""Where the three tables come from: plain facts, filled from the project file by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ContactColumns:
    """Columns of the customer table that say how to address somebody. Never features, never sent to a model."""

    name: str | None = None
    email: str | None = None
    language: str | None = None
    consent: str | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerSource:
    """A customer table: CSV (also .gz), Parquet, JSON lines or ARFF, one file or a glob.

    `path` is absolute and may hold a glob. `numeric` and `categorical` are column globs; None means found by type.
    `as_of` is naive in the project's time zone unless it carries one: later events never reach the features.
    """

    path: Path
    id: str | None = None
    outcome: str | None = None
    positive: str | None = None
    treatment: str | None = None
    revenue: str | None = None
    numeric: tuple[str, ...] | None = None
    categorical: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    as_of: datetime | None = None
    contact: ContactColumns = ContactColumns()


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """An event log: OTTO sessions (JSON lines), or a flat table (CSV, also .gz, Parquet, JSON lines).

    `type` is a column, or a fixed word in single quotes (``"'orders'"``). With `session` absent a session of a flat
    table ends after `session_gap_minutes` of silence of its customer. `types`, when given, are the only ones allowed.
    """

    path: Path
    format: Literal["otto", "table"] = "table"
    customer: str = "customer_id"
    session: str | None = None
    session_gap_minutes: int = 30
    item: str = "item"
    item_name: str | None = None
    ignore_items: tuple[str, ...] = ()
    time: str = "time"
    type: str = "type"
    types: tuple[str, ...] | None = None
    quantity: str | None = None
    price: str | None = None

    @property
    def fixed_type(self) -> str | None:
        """The event type of every row, where `type` is a word in quotes and not a column."""
        quoted = len(self.type) > 2 and self.type[0] == self.type[-1] == "'"
        return self.type[1:-1] if quoted else None
