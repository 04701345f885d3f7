"""A model that was learned and saved once, for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from querencia.learn.problem import Scores, ScoringOptions, ScoringProblem
from querencia.learn.saved.folder import SavedModel, load_model, pack_model
from querencia.learn.scoring import learn_and_score

OPTIONS = ScoringOptions(folds=3, clusters=3, segment_names=("A", "B", "C"), n_jobs=1)


def make_customers(rows: int, *, seed: int = 1, older: float = 0.0, prefix: str = "c") -> pd.DataFrame:
    random = np.random.default_rng(seed)
    habit = random.normal(size=rows)
    frame = pd.DataFrame(
        {
            "events_30d": np.round(np.exp(habit + 2)),
            "age": random.normal(40 + older, 10, size=rows),
            "plan": pd.Series(random.choice(["basic", "pro", "team"], p=[0.6, 0.35, 0.05], size=rows), dtype="str"),
        }
    )
    frame.loc[frame.index % 17 == 0, "age"] = np.nan
    frame.index = pd.Index([f"{prefix}{i:05d}" for i in range(rows)])
    return frame


def make_problem(rows: int = 900) -> ScoringProblem:
    frame = make_customers(rows)
    random = np.random.default_rng(2)
    habit = np.log(frame["events_30d"] + 1).to_numpy()
    left = pd.Series((random.random(rows) < expit(0.5 - 1.2 * habit)).astype(int))
    return ScoringProblem(
        scoring=frame,
        training=frame,
        outcome=left,
        activity_columns=("events_30d",),
        monthly_value=pd.Series(np.exp(random.normal(3, 0.5, size=rows)), index=frame.index),
        value_source="revenue",
    )


@dataclass(frozen=True)
class Kept:
    """A problem, its scores, and the folder of the model that gave them."""

    problem: ScoringProblem
    scores: Scores
    folder: Path

    @property
    def model(self) -> SavedModel:
        return load_model(self.folder)


def save(problem: ScoringProblem, into: Path) -> Kept:
    learned = learn_and_score(problem, options=OPTIONS)
    version, files = pack_model(learned.models, learned.reference, learned.scores.model)
    folder = into / version
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Kept(problem, learned.scores, folder)


@pytest.fixture(scope="package")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return save(make_problem(), tmp_path_factory.mktemp("models"))
