"""What reading leaves behind: canonical Parquet files, and the counts of how they came about.

The dataclasses hold paths and plain facts only, so that a killed run can pick them up again from JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from querencia.language.notes import Note

# Reserved columns of the canonical customer table; the source's own columns stand beside them under their own names.
CUSTOMER_ID = "__customer_id"
OUTCOME = "__outcome"
TREATMENT = "__treatment"
REVENUE = "__revenue"
NAME = "__name"
EMAIL = "__email"
LANGUAGE = "__language"
CONSENT = "__consent"

# Two columns of the files of an OTTO log, for reading alone: the first row of each line is marked, and a line that had
# to be read by itself is one row of nulls with its text.
BEGINS = "__begins"
ASIDE = "__aside"


@dataclass(frozen=True, kw_only=True)
class CustomerTable:
    """A customer table that has been read: one row per customer, ordered by customer id.

    The Parquet file at `path` holds the reserved columns (`__customer_id` string; `__outcome` and `__treatment` 0, 1 or
    null; `__revenue` float; `__name`, `__email`, `__language` string; `__consent` bool; each null throughout where the
    project maps no column to it) and then `columns`, the source's own in their order: float for numeric ones, string
    for the rest. `numeric` and `categorical` are the features: never the id, outcome, treatment or contact columns,
    never a constant or all-empty column. `notes` tell the user what was left out or looks wrong, and why.
    """

    path: Path
    rows_read: int
    rejected: int
    rows: int
    columns: tuple[str, ...]
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    id: str | None = None
    outcome: str | None = None
    treatment: str | None = None
    revenue: str | None = None
    has_consent: bool = False
    notes: tuple[Note, ...] = ()

    def table(self, con: Any) -> Any:
        """Return the canonical table as an Ibis expression on `con`."""
        return con.read_parquet(self.path)


@dataclass(frozen=True, kw_only=True)
class EventLog:
    """An event log that has been read: one row per event, duplicates and unusable rows taken out.

    The Parquet files in the folder `path` hold `customer`, `session`, `item` (integer or string, as the source has
    them), `time` (timestamp, UTC, without zone), `type` (string), where the source maps them `item_name` (string),
    `quantity` and `price` (float), and `copies` (how often the event stood in the log). Where `session_is_customer`
    they have no session of their own. `rows_read` = `events` + `duplicates` + `ignored` + `rejected`. `start` and `end`
    are the first and last event's time, ISO 8601, UTC. `types` are the event types found, commonest first; `declared`
    those that the project file names, in its order. `missing` counts the rows read without a value, by mapped field.
    """

    path: Path
    rows_read: int
    rejected: int
    ignored: int
    duplicates: int
    events: int
    start: str
    end: str
    types: tuple[str, ...]
    has_item_names: bool = False
    has_prices: bool = False
    ignore_items: tuple[str, ...] = ()
    session_is_customer: bool = False
    declared: tuple[str, ...] = ()
    missing: dict[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def table(self, con: Any) -> Any:
        """Return the events as an Ibis expression on `con`."""
        events = con.read_parquet(self.path / "*.parquet" if self.path.is_dir() else self.path)
        if self.session_is_customer:
            # Free of charge: files without such rows say so themselves.
            events = events.filter(events.customer.notnull()).mutate(session=events.customer)
        return events.drop(*(column for column in (BEGINS, ASIDE) if column in events.columns))
