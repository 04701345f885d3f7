"""What each step leaves for the next, as plain facts that a later run can pick up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from querencia.data.products import Product
from querencia.data.tables import CustomerTable, EventLog
from querencia.language.notes import Note
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentProfile


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What has been read. `joined`: the log's customers are those of the table (or the log is all there is)."""

    customers: CustomerTable | None
    log: EventLog | None
    products: tuple[Product, ...]
    joined: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Customers, scored. `as_of` is when their features were taken (UTC), None without an event log; `scored` is False
    where no outcome is known, and with it churn, value, risk group and messages."""

    customers: int
    scored: bool
    model: ModelFigures
    profiles: tuple[SegmentProfile, ...]
    as_of: datetime | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One message to show: whom it was written for, and its text. No name stands in it unless the data are made up."""

    segment_name: str
    risk_group: int
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Written:
    """Messages by status, and one ready message of each risk group to show."""

    counts: dict[str, int]
    samples: tuple[Sample, ...]
    notes: tuple[Note, ...]
