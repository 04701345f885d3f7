"""What the report is told: every figure and word of it comes from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from querencia.explore.figures import ExploreFigures
from querencia.language.notes import Note
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentProfile


class SampleMessage(NamedTuple):
    """One message to show: the segment and risk group it was written for, and its plain text."""

    segment_name: str
    risk_group: int
    text: str


@dataclass(frozen=True, kw_only=True)
class ReportFacts:
    """Everything the report may say.

    `language` is es, en or pt; `locale` a Babel identifier (``es_ES``); `currency` ISO 4217; `timezone` an IANA name.
    `customers` has one row per scored customer and the columns `engagement` (0-100), `churn_probability` (0-1), `cltv`
    (in `currency`), `segment` (0-based), `segment_name` and `risk_group` (1, 2, 3); a column may be empty throughout.
    Parts that are None did not take place. `joined` is False where the log's customers are other people than those of
    the customer table. `message_counts` counts messages by status (ready, failed, withheld). `sources` are the
    names of the files that were read. `customer_rows_read` and `customer_rows_rejected`
    count the lines of the customer table.
    """

    project: str
    language: str
    locale: str
    currency: str
    timezone: str
    explore: ExploreFigures | None = None
    model: ModelFigures | None = None
    profiles: tuple[SegmentProfile, ...] = ()
    customers: pd.DataFrame | None = None
    message_counts: dict[str, int] | None = None
    sample_messages: tuple[SampleMessage, ...] = ()
    notes: tuple[Note, ...] = ()
    synthetic: bool = False
    sources: tuple[str, ...] = ()
    joined: bool = True
    customer_rows_read: int | None = None
    customer_rows_rejected: int | None = None
