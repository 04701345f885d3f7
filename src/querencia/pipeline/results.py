"""What each step leaves for the next, as plain facts that a later run can pick up again."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class Generated:
    """What a model was asked for, and what it cost in all runs that worked on the same customers.

    `works` are the texts wanted, `written` those that passed, `fallbacks` those given up, by reason; `pending` are not
    asked yet. `reserved_usd` is what calls that never ended may have cost. `stopped` says why asking ended early;
    `passing` fallbacks are for reasons that pass, and are asked for again by the next run.
    """

    mode: str
    model: str
    works: int
    written: int
    pending: int
    fallbacks: dict[str, int]
    calls: int
    input_tokens: int
    output_tokens: int
    spent_usd: float
    reserved_usd: float
    budget_usd: float
    stopped: str = ""
    passing: int = 0


@dataclass(frozen=True, kw_only=True)
class Written:
    """Messages by status, those ready by who wrote them, and one ready message of each risk group to show.

    `taken_over` counts the messages that the offline writer made in a model's place, by reason.
    """

    counts: dict[str, int]
    samples: tuple[Sample, ...]
    notes: tuple[Note, ...]
    writers: dict[str, int] = field(default_factory=dict)
    taken_over: dict[str, int] = field(default_factory=dict)
    generated: Generated | None = None

    @property
    def complete(self) -> bool:
        """Whether asking a model again would change nothing."""
        return self.generated is None or not (self.generated.pending or self.generated.passing)
