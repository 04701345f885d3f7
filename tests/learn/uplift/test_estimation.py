"""One experiment in, everything about it out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from querencia.errors import InputError
from querencia.learn.figures.uplift import UpliftFigures
from querencia.learn.metrics.qini import bootstrap_qini
from querencia.learn.uplift.cross_fitting import cross_fit, experiment_folds
from querencia.learn.uplift.estimation import Uplift, default_learners, estimate_uplift
from querencia.learn.uplift.t_learner import TLearner


def _experiment(size: int, *, seed: int, effect: float, spread: float) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Contact keeps `effect` of all, and `spread` more of long-standing customers, less of new ones; 30 % leave."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"years": random.random(size), "usage": random.normal(size=size), "plan": random.choice(["a", "b"], size)},
        index=[f"C{row:06d}" for row in range(size)],
    )
    contact = (random.random(size) < 0.7).astype(float)
    fall = (effect + spread * (2 * frame["years"].to_numpy() - 1)) * contact
    return frame, (random.random(size) < 0.3 - fall).astype(int), contact


def _estimate(size: int = 4000, *, effect: float, spread: float, seed: int = 1) -> Uplift:
    frame, left, contact = _experiment(size, seed=seed, effect=effect, spread=spread)
    return estimate_uplift(
        frame, left, contact, risk=frame["usage"], folds=3, seed=1, learners=_straight(), resamples=200
    )


def _straight() -> dict[str, TLearner]:
    return {"t_learner": TLearner()}


def test_a_planted_effect_is_found_and_its_figures_agree_with_each_other() -> None:
    frame, left, contact = _experiment(6000, seed=2, effect=0.05, spread=0.2)
    told: list[tuple[int, int]] = []
    uplift = estimate_uplift(
        frame,
        left,
        contact,
        risk=frame["usage"],
        folds=3,
        seed=1,
        designed=0.7,
        resamples=200,
        on_progress=lambda done, total: told.append((done, total)),
    )
    figures = uplift.figures
    assert told == [(step, 7) for step in range(1, 8)]
    assert (figures.rows, figures.contacted) == (6000, int(contact.sum()))
    assert figures.found and figures.ranking == figures.shown
    assert {trial.name for trial in figures.trials} == {*default_learners(1), "risk", "nobody"}
    assert figures.average_effect.low < 0.05 < figures.average_effect.high
    assert figures.randomisation.sound
    years = frame["years"].to_numpy()
    assert np.corrcoef(uplift.out_of_fold, years)[0, 1] > 0.8
    assert uplift.out_of_fold.mean() == pytest.approx(figures.average_effect.value, abs=0.02)
    # The curve ends at the average effect; the policy of contacting nobody or all has the rates of the two sides.
    assert figures.curve[-1].kept == pytest.approx(figures.average_effect.value)
    assert len(figures.curve) == 51
    assert max(point.kept - point.high for point in figures.curve) > 0
    rates = [left[contact == side].mean() for side in (0, 1)]
    policy = {worth.share: worth for worth in figures.policy}
    assert policy[0.0].ipw.value == pytest.approx(rates[0])
    assert policy[1.0].ipw.value == pytest.approx(rates[1])
    # Contacting only those whom it keeps is worth more than contacting all: planted is 0.05 + 0.2 (2 u - 1).
    assert policy[0.5].aipw is not None and policy[1.0].aipw is not None
    assert policy[0.5].aipw.value < policy[1.0].aipw.value
    assert policy[0.5].aipw.low < 0.3 - 0.5 * (0.05 + 0.1) < policy[0.5].aipw.high
    assert [part.decile for part in figures.deciles] == list(range(1, 11))
    # New customers are foretold as the old ones were.
    fresh, _, _ = _experiment(500, seed=9, effect=0, spread=0)
    assert uplift.model.effect(fresh) == pytest.approx(0.05 + 0.2 * (2 * fresh["years"] - 1), abs=0.12)


@pytest.mark.parametrize(("effect", "ranking"), [(0.0, "risk"), (0.15, "risk"), (-0.15, "nobody")])
def test_without_differences_between_customers_nobody_has_an_uplift(effect: float, ranking: str) -> None:
    uplift = _estimate(effect=effect, spread=0, seed=2)
    assert (uplift.figures.ranking, uplift.figures.found) == (ranking, False)
    assert uplift.figures.average_effect.low < effect < uplift.figures.average_effect.high
    assert np.isnan(uplift.out_of_fold).all()
    assert np.isnan(uplift.model.effect(_experiment(10, seed=0, effect=0, spread=0)[0])).all()


def test_contact_that_drives_customers_away_is_found_with_its_sign() -> None:
    """Planted is -0.1 + 0.3 (2 years - 1): a third of the customers are helped, the others are driven away."""
    uplift = _estimate(effect=-0.1, spread=0.3)
    assert uplift.figures.found
    assert uplift.figures.average_effect.high < 0
    assert (uplift.out_of_fold < 0).mean() == pytest.approx(2 / 3, abs=0.07)


def test_customers_whose_treatment_is_unknown_are_left_out() -> None:
    frame, left, contact = _experiment(4000, seed=3, effect=0.05, spread=0.2)
    options = {"folds": 3, "seed": 1, "learners": _straight(), "resamples": 50}
    some = estimate_uplift(frame.iloc[:3000], left[:3000], contact[:3000], risk=frame["usage"].iloc[:3000], **options)
    masked = np.where(np.arange(4000) < 3000, contact, np.nan)
    everybody = estimate_uplift(frame, left, masked, risk=frame["usage"], **options)
    assert everybody.figures == some.figures
    assert (everybody.out_of_fold[:3000] == some.out_of_fold).all()
    assert np.isnan(everybody.out_of_fold[3000:]).all()


def test_the_same_seed_gives_the_same_figures_and_names_do_not_matter() -> None:
    first, again = _estimate(effect=0.05, spread=0.2), _estimate(effect=0.05, spread=0.2)
    assert first.figures == again.figures
    assert (first.out_of_fold == again.out_of_fold).all()
    frame, left, contact = _experiment(4000, seed=1, effect=0.05, spread=0.2)
    renamed = frame.set_axis(["x", "a", "k"], axis=1)
    other = estimate_uplift(
        renamed, left, contact, risk=frame["usage"], folds=3, seed=1, learners=_straight(), resamples=200
    )
    assert other.out_of_fold == pytest.approx(first.out_of_fold, abs=1e-9)


def test_too_few_churners_on_a_side_leave_the_average_alone() -> None:
    frame, left, contact = _experiment(400, seed=4, effect=0, spread=0)
    left = np.where(contact == 0, np.cumsum(left * (contact == 0)) <= 5, left) * left
    uplift = estimate_uplift(frame, left, contact, risk=frame["usage"], seed=1, resamples=50)
    assert [trial.name for trial in uplift.figures.trials if trial.name not in {"risk", "nobody"}] == []
    assert "No learner was tried" in uplift.figures.protocol
    assert all(worth.aipw is None for worth in uplift.figures.policy)
    assert all(part.predicted is None for part in uplift.figures.deciles)


def test_what_is_no_experiment_is_refused() -> None:
    frame, left, contact = _experiment(50, seed=1, effect=0, spread=0)
    with pytest.raises(InputError, match="50 of 50 customers were contacted"):
        estimate_uplift(frame, left, np.ones(50), risk=left, seed=1)
    with pytest.raises(InputError, match=r"treatment holds -1\.0: expected 0 or 1"):
        estimate_uplift(frame, left, np.where(contact == 1, -1, 0), risk=left, seed=1)


def test_figures_hold_plain_numbers() -> None:
    def check(value: object) -> None:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                check(getattr(value, field.name))
        elif isinstance(value, tuple):
            for one in value:
                check(one)
        else:
            assert type(value) in {int, float, bool, str, type(None)}
            assert value == value

    figures = _estimate(effect=0.05, spread=0.2).figures
    assert isinstance(figures, UpliftFigures)
    check(figures)


@pytest.mark.slow
def test_hillstrom_the_womens_mail_wins_visits_and_whom_it_wins_can_be_told(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "hillstrom_email_rct.csv.gz")
    arm, visit = table["segment"].to_numpy(), table["visit"].to_numpy()
    features = table.drop(columns=["segment", "visit", "conversion", "spend"])
    rows = arm != "Mens E-Mail"
    contact = (arm[rows] == "Womens E-Mail").astype(int)
    assert rows.sum() == 42_693
    folds = experiment_folds(visit[rows], contact, n_folds=5, seed=1)
    for name in ("t_learner", "dr_learner"):
        learner = default_learners(1)[name].set_params(outcome="response")
        effects = cross_fit(learner, features.loc[rows], visit[rows], contact, folds=folds).effects
        found = bootstrap_qini(visit[rows], effects, contact, outcome="response", seed=1, resamples=300)
        assert found.low > 0.004
        assert found.value > 0.0065
        assert effects.mean() == pytest.approx(
            visit[rows][contact == 1].mean() - visit[rows][contact == 0].mean(), abs=0.003
        )


@pytest.mark.slow
def test_hillstrom_both_arms_are_told_apart(shared_data: Path) -> None:
    table = pd.read_csv(shared_data / "hillstrom_email_rct.csv.gz")
    arm, visit = table["segment"].to_numpy(), table["visit"].to_numpy()
    features = table.drop(columns=["segment", "visit", "conversion", "spend"])
    folds = experiment_folds(visit, arm, n_folds=3, seed=1)
    learner = TLearner(outcome="response", control="No E-Mail")
    fit = cross_fit(learner, features, visit, arm, folds=folds)
    assert fit.learners[0].arms_.tolist() == ["Mens E-Mail", "Womens E-Mail"]
    for column, name in enumerate(fit.learners[0].arms_):
        rows = (arm == name) | (arm == "No E-Mail")
        found = visit[arm == name].mean() - visit[arm == "No E-Mail"].mean()
        assert fit.effects[:, column].mean() == pytest.approx(found, abs=0.003)
        qini = bootstrap_qini(
            visit[rows], fit.effects[rows, column], arm[rows] == name, outcome="response", seed=1, resamples=200
        )
        # The women's mail wins some customers and not others; the men's wins nearly all alike.
        assert qini.low > (0.004 if name == "Womens E-Mail" else -0.002)
    better = fit.effects.argmax(axis=1)
    followed = arm == np.array(fit.learners[0].arms_)[better]
    assert visit[followed].mean() > visit[arm == "Womens E-Mail"].mean()


def test_where_contact_was_not_random_nothing_is_claimed() -> None:
    """Contact changes nothing; those who stay anyway are contacted more often."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(3000, 3)), columns=list("abc"))
    contact = (random.random(3000) < 1 / (1 + np.exp(-1.5 * frame["a"]))).astype(float)
    left = (random.random(3000) < 1 / (1 + np.exp(1 + frame["a"]))).astype(int)
    found = estimate_uplift(
        frame, left, contact, risk=-frame["a"], folds=3, seed=1, learners=_straight(), resamples=200
    )
    assert not found.figures.randomisation.sound
    assert (found.figures.found, found.figures.ranking) == (False, "risk")
    assert np.isnan(found.out_of_fold).all()


def test_where_contact_harms_everyone_a_ranking_by_less_harm_is_no_reason_to_contact() -> None:
    _, left, contact = _experiment(6000, seed=3, effect=-0.2, spread=0.15)
    frame, *_ = _experiment(6000, seed=3, effect=-0.2, spread=0.15)
    found = estimate_uplift(
        frame, left, contact, risk=frame["usage"], folds=3, seed=1, learners=_straight(), resamples=200
    )
    # Those harmed least can be told: a Qini above zero, and yet nobody is helped.
    assert max(trial.simultaneous_low for trial in found.figures.trials) > 0
    assert (found.figures.found, found.figures.ranking) == (False, "nobody")
    assert np.isnan(found.out_of_fold).all()
