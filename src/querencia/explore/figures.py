"""What the data look like, as plain facts: the shape of ``explore.json``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ChurnByContact:
    """Share of customers who left, among those contacted and those not (None where there are none)."""

    contacted: float | None
    not_contacted: float | None


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Pearson correlation of one feature with the outcome; a category's level is a feature ``COLUMN_level``."""

    feature: str
    correlation: float


@dataclass(frozen=True, kw_only=True)
class CorrelationMatrix:
    """Pearson correlations among `features`; `values[i][j]` belongs to features i and j."""

    features: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class CustomerFigures:
    """The customer table. `columns` counts the source's columns, `missing` its missing cells, `duplicates` rows that
    equal an earlier row in every column. Rates are shares from 0 to 1, None where the column is not there."""

    rows: int
    columns: int
    missing: int
    duplicates: int
    constant: tuple[str, ...]
    binary: tuple[str, ...]
    churn_rate: float | None
    contact_rate: float | None
    churn_by_contact: ChurnByContact | None
    correlations: tuple[Correlation, ...]
    correlation_matrix: CorrelationMatrix | None
    numeric_columns: int
    categorical_columns: int
    missing_by_column: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class ItemCount:
    """Events of one item; `name` where the log has names."""

    item: str | int
    events: int
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """Events of one day (ISO date, the project's time zone)."""

    day: str
    events: int


@dataclass(frozen=True, kw_only=True)
class Bin:
    """One bar of a histogram: `low` <= value < `high` (None: no upper end), and how many sessions."""

    low: float
    high: float | None
    sessions: int


@dataclass(frozen=True, kw_only=True)
class SessionSeconds:
    """Seconds from a session's first event to its last. Quantiles interpolate linearly."""

    mean: float
    median: float
    p90: float
    histogram: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True)
class EventsPerSession:
    """Events of one session. Quantiles interpolate linearly."""

    mean: float
    median: float
    p90: float
    max: int
    histogram: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True)
class EventFigures:
    """The event log. `rows_read` = `events` + `duplicates` + `ignored` + `rejected`. Hours, weekdays (Monday first)
    and days are those of the project's time zone."""

    rows_read: int
    rejected: int
    ignored: int
    duplicates: int
    events: int
    sessions: int
    items: int
    customers: int
    types: dict[str, int]
    top_items: tuple[ItemCount, ...]
    by_hour: tuple[int, ...]
    by_weekday: tuple[int, ...]
    by_day: tuple[DayCount, ...]
    session_seconds: SessionSeconds
    events_per_session: EventsPerSession


@dataclass(frozen=True, kw_only=True)
class ExploreFigures:
    """Both sources; None where one is not there."""

    customers: CustomerFigures | None
    events: EventFigures | None
