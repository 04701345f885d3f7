"""The churn model's figures."""

from __future__ import annotations

from dataclasses import dataclass

from querencia.learn.figures.interval import Interval


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What predicting the base rate for everybody gets."""

    auc: float
    average_precision: float
    brier: float
    brier_skill: float


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """Customers whose out-of-fold probability falls in one tenth: mean predicted, share that left, how many."""

    predicted: float
    observed: float
    customers: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One model that was tried, with its out-of-fold figures."""

    model: str
    log_loss: float
    auc: float
    brier: float


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The four figures of a probability, each with its interval."""

    auc: Interval
    average_precision: Interval
    brier: Interval
    brier_skill: Interval


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A simple model under the same protocol as ours, named such as "recency_frequency_value".

    `auc_lead` is our AUC minus the rival's on the same resamples: above 0 throughout, ours is better.
    """

    name: str
    quality: Quality
    auc_lead: Interval | None = None


@dataclass(frozen=True, kw_only=True)
class GainPoint:
    """Of the `share` of customers with the highest probability, the share of all churners among them.

    `low` and `high` are the 95 % band of a ranking by chance (the null band).
    """

    share: float
    gain: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class LiftAt:
    """How many times the base rate the churn rate is among the `share` of customers with the highest probability."""

    share: float
    lift: Interval


@dataclass(frozen=True, kw_only=True)
class ProfitFigures:
    """Expected maximum profit of a retention campaign, in currency per customer, and the share of customers to contact.

    W. Verbraken, T. Verbeke and B. Baesens, 2013; its parameters are assumptions, and are given.
    """

    profit: Interval
    share: float
    value: float
    incentive: float
    contact: float
    alpha: float
    beta: float


@dataclass(frozen=True, kw_only=True)
class Importance:
    """The share of all absolute contributions (log odds) that a feature makes, over the customers trained on."""

    feature: str
    share: float


@dataclass(frozen=True, kw_only=True)
class ChurnFigures:
    """The churn model. No figure is of rows that a model saw; `protocol` says in one English sentence how it was
    obtained.

    The last fields say the same as facts, for whoever words it in another language: `strata` are what the folds are
    balanced by ("outcome", "contact"), `calibration_method` is "sigmoid", "isotonic" or "none". `headline` says what
    the four figures above were measured on: "time_split" (learned at an earlier cut-off, tested at a later one;
    `out_of_fold` then holds the figures of cross-validation) or "out_of_fold". `repeats` of the folds were drawn;
    `chosen` names the model kept in each fold of each repeat. `rivals` are simple models under the same protocol.
    """

    rows: int
    churners: int
    model: str
    protocol: str
    auc: Interval
    average_precision: Interval
    brier: Interval
    brier_skill: Interval
    baseline: Baseline
    candidates: tuple[Candidate, ...]
    calibration: tuple[CalibrationBin, ...]
    leaks: tuple[str, ...]
    folds: int | None = None
    strata: tuple[str, ...] = ()
    calibration_method: str = ""
    resamples: int | None = None
    seed: int | None = None
    headline: str = "out_of_fold"
    out_of_fold: Quality | None = None
    repeats: int = 1
    chosen: tuple[str, ...] = ()
    calibration_slope: Interval | None = None
    calibration_intercept: Interval | None = None
    gains: tuple[GainPoint, ...] = ()
    lift: tuple[LiftAt, ...] = ()
    profit: ProfitFigures | None = None
    rivals: tuple[Rival, ...] = ()
    importance: tuple[Importance, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RiskFigures:
    """The two thresholds on churn probability, and the base rate that they were derived from."""

    thresholds: tuple[float, float]
    base_rate: float
