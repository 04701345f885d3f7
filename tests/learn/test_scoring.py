"""Scores for every customer, from tables as a run hands them over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic_core import to_jsonable_python
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from querencia.errors import InputError, OutcomeError
from querencia.language.notes import LANGUAGES, say
from querencia.learn.problem import Scores, ScoringOptions, ScoringProblem
from querencia.learn.scoring import score_customers

NAMES = ("Premium", "Estables", "Emergentes", "Base")


def make_problem(rows: int = 1200, *, seed: int = 1) -> ScoringProblem:
    random = np.random.default_rng(seed)
    ids = [f"c{i:04d}" for i in range(rows)]
    habit = random.normal(size=rows)
    frame = pd.DataFrame(
        {
            "events_30d": np.round(np.exp(habit + 2)),
            "sessions_30d": np.round(np.exp(0.8 * habit + random.normal(scale=0.4, size=rows) + 1)),
            "age": random.normal(40, 10, size=rows),
            "plan": pd.Series(random.choice(["basic", "pro"], size=rows), dtype="str"),
        }
    )
    frame.index = pd.Index(ids)
    y = pd.Series((random.random(rows) < expit(-2 - 1.2 * habit)).astype(int).tolist())
    return ScoringProblem(
        scoring=frame,
        training=frame,
        outcome=y,
        treatment=pd.Series(random.random(rows) < 0.75).astype(float),
        activity_columns=("events_30d", "sessions_30d"),
        monthly_value=pd.Series(np.exp(random.normal(3, 0.5, size=rows)), index=ids),
        value_source="revenue",
        protocol_note="outcome from column 'left'",
    )


@pytest.fixture(scope="module")
def problem() -> ScoringProblem:
    return make_problem()


@pytest.fixture(scope="module")
def scores(problem: ScoringProblem) -> Scores:
    return score_customers(problem, options=ScoringOptions(segment_names=NAMES, n_jobs=1))


def test_every_customer_gets_every_score_in_its_range_and_decimals(scores: Scores) -> None:
    customers = scores.customers
    assert customers["customer_id"].tolist() == [f"c{i:04d}" for i in range(1200)]
    assert customers["engagement"].between(0, 100).all()
    assert customers["churn_probability"].between(0, 1).all()
    for column, decimals in (("engagement", 2), ("churn_probability", 4), ("cltv", 2)):
        assert (customers[column] == customers[column].round(decimals)).all()
    assert set(customers["risk_group"]) == {1, 2, 3}
    assert customers["segment_name"].tolist() == [NAMES[segment] for segment in customers["segment"]]


def test_columns_agree_with_each_other(scores: Scores, problem: ScoringProblem) -> None:
    customers, model = scores.customers, scores.model
    assert model.risk is not None
    assert problem.monthly_value is not None
    first, second = model.risk.thresholds
    by_hand = 1 + (customers["churn_probability"] >= first) + (customers["churn_probability"] >= second)
    assert customers["risk_group"].tolist() == by_hand.tolist()
    monthly = 1 - (1 - customers["churn_probability"]) ** 0.5
    cltv = problem.monthly_value.to_numpy() / (monthly + 1.1 ** (1 / 12) - 1)
    assert customers["cltv"].tolist() == pytest.approx(cltv.tolist(), abs=0.0051)
    means = customers.groupby("segment")["cltv"].mean()
    assert means.is_monotonic_decreasing
    assert [profile.cltv for profile in scores.profiles] == pytest.approx(means.tolist())
    assert sum(profile.customers for profile in scores.profiles) == 1200


def test_the_figures_tell_what_the_scores_are_worth(scores: Scores, problem: ScoringProblem) -> None:
    churn = scores.model.churn
    assert churn is not None
    assert problem.outcome is not None
    assert (churn.rows, churn.churners) == (1200, int(problem.outcome.sum()))
    # Every labelled row is scored out of fold, so the file itself has the AUC that is reported.
    auc = roc_auc_score(problem.outcome, scores.customers["churn_probability"])
    assert churn.auc.value == pytest.approx(auc, abs=0.002)
    assert churn.auc.low < churn.auc.value < churn.auc.high
    assert churn.baseline.average_precision == churn.churners / churn.rows
    assert sum(part.customers for part in churn.calibration) == 1200
    assert "outcome from column 'left'" in churn.protocol
    # The same protocol as facts, for reports in other languages.
    assert f"{churn.folds} folds stratified by {' and '.join(churn.strata)}," in churn.protocol
    assert f"({churn.calibration_method})" in churn.protocol
    assert f"{churn.resamples} bootstrap resamples; seed {churn.seed}" in churn.protocol
    assert scores.model.engagement is not None
    assert scores.model.engagement.orientation == "activity"
    assert scores.model.segments is not None
    assert scores.model.segments.axes == ("engagement", "cltv", "churn_probability")


def test_neither_the_order_of_rows_nor_threads_change_anything(scores: Scores, problem: ScoringProblem) -> None:
    order = np.random.default_rng(9).permutation(1200)
    assert problem.training is not None
    assert problem.outcome is not None
    assert problem.treatment is not None
    shuffled = replace(
        problem,
        scoring=problem.scoring.iloc[::-1],
        training=problem.training.iloc[order],
        outcome=problem.outcome.iloc[order],
        treatment=problem.treatment.iloc[order],
    )
    again = score_customers(shuffled, options=ScoringOptions(segment_names=lambda i, k: NAMES[i], n_jobs=2))
    pd.testing.assert_frame_equal(again.customers, scores.customers, check_exact=True)
    assert again.model == scores.model
    assert again.profiles == scores.profiles


def test_later_snapshots_are_scored_by_models_that_never_saw_their_customer() -> None:
    problem = make_problem(seed=4)
    random = np.random.default_rng(8)
    # A column of pure noise, kept by each customer over time: only a model that saw them could know it by heart.
    noise = random.normal(size=(1200, 30))
    names = [f"n{i}" for i in range(30)]
    known = pd.DataFrame(noise, columns=names, index=problem.scoring.index)
    outcome = pd.Series((random.random(1200) < 0.2).astype(int))
    newcomers = pd.DataFrame(random.normal(size=(50, 30)), columns=names, index=[f"z{i:02d}" for i in range(50)])
    later = ScoringProblem(scoring=pd.concat([known, newcomers]), training=known, outcome=outcome)
    customers = score_customers(later).customers
    assert len(customers) == 1250
    assert customers["churn_probability"].notna().all()
    assert roc_auc_score(outcome, customers["churn_probability"][:1200]) == pytest.approx(0.5, abs=0.06)
    assert roc_auc_score(outcome, customers["engagement"][:1200]) == pytest.approx(0.5, abs=0.06)


def test_without_an_outcome_there_are_segments_and_the_rest_is_empty(problem: ScoringProblem) -> None:
    unlabelled = replace(problem, training=None, outcome=None, treatment=None)
    scores = score_customers(unlabelled)
    for column in ("churn_probability", "cltv", "risk_group"):
        assert scores.customers[column].isna().all()
    model = scores.model
    assert (model.churn, model.risk, model.value) == (None, None, None)
    assert model.segments is not None
    assert model.segments.axes == ("engagement", "monthly_value")
    assert problem.monthly_value is not None
    worth = problem.monthly_value.groupby(scores.customers["segment"].to_numpy()).mean()
    assert worth.is_monotonic_decreasing
    assert "learn_no_outcome" in [note.code for note in scores.notes]
    assert [profile.cltv for profile in scores.profiles] == [None] * 4


def test_declared_value_is_said_and_shapes_no_segment() -> None:
    problem = make_problem(500)
    scores = score_customers(replace(problem, monthly_value=None, value_source="declared"))
    assert scores.model.segments is not None
    assert scores.model.segments.axes == ("engagement", "churn_probability")
    assert scores.model.value is not None
    assert (scores.model.value.source, scores.model.value.monthly) == ("declared", 83.33)
    said = {note.code: say(note) for note in scores.notes}
    assert "83.33" in said["learn_value_declared"]


def test_components_can_be_the_axes(problem: ScoringProblem) -> None:
    scores = score_customers(replace(problem, training=None, outcome=None), options=ScoringOptions(axes="components"))
    assert scores.model.segments is not None
    assert scores.model.segments.axes == ("component_1", "component_2", "component_3", "component_4")


def test_leaks_infinities_and_missing_values_are_noticed() -> None:
    problem = make_problem(500)
    assert problem.outcome is not None
    assert problem.monthly_value is not None
    leaky = problem.scoring.assign(refund=problem.outcome.to_numpy() * 5.0)
    leaky.iloc[3, 0] = np.inf
    value = problem.monthly_value.copy()
    value.iloc[:7] = np.nan
    scores = score_customers(replace(problem, scoring=leaky, training=leaky, monthly_value=value))
    assert scores.model.churn is not None
    assert scores.model.churn.leaks == ("refund",)
    said = {note.code: say(note) for note in scores.notes}
    assert "refund" in said["learn_leaks"]
    assert "hold 1 values that are infinite" in said["learn_infinite"]
    assert ": 7." in said["learn_value_missing"]
    for note in scores.notes:
        assert len({say(note, language=language) for language in LANGUAGES}) == 3


def test_noise_is_said_to_be_noise() -> None:
    random = np.random.default_rng(1)
    ids = [f"c{i}" for i in range(1500)]
    frame = pd.DataFrame(random.normal(size=(1500, 5)), columns=list("abcde"), index=ids)
    problem = ScoringProblem(scoring=frame, training=frame, outcome=pd.Series(np.arange(1500) % 5 == 0).astype(int))
    scores = score_customers(problem)
    assert scores.model.churn is not None
    assert scores.model.churn.auc.value == pytest.approx(0.5, abs=0.05)
    said = {note.code: say(note) for note in scores.notes}
    assert "cannot be told from chance" in said["learn_no_better_than_chance"]


def test_problems_that_cannot_be_scored_are_refused(problem: ScoringProblem) -> None:
    assert problem.outcome is not None
    few = pd.Series((np.arange(1200) < 49).astype(int))
    with pytest.raises(OutcomeError, match="Of 1200 customers with a known outcome, 49 left: expected at least 50"):
        score_customers(replace(problem, outcome=few))
    with pytest.raises(OutcomeError, match="The outcome holds"):
        score_customers(replace(problem, outcome=problem.outcome + 1))
    with pytest.raises(InputError, match="come together"):
        score_customers(replace(problem, outcome=None))
    with pytest.raises(InputError, match="'c0000' more than once"):
        score_customers(replace(problem, scoring=pd.concat([problem.scoring, problem.scoring.iloc[:1]])))
    with pytest.raises(InputError, match="0 feature columns"):
        score_customers(replace(problem, scoring=problem.scoring[[]]))
    with pytest.raises(InputError, match="different columns"):
        score_customers(replace(problem, scoring=problem.scoring.drop(columns="age")))
    with pytest.raises(InputError, match="'recency'"):
        options = ScoringOptions(axes=("recency",))
        score_customers(replace(problem, training=None, outcome=None), options=options)


@pytest.mark.slow
def test_ibm_telco_out_of_fold(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "ibm_telco_churn.csv", index_col="customerID")
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    assert table["TotalCharges"].isna().sum() == 11
    outcome = (table.pop("Churn") == "Yes").astype(int)
    numeric = table.select_dtypes("number").columns
    table[numeric] = table[numeric].astype(float)
    told: list[tuple[str, int, int]] = []
    problem = ScoringProblem(
        scoring=table,
        training=table,
        outcome=outcome,
        monthly_value=table["MonthlyCharges"],
        value_source="revenue",
    )
    scores = score_customers(problem, on_progress=lambda *step: told.append(step))
    churn, segments = scores.model.churn, scores.model.segments
    assert churn is not None
    assert segments is not None
    assert churn.auc.value >= 0.845
    assert churn.auc.low > 0.835
    assert churn.average_precision.value >= 0.65
    assert churn.brier_skill.value > 0.28
    assert churn.repeats == 3
    assert len(churn.chosen) == 15
    assert churn.churners == 1869
    assert churn.leaks == ()
    for part in churn.calibration:
        assert part.predicted == pytest.approx(part.observed, abs=0.04)
    assert segments.stability > 0.8
    assert told[-1] == ("segments", 1, 1)
    assert ("churn", 90, 90) in told


@pytest.mark.slow
def test_where_contact_helps_some_everyone_gets_an_effect_foretold_without_them() -> None:
    random = np.random.default_rng(11)
    rows = 3000
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c"])
    frame["plan"] = pd.Series(random.choice(["basic", "pro"], size=rows), dtype="str")
    frame.index = pd.Index([f"c{i:04d}" for i in range(rows)])
    contact = (random.random(rows) < 0.5).astype(float)
    pro = (frame["plan"] == "pro").to_numpy()
    left = pd.Series((random.random(rows) < 0.4 - contact * np.where(pro, 0.3, -0.1)).astype(int))
    contact[:40] = np.nan  # nobody knows whether these were contacted
    problem = ScoringProblem(scoring=frame, training=frame, outcome=left, treatment=pd.Series(contact))
    scores = score_customers(problem, options=ScoringOptions(folds=3, n_jobs=1))
    uplift = scores.model.uplift
    assert uplift is not None and uplift.found and uplift.rows == 2960
    effect = scores.customers["uplift"]
    assert effect[pro].mean() == pytest.approx(0.3, abs=0.08)
    assert effect[~pro].mean() == pytest.approx(-0.1, abs=0.08)
    assert "learn_uplift_found" in {note.code for note in scores.notes}
    # The same customers under other ids get the mean of all learners: those who trained one are not scored by it.
    strangers = frame.set_axis([f"z{i:04d}" for i in range(rows)])
    both = replace(problem, scoring=pd.concat([frame, strangers]))
    again = score_customers(both, options=ScoringOptions(folds=3, n_jobs=1)).customers["uplift"]
    assert again[:rows].tolist() == effect.tolist()
    assert (again[rows:].to_numpy() != effect.to_numpy()).mean() > 0.5
    # Nobody contacted, or nobody known to be, is no experiment.
    none = score_customers(replace(problem, treatment=pd.Series(np.zeros(rows))), options=ScoringOptions(folds=3))
    assert none.model.uplift is None and none.customers["uplift"].isna().all()


@pytest.mark.parametrize("seed", range(3))
def test_a_table_with_nothing_to_learn_is_scored_and_every_figure_is_a_number(seed: int) -> None:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.normal(size=(500, 3)), columns=list("abc"), index=[f"c{i:03d}" for i in range(500)])
    # Two columns that say the same of everybody: every fold keeps the base rate.
    frame[["a", "b"]] = 1.0, 2.0
    frame["c"] = np.where(frame["c"] > 2, 1.0, 0.0)
    problem = ScoringProblem(scoring=frame, training=frame, outcome=pd.Series((random.random(500) < 0.15).astype(int)))
    model = score_customers(problem, options=ScoringOptions(folds=3, n_jobs=1)).model
    json.dumps(to_jsonable_python(model), allow_nan=False)
    assert model.churn is not None and model.churn.auc.low <= 0.5
