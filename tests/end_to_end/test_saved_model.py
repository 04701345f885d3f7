"""A model that was saved: scored with again, on the same customers and on others, and refused where it does not fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from .conftest import querencia, results

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def model(demo: Path) -> Path:
    return next((demo / "output/models").iterdir())


@pytest.fixture
def project(demo: Path, tmp_path: Path) -> Path:
    """The same project, without anything that was read or scored."""
    folder = tmp_path / "later"
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("output", ".querencia"))
    return folder


def table(project: Path) -> Path:
    return project / "data/customers.csv"


def test_the_same_customers_get_the_same_scores_to_the_byte(demo: Path, project: Path, model: Path) -> None:
    done = querencia("run", "--project", project, "--model", model, "--json", "-q")
    assert done.code == 0, done.err
    before, after = results(demo), results(project)
    for name in ("customers.csv", "reasons.csv", "segments.csv", "personalized_messages.csv"):
        assert after[name] == before[name], name
    assert not any(name.startswith("models/") for name in after)  # nothing was learned
    figures = json.loads(after["model.json"])
    assert figures["version"] == figures["drift"]["model"] == model.name
    assert max(one["psi"] for one in figures["drift"]["features"]) < 1e-6
    assert b"<html" in after["drift.html"]
    again = querencia("run", "--project", project, "--model", model, "--json", "-q")
    assert set(again.document["kept"]) >= {"read", "score", "write"}


def test_other_customers_without_an_outcome_are_scored_and_what_changed_is_said(project: Path, model: Path) -> None:
    rows = pd.read_csv(table(project), dtype=str, keep_default_na=False)
    rows["seats"] = (rows["seats"].replace("", "0").astype(float) * 7 + 40).astype(str)
    rows.drop(columns="churned").to_csv(table(project), index=False)
    file = project / "querencia.toml"
    kept = [line for line in file.read_text().splitlines() if not line.startswith("outcome = ")]
    file.write_text("\n".join(kept) + "\n")
    done = querencia("score", "--project", project, "--model", model)
    assert done.code == 0, done.err
    assert "seats" in done.err and "learn a new model" in done.err
    assert pd.read_csv(project / "output/customers.csv")["churn_probability"].notna().all()


def test_a_table_without_a_feature_and_a_folder_without_a_model_are_refused(project: Path, model: Path) -> None:
    rows = pd.read_csv(table(project), dtype=str, keep_default_na=False)
    rows.drop(columns="seats").to_csv(table(project), index=False)
    done = querencia("score", "--project", project, "--model", model, "-q")
    assert done.code == 2
    assert "'seats'" in done.err and "Traceback" not in done.err
    nowhere = querencia("score", "--project", project, "--model", project, "-q")
    assert nowhere.code == 2
    assert "no model folder" in nowhere.err
