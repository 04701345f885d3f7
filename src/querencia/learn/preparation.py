"""A problem put in order before anything is learned: sorted, finite, and checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.data.churners import FEWEST_CHURNERS
from querencia.errors import InputError, OutcomeError
from querencia.language.notes import Note
from querencia.learn.encoding.encoders import LARGEST, split_types
from querencia.learn.problem import ScoringProblem

FEWEST_CUSTOMERS = 2


def prepare_problem(problem: ScoringProblem) -> tuple[ScoringProblem, list[Note]]:
    """Return the problem in order of customer id, without infinities, and what was noticed on the way."""
    if (problem.training is None) != (problem.outcome is None):
        raise InputError("training and outcome come together: one of them is None. Give both, or neither.")
    scoring, _, infinite = _sort(problem.scoring, "scoring")
    prepared = replace(problem, scoring=scoring)
    if problem.training is not None and problem.outcome is not None:
        training, order, more = _sort(problem.training, "training")
        infinite = max(infinite, more)  # the same cells, where training is a part of scoring
        if list(training.columns) != list(scoring.columns):
            raise InputError("training and scoring hold different columns: expected the same features, in one order.")
        # Aligned by position, whatever their own index is.
        outcome = pd.Series(problem.outcome.to_numpy(dtype=np.float64)[order], index=training.index)
        treatment = problem.treatment
        if treatment is not None:
            values = treatment.to_numpy(dtype=np.float64, na_value=np.nan)[order]
            treatment = pd.Series(np.where(np.isnan(values), -1.0, values), index=training.index)
        _check_outcome(outcome)
        prepared = replace(prepared, training=training, outcome=outcome, treatment=treatment)
    if problem.monthly_value is not None:
        value = problem.monthly_value.copy()
        value.index = value.index.astype(str)
        prepared = replace(prepared, monthly_value=value.reindex(scoring.index))
    notes = [Note(code="learn_infinite", values={"cells": infinite}, level="warning")] if infinite else []
    return prepared, notes


def _sort(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, NDArray[np.int64], int]:
    """Return `frame` in order of customer id, text as categories; that order; and how many cells were infinite."""
    if len(frame) < FEWEST_CUSTOMERS:
        raise InputError(
            f"{name} has {len(frame)} customers: expected at least {FEWEST_CUSTOMERS}, for one alone cannot be "
            "compared with anybody. Give more customers, or explore only."
        )
    if not frame.shape[1]:
        raise InputError(
            f"{name} has {len(frame)} customers and {frame.shape[1]} feature columns: at least one of each is needed. "
            "Check which columns [customers] numeric, categorical and ignore leave, or give an event log."
        )
    ids = np.array([str(customer) for customer in frame.index], dtype=object)
    order = np.argsort(ids, kind="stable")
    ordered = frame.iloc[order].set_axis(pd.Index(ids[order], dtype="str"))
    if not ordered.index.is_unique:
        twice = str(ordered.index[ordered.index.duplicated()][0])
        raise InputError(f"{name} holds customer {twice!r} more than once: expected each customer id on one row.")
    numeric, categorical = split_types(ordered)
    names = [ordered.columns[i] for i in numeric]
    values = ordered[names].to_numpy(dtype=np.float64, na_value=np.nan)
    wild = np.abs(values) > LARGEST
    infinite = int(wild.sum())
    floats = pd.DataFrame(np.where(wild, np.nan, values), index=ordered.index, columns=names)
    texts = ordered.iloc[:, categorical].astype("category")
    return pd.concat([floats, texts], axis=1)[list(ordered.columns)], order, infinite


def _check_outcome(outcome: pd.Series) -> None:
    if not outcome.isin([0.0, 1.0]).all():
        wrong = outcome[~outcome.isin([0.0, 1.0])].iloc[0]
        raise OutcomeError(f"The outcome holds {wrong!r}: expected 1 for a customer who left and 0 for one who stayed.")
    churners = int(outcome.sum())
    if min(churners, len(outcome) - churners) < FEWEST_CHURNERS:
        raise OutcomeError(
            f"Of {len(outcome)} customers with a known outcome, {churners} left: expected at least {FEWEST_CHURNERS} "
            f"who left and {FEWEST_CHURNERS} who stayed, to learn from. Give more customers; check which value of the "
            "outcome means that they left, and for an outcome from behaviour whether the last events' times are right."
        )
