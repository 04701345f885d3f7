"""Everything a run needs to know, as plain facts: the composition root fills it from the project file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from querencia.data.sources import CustomerSource, EventSource
from querencia.messages.brief import Brand, Disclosure
from querencia.messages.checks.finding import Severity
from querencia.messages.checks.rules import Rules
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.work import Mode

Axes = tuple[Literal["engagement", "cltv", "churn_probability"], ...] | Literal["components"]


@dataclass(frozen=True, kw_only=True)
class Modelling:
    """How customers are scored and cut into segments; the keys of the project file say what each one means."""

    folds: int = 5
    repeats: int | Literal["auto"] = "auto"
    components: int = 50
    clusters: int | Literal["auto"] = 4
    axes: Axes = ("engagement", "cltv", "churn_probability")
    weights: tuple[float, ...] = (0.50, 0.30, 0.15, 0.05)
    scale: Literal["percentile", "minmax"] = "percentile"
    thresholds: tuple[float, float] | Literal["auto"] = "auto"
    monthly: float = 83.33
    margin: float = 1.0
    horizon_months: float | None = 36.0
    annual_discount: float = 0.10
    outcome_months: float | None = None
    designed_share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How messages are written. `reasons` pairs a feature with the clause that may be told of it."""

    brand: Brand
    disclose: Disclosure = "numbers"
    recommendations: int = 2
    limit: int = 0
    forbidden: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()

    @property
    def rules(self) -> Rules:
        """The rules of the checks. ValueError where the severity of a check may not be set."""
        return Rules(forbidden_claims=self.forbidden, severity=dict(self.severity))


@dataclass(frozen=True, kw_only=True)
class Generation:
    """How a model writes: which server is asked, for what, how fast, for how much money, and where it is kept.

    `price` is (input, cached input, output) in USD per million tokens, None for the family's list price. Limits of 0
    are not known. `top` customers by contact rank are served individually; 0: all. `traced`: spans are sent.
    """

    connection: Connection
    store_url: str = field(repr=False)
    mode: Mode = "cell"
    top: int = 0
    variants: int = 1
    cells: int = 400
    cell_customers: int = 10
    voice: str = ""
    examples: tuple[str, ...] = ()
    budget_usd: float = 5.0
    price: tuple[float, float | None, float] | None = None
    batch: bool = False
    workers: int = 1
    concurrency: int = 32
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    reasoning_tokens: int = 0
    traced: bool = False

    @property
    def wanted(self) -> dict[str, object]:
        """Which texts are wanted: not how fast, or for how much, they are asked for."""
        names = ("mode", "top", "variants", "cells", "cell_customers", "voice", "examples")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One project, ready to run. Paths are absolute."""

    folder: Path
    name: str
    language: str
    locale: str
    currency: str
    timezone: str
    seed: int
    max_rejected: float
    synthetic: bool
    customers: CustomerSource | None
    events: EventSource | None
    outcome_after_days: int | None
    catalogue: Path | None
    engine_url: str
    engine_memory: str
    engine_threads: int
    modelling: Modelling
    writing: Writing
    generation: Generation | None = None
    saved_model: Path | None = None

    @property
    def output(self) -> Path:
        """The folder of results."""
        return self.folder / "output"

    @property
    def workspace(self) -> Path:
        """The folder of work in progress: what has been read, and which steps are done. Safe to delete."""
        return self.folder / ".querencia"

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files (or globs) that the project reads."""
        tables = (self.customers.path if self.customers else None, self.events.path if self.events else None)
        return tuple(path for path in (*tables, self.catalogue) if path is not None)

    @property
    def score_files(self) -> tuple[Path, ...]:
        """What scoring writes."""
        names = ("customers.parquet", "customers.csv", "segments.csv", "reasons.csv", "model.json")
        return (*(self.output / name for name in names), self.offers_file, self.scored_file)

    @property
    def offers_file(self) -> Path:
        """Where the recommendations are kept, with their reasons."""
        return self.workspace / "offers.parquet"

    @property
    def activity_folder(self) -> Path:
        """Where the behaviour features of each customer are kept."""
        return self.workspace / "activity"

    @property
    def features_folder(self) -> Path:
        """Where the features that are learned from, and scored, are kept."""
        return self.workspace / "features"

    @property
    def scored_file(self) -> Path:
        """Where scores are kept, with the reasons that messages are written from."""
        return self.workspace / "scored.parquet"

    @property
    def models_folder(self) -> Path:
        """Where each model that was learned has a folder of its own."""
        return self.output / "models"

    @property
    def usage_folder(self) -> Path:
        """Where it is kept what each customer may be told of their activity; not there without a log of theirs."""
        return self.workspace / "usage"

    @property
    def message_files(self) -> tuple[Path, Path]:
        """What writing writes: the messages, and what the checks found."""
        return self.output / "personalized_messages.csv", self.output / "findings.csv"
