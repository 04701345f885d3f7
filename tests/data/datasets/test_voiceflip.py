"""VoiceFlip is believable, reaches nobody, and its churn can be learned; figures by pandas and scikit-learn."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from querencia.data.datasets.voiceflip import draw_company, make_voiceflip
from querencia.data.datasets.voiceflip_events import ITEMS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_voiceflip(tmp_path_factory.mktemp("voiceflip"))
    assert made.project is not None
    return made.project


@pytest.fixture(scope="module")
def customers(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "data" / "customers.csv")


@pytest.fixture(scope="module")
def events(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "data" / "events.csv", parse_dates=["ts"])


@pytest.fixture(scope="module")
def catalogue(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "catalogue.csv", keep_default_na=False)


def test_customers(customers: pd.DataFrame) -> None:
    assert len(customers) == 5000
    assert customers.customer_id.is_unique
    assert customers.email.is_unique
    assert customers.churned.mean() == pytest.approx(0.135, abs=0.015)
    assert customers.contacted.mean() == pytest.approx(0.75, abs=0.02)
    assert (~customers.consent).sum() == round(5000 / 12)
    assert customers.language.value_counts(normalize=True)["es"] > 0.8
    assert set(customers.language) == {"es", "en", "pt"}
    assert customers.columns[customers.nunique() == 1].tolist() == ["data_region"]
    missing = customers.isna().mean()
    assert 0.25 < missing["nps"] < 0.5
    assert 0 < missing["api_share"] < 0.05
    assert missing.drop(["nps", "api_share", "minutes_previous_month"]).sum() == 0


def test_nobody_real_can_be_reached(folder: Path, customers: pd.DataFrame) -> None:
    assert customers.email.str.fullmatch(r"[a-z.]+\.\d+@example\.(com|org)").all()
    for name in ("querencia.toml", "catalogue.csv", "README.md"):
        text = (folder / name).read_text(encoding="utf-8")
        for address in re.findall(r"https?://([^/\s\"]+)|@([\w.]+)", text):
            assert "".join(address) == "example.com"
        assert not re.search(r"\+\d{2}|\d{3}[ -]\d{3}", text)


def test_events_belong_to_customers(customers: pd.DataFrame, events: pd.DataFrame, catalogue: pd.DataFrame) -> None:
    assert set(events.customer_id) <= set(customers.customer_id)
    assert events.customer_id.nunique() > 0.9 * len(customers)
    assert len(events) / len(customers) == pytest.approx(40, abs=5)
    per_customer = events.groupby("customer_id").size()
    assert per_customer.quantile(0.99) > 5 * per_customer.median()
    assert events.groupby("session_id").customer_id.nunique().max() == 1
    assert set(catalogue.sku) <= set(events.item)
    assert events.groupby("item").item_name.nunique().max() == 1
    shares = events.type.value_counts(normalize=True)
    assert list(shares.index) == ["clicks", "carts", "orders"]
    assert shares["orders"] > 0.01
    assert 0.001 < events.duplicated().mean() < 0.004


def test_events_end_before_the_outcome_begins(folder: Path, events: pd.DataFrame) -> None:
    settings = tomllib.loads((folder / "querencia.toml").read_text(encoding="utf-8"))
    assert events.ts.max() < pd.Timestamp(settings["customers"]["as_of"])
    assert (events.ts.max().normalize() - events.ts.min().normalize()).days == 89
    assert events.groupby("customer_id").ts.is_monotonic_increasing.all()


def test_weeks_and_days_have_their_shape(events: pd.DataFrame) -> None:
    by_weekday = events.ts.dt.day_of_week.value_counts(normalize=True)
    assert by_weekday[[5, 6]].sum() < 0.15
    by_hour = events.ts.dt.hour.value_counts(normalize=True)
    assert by_hour[[2, 3, 4, 5]].sum() < 0.5 * by_hour[[10, 11, 12, 13]].sum()


def test_activity_falls_before_somebody_leaves(customers: pd.DataFrame, events: pd.DataFrame) -> None:
    april = events[events.ts < "2025-05-02"].groupby("customer_id").size()
    june = events[events.ts >= "2025-06-01"].groupby("customer_id").size()
    table = customers.set_index("customer_id").assign(april=april, june=june).fillna({"april": 0, "june": 0})
    change = table.groupby("churned")[["april", "june"]].sum().pipe(lambda sums: sums.june / sums.april)
    assert change[1] < 0.8 < 0.95 < change[0]


def test_contact_keeps_a_few() -> None:
    # Over 40,000 customers the true effect, nearly two points of a hundred, stands clear of chance (0.4 points).
    columns = draw_company(customers=40_000, seed=3).columns
    table = pd.DataFrame({name: columns[name].to_numpy() for name in ("contacted", "churned")})
    left = table.groupby("contacted").churned.mean()
    assert 0.004 < left[0] - left[1] < 0.032


def test_churn_can_be_learned_but_not_read_off(customers: pd.DataFrame) -> None:
    features = customers.drop(columns=["customer_id", "name", "email", "language", "consent", "churned", "contacted"])
    X = pd.get_dummies(features.drop(columns="data_region")).astype(float)
    ratio = np.log(X.minutes_last_month / X.minutes_previous_month)
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=500))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    guess = cross_val_predict(model, X.assign(ratio=ratio), customers.churned, cv=folds, method="predict_proba")[:, 1]
    assert 0.78 < roc_auc_score(customers.churned, guess) < 0.88
    for column in X:
        assert roc_auc_score(customers.churned, X[column].fillna(X[column].median())) < 0.75


def test_the_catalogue_serves_everybody(catalogue: pd.DataFrame) -> None:
    assert len(catalogue) == 8
    assert catalogue.sku.is_unique
    names = {item: name for item, name, _ in ITEMS}
    assert dict(zip(catalogue.sku, catalogue.name, strict=True)) == {sku: names[sku] for sku in catalogue.sku}
    assert catalogue.url.str.startswith("https://example.com/").all()
    assert set(catalogue.currency) == {"EUR"}
    assert (catalogue.price.astype(float) > 0).all()
    # Digits in the texts would be figures that no record holds.
    assert not catalogue[["name", "description", "benefit"]].stack().str.contains(r"\d").any()
    for group in "123":
        for segment in ("Premium", "Estables", "Emergentes", "Base", "Otro"):
            fits = catalogue.risk_groups.str.contains(group) & (
                (catalogue.segments == "") | catalogue.segments.str.split("|").map(lambda names, s=segment: s in names)
            )
            assert fits.sum() >= 3
