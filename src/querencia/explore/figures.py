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
class MinimumLength:
    """Sessions of at least `length` events, and the events in them."""

    length: int
    sessions: int
    events: int


@dataclass(frozen=True, kw_only=True)
class PopularityShare:
    """The most popular `items` (a share from 0 to 1 of all items, rounded up to whole ones) have a share `events` of
    all events."""

    items: float
    events: float


@dataclass(frozen=True, kw_only=True)
class ItemPopularity:
    """How unevenly events are spread over the items that have any: the Gini coefficient of events per item (0: all the
    same), and the share of events of the 1 % of the items with most (rounded up to whole items)."""

    gini: float
    top_1_percent_items: int
    top_1_percent_share: float
    shares: tuple[PopularityShare, ...]


@dataclass(frozen=True, kw_only=True)
class FunnelStep:
    """Sessions with an event of this type at or after an event of the type before, and so on back to the first type.
    `share` is that of all sessions; `rate` of the sessions of the step before (None: first step, or none before)."""

    type: str
    sessions: int
    share: float
    rate: float | None


@dataclass(frozen=True, kw_only=True)
class EventFigures:
    """The event log. `rows_read` = `events` + `duplicates` + `ignored` + `rejected`. Hours, weekdays (Monday first)
    and days are those of the project's time zone. `types` counts events after duplicates are taken out, `types_read`
    before; `missing` counts, per mapped field, the rows read without a value."""

    rows_read: int
    rejected: int
    ignored: int
    duplicates: int
    events: int
    sessions: int
    items: int
    customers: int
    missing: dict[str, int]
    types: dict[str, int]
    types_read: dict[str, int]
    top_items: tuple[ItemCount, ...]
    item_popularity: ItemPopularity
    by_hour: tuple[int, ...]
    by_weekday: tuple[int, ...]
    by_weekday_hour: tuple[tuple[int, ...], ...]
    by_day: tuple[DayCount, ...]
    session_seconds: SessionSeconds
    events_per_session: EventsPerSession
    sessions_by_minimum_length: tuple[MinimumLength, ...]
    funnel: tuple[FunnelStep, ...]


@dataclass(frozen=True, kw_only=True)
class ExploreFigures:
    """Both sources; None where one is not there."""

    customers: CustomerFigures | None
    events: EventFigures | None
