"""Scoring a new table with a saved model: checked against what it fits, and its drift told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from querencia.errors import ColumnMissingError, InputError
from querencia.language.notes import LANGUAGES, say
from querencia.learn.problem import Scores, ScoringProblem
from querencia.learn.saved.rescoring import score_with_model

from .conftest import OPTIONS, Kept, make_customers


def score(kept: Kept, frame: pd.DataFrame, **changes: object) -> Scores:
    value = pd.Series(20.0, index=frame.index)
    problem = ScoringProblem(scoring=frame, monthly_value=value, value_source="revenue")
    return score_with_model(kept.model, replace(problem, **changes), options=OPTIONS)


def test_new_customers_like_the_old_ones_do_not_drift(kept: Kept) -> None:
    scores = score(kept, make_customers(2000, seed=9, prefix="n"))
    drift = scores.model.drift
    assert drift is not None
    assert (drift.rows_then, drift.rows_now) == (900, 2000)
    assert {one.level for one in drift.features} == {"stable"}
    assert drift.score_psi is not None and drift.score_psi < 0.1
    assert [note.code for note in scores.notes] == ["model_used"]
    customers = scores.customers
    assert customers["churn_probability"].between(0, 1).all()
    assert set(customers["segment_name"]) <= {"A", "B", "C"}
    assert set(customers["risk_group"]) <= {1, 2, 3}


def test_drift_is_the_index_of_the_books_and_is_named(kept: Kept) -> None:
    older = make_customers(2000, seed=9, older=15, prefix="n")
    scores = score(kept, older)
    drift = scores.model.drift
    assert drift is not None
    assert drift.features[0].feature == "age"
    assert drift.features[0].level == "large"
    # By hand: deciles of then, and missing values; half a customer more in each part, against empty ones.
    then = kept.problem.scoring["age"]
    edges = np.quantile(then.dropna(), np.arange(1, 10) / 10)
    parts = [
        np.append(np.histogram(one.dropna(), [-np.inf, *edges, np.inf])[0], one.isna().sum())
        for one in (then, older["age"])
    ]
    extra = np.append(parts[0][:-1], [0, 0, parts[0][-1]]), np.append(parts[1][:-1], [0, 0, parts[1][-1]])
    p, q = ((counts + 0.5) / (counts + 0.5).sum() for counts in extra)
    assert drift.features[0].psi == pytest.approx(((q - p) * np.log(q / p)).sum(), rel=0.02)
    said = {note.code: note for note in scores.notes}
    assert "age" in say(said["drift_large"])
    assert len({say(said["drift_large"], language=language) for language in LANGUAGES}) == 3


def test_new_categories_and_missing_values_are_named(kept: Kept) -> None:
    frame = make_customers(1000, seed=5, prefix="n")
    frame["plan"] = frame["plan"].astype("object")
    frame.iloc[:150, 2] = "platinum"
    frame.iloc[200:400, 1] = np.nan
    scores = score(kept, frame)
    assert scores.model.drift is not None
    by_name = {one.feature: one for one in scores.model.drift.features}
    assert by_name["plan"].new_levels == ("platinum",)
    assert by_name["plan"].new_share == 0.15
    assert by_name["age"].missing_now == frame["age"].isna().mean()
    said = {note.code: say(note) for note in scores.notes}
    assert "plan (platinum)" in said["drift_new_levels"]
    assert "age" in said["drift_missing"]


def test_a_table_without_a_feature_is_refused_and_all_differences_are_told(kept: Kept) -> None:
    frame = make_customers(300, prefix="n").drop(columns=["plan"]).assign(colour="red")
    with pytest.raises(ColumnMissingError, match=r"does not have: 'plan'.*does not know: 'colour'.*without --model"):
        score(kept, frame)


def test_columns_in_another_order_more_of_them_and_other_types_are_told(kept: Kept) -> None:
    frame = make_customers(900)
    same = score(kept, frame).customers
    turned = frame[["plan", "age", "events_30d"]].assign(colour="red")
    scores = score(kept, turned)
    pd.testing.assert_frame_equal(scores.customers, same)
    assert scores.model.drift is not None
    assert scores.model.drift.extra_columns == ("colour",)
    as_text = score(kept, frame.assign(age=frame["age"].map(lambda age: "" if np.isnan(age) else repr(float(age)))))
    pd.testing.assert_frame_equal(as_text.customers, same)
    assert as_text.model.drift is not None
    assert as_text.model.drift.changed_types == ("age",)
    assert "drift_types" in {note.code for note in as_text.notes}


def test_value_must_come_from_where_the_model_learned_it(kept: Kept) -> None:
    with pytest.raises(InputError, match="values customers by their revenue"):
        score(kept, make_customers(300, prefix="n"), monthly_value=None, value_source="declared")


def test_customers_trained_on_are_scored_by_models_that_never_saw_them(kept: Kept) -> None:
    """The same features under a known and an unknown id: the fold model for the one, the mean of all for the other."""
    frame = make_customers(900)
    strangers = frame.set_axis([f"z{i:05d}" for i in range(900)])
    known, unknown = score(kept, frame).customers, score(kept, strangers).customers
    model = kept.model.models
    assert model.churn is not None
    mean = np.round(model.churn.predict_proba(frame)[:, 1], 4)
    assert unknown["churn_probability"].to_numpy() == pytest.approx(mean)
    assert np.abs(known["churn_probability"].to_numpy() - mean).max() > 0.005
