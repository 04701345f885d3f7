"""A problem put in order before anything is learned: sorted, finite, and checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.data.churners import FEWEST_CHURNERS
from querencia.errors import InputError, OutcomeError
from querencia.learn.batches import OneBatch, SoundBatches, clean_features
from querencia.learn.encoding.encoders import Floats
from querencia.learn.problem import CustomerBatch, ScoringProblem

FEWEST_CUSTOMERS = 2


@dataclass(frozen=True, kw_only=True)
class Training:
    """Customers to learn from, in the order of their ids: features (n, p), outcome and treatment (n,), 0 or 1; a
    treatment that is not known is NaN.
    """

    features: pd.DataFrame
    outcome: Floats
    treatment: Floats | None
    infinite: int = 0

    @property
    def strata(self) -> Floats | None:
        """Contacted, not contacted, or unknown, as folds are balanced by it: 1, 0 or -1."""
        return None if self.treatment is None else np.nan_to_num(self.treatment, nan=-1.0)


def prepare_batches(problem: ScoringProblem, *, fewest: int = FEWEST_CUSTOMERS) -> SoundBatches:
    """Return the customers to score as batches, in the order of their ids. InputError for fewer than `fewest`."""
    if not isinstance(problem.scoring, pd.DataFrame):
        _require_enough(problem.scoring.customers, 1, "scoring", fewest)
        return SoundBatches(problem.scoring)
    ordered, _ = _sort(problem.scoring, "scoring", fewest)
    value = None
    if problem.monthly_value is not None:
        series = problem.monthly_value.copy()
        series.index = series.index.astype(str)
        value = series.reindex(ordered.index).to_numpy(dtype=np.float64, na_value=np.nan)
    return SoundBatches(OneBatch(batch=CustomerBatch(features=ordered, monthly_value=value)))


def prepare_training(problem: ScoringProblem) -> Training | None:
    """Return the customers to learn from, None where no outcome is known.

    InputError for tables that do not fit together; OutcomeError for an outcome that cannot be learned from.
    """
    if (problem.training is None) != (problem.outcome is None):
        raise InputError("training and outcome come together: one of them is None. Give both, or neither.")
    if problem.training is None or problem.outcome is None:
        return None
    return _prepare(problem, problem.training, problem.outcome, problem.treatment, name="training")


def prepare_earlier(problem: ScoringProblem) -> Training | None:
    """Return the customers at the earlier date, and what became of them; None where that is not known."""
    if problem.earlier is None or problem.earlier_outcome is None:
        return None
    return _prepare(problem, problem.earlier, problem.earlier_outcome, None, name="earlier")


def _prepare(
    problem: ScoringProblem, frame: pd.DataFrame, outcome: pd.Series, treatment: pd.Series | None, *, name: str
) -> Training:
    ordered, order = _sort(frame, name)
    features, infinite = clean_features(ordered)
    if isinstance(problem.scoring, pd.DataFrame) and list(features.columns) != list(problem.scoring.columns):
        raise InputError(f"{name} and scoring hold different columns: expected the same features, in one order.")
    # Aligned by position, whatever their own index is.
    left = outcome.to_numpy(dtype=np.float64)[order]
    _check_outcome(left)
    contacted = None if treatment is None else treatment.to_numpy(dtype=np.float64, na_value=np.nan)[order]
    return Training(features=features, outcome=left, treatment=contacted, infinite=infinite)


def _sort(frame: pd.DataFrame, name: str, fewest: int = FEWEST_CUSTOMERS) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return `frame` in order of customer id, and that order."""
    _require_enough(len(frame), frame.shape[1], name, fewest)
    ids = np.array([str(customer) for customer in frame.index], dtype=object)
    order = np.argsort(ids, kind="stable")
    ordered = frame.iloc[order].set_axis(pd.Index(ids[order], dtype="str"))
    if not ordered.index.is_unique:
        twice = str(ordered.index[ordered.index.duplicated()][0])
        raise InputError(f"{name} holds customer {twice!r} more than once: expected each customer id on one row.")
    return ordered, order


def _require_enough(customers: int, columns: int, name: str, fewest: int) -> None:
    if not columns:
        raise InputError(
            f"{name} has {customers} customers and {columns} feature columns: at least one of each is needed. "
            "Check which columns [customers] numeric, categorical and ignore leave, or give an event log."
        )
    if customers < fewest:
        raise InputError(
            f"{name} has {customers} customers: expected at least {fewest}, for one alone cannot be "
            "compared with anybody. Give more customers, or explore only."
        )


def _check_outcome(outcome: Floats) -> None:
    strange = outcome[~np.isin(outcome, [0.0, 1.0])]
    if len(strange):
        raise OutcomeError(
            f"The outcome holds {strange[0]!r}: expected 1 for a customer who left and 0 for one who stayed."
        )
    churners = int(outcome.sum())
    if min(churners, len(outcome) - churners) < FEWEST_CHURNERS:
        raise OutcomeError(
            f"Of {len(outcome)} customers with a known outcome, {churners} left: expected at least {FEWEST_CHURNERS} "
            f"who left and {FEWEST_CHURNERS} who stayed, to learn from. Give more customers; check which value of the "
            "outcome means that they left, and for an outcome from behaviour whether the last events' times are right."
        )
