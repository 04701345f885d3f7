"""What is to be learned, how, and what came of it: the facts that go into scoring and come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import pandas as pd

from querencia.language.notes import Note
from querencia.learn.churn.rival import RecencyFrequencyValue
from querencia.learn.encoding.encoders import Floats
from querencia.learn.engagement import WEIGHTS
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentProfile
from querencia.learn.value.lifetime import ValueSource

SegmentNames = Sequence[str] | Callable[[int, int], str]
AXES = ("engagement", "cltv", "churn_probability")


@dataclass(frozen=True, kw_only=True)
class CustomerBatch:
    """Some customers: their features (the index is the customer id), what each is worth a month where it is known (NaN
    where not), and the history of their purchases, aligned, as `value.transactions.learn_purchases` reads it.
    """

    features: pd.DataFrame
    monthly_value: Floats | None = None
    purchases: pd.DataFrame | None = None


class CustomerBatches(Protocol):
    """Any number of customers, a part at a time, in the order of their ids as text; they can be gone through again."""

    @property
    def customers(self) -> int:
        """How many there are."""

    def __iter__(self) -> Iterator[CustomerBatch]:
        """Yield every customer once."""


@dataclass(frozen=True, kw_only=True)
class ScoringProblem:
    """Customers to score, and customers to learn from.

    `scoring` has each customer once: the index is the customer id, the columns are the features, float64 or text
    (string, object, category); the order of rows does not matter. More customers than fit into memory come as
    `CustomerBatches`. `training` has the same columns for the customers whose `outcome` (1 left, 0 stayed; aligned by
    position) is known, each once: for an outcome that stands in a table the labelled rows of `scoring`, for one made
    from behaviour the same customers at an earlier date. Both are None where no outcome is known. `treatment` (aligned
    by position, NaN where unknown) balances the folds and is never a feature.

    `earlier` and `earlier_outcome` are customers at a still earlier date and what became of them by the date of
    `training`, where that is known: the model is then measured by learning there and foretelling `outcome`.
    `rival` names the features of recency, frequency and value, for a simple
    model to compare with.

    `activity_columns` are features that grow with engagement. `monthly_value` is indexed by customer id, NaN where
    unknown; batches carry their own. `protocol_note` says where the outcome comes from, as a clause.
    """

    scoring: pd.DataFrame | CustomerBatches
    training: pd.DataFrame | None = None
    outcome: pd.Series | None = None
    treatment: pd.Series | None = None
    earlier: pd.DataFrame | None = None
    earlier_outcome: pd.Series | None = None
    rival: RecencyFrequencyValue | None = None
    activity_columns: tuple[str, ...] = ()
    monthly_value: pd.Series | None = None
    value_source: ValueSource = "declared"
    protocol_note: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoringOptions:
    """How to score; the keys of the project file say what each one means.

    `segment_names` are names, the best segment's first, or a function of the segment's number and of how many there
    are. `repeats` of the folds, "auto" as `ChurnClassifier` says. `n_jobs` fits at a time, -1 for one per core: the
    results do not depend on it.
    """

    components: int = 50
    clusters: int | Literal["auto"] = 4
    axes: tuple[str, ...] | Literal["components"] = AXES
    weights: tuple[float, ...] = WEIGHTS
    scale: Literal["percentile", "minmax"] = "percentile"
    thresholds: tuple[float, float] | Literal["auto"] = "auto"
    monthly: float = 83.33
    margin: float = 1.0
    horizon_months: float | None = None
    annual_discount: float = 0.10
    outcome_months: float = 2.0
    designed_share: float | None = None
    seed: int = 42
    folds: int = 5
    repeats: int | Literal["auto"] = "auto"
    segment_names: SegmentNames | None = None
    n_jobs: int = -1


class ScoredParts(Protocol):
    """Where scores are kept between one pass over the customers and the next: in memory, or in files."""

    def write(self, parts: Iterator[pd.DataFrame]) -> None:
        """Keep `parts`, in place of what was there."""

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield what is kept."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What came of it.

    `parts` holds the customers in the order of their ids: `customer_id`, `engagement` (2 decimals), `churn_probability`
    (4), `cltv` (2), `segment` (0-based, best value first), `segment_name`, `risk_group` (1, 2, 3), `uplift` (4; the
    expected fall in churn probability if contacted). Without an outcome `churn_probability`, `cltv` and `risk_group`
    are NaN or NA throughout; without an effect that could be told from chance so is `uplift`.
    """

    parts: ScoredParts
    number: int
    model: ModelFigures
    profiles: tuple[SegmentProfile, ...]
    notes: tuple[Note, ...]

    def with_version(self, version: str) -> Scores:
        """Return these scores, by the model that was saved as `version`."""
        return replace(self, model=replace(self.model, version=version))

    @property
    def customers(self) -> pd.DataFrame:
        """All customers in one table."""
        return pd.concat(list(self.parts), ignore_index=True)
