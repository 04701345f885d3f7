"""The whole job on real data: a telecom's table, a shop's invoices, and the published sample of OTTO."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .conftest import querencia

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("real")]

RETAIL_IGNORED = ["POST", "M", "D", "DOT", "BANK CHARGES", "C2", "CRUK", "AMAZONFEE", "S", "PADS", "B"]


def project(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "querencia.toml").write_text(text, encoding="utf-8")
    return folder


def figures(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / "output" / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def retail(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(
        tmp_path_factory.mktemp("retail"),
        f"""
[project]
name = "Gift Shop"
language = "en"
currency = "GBP"
timezone = "Europe/London"
[events]
path = {str(shared_data / "online_retail.csv.gz")!r}
customer = "CustomerID"
item = "StockCode"
item_name = "Description"
ignore_items = {RETAIL_IGNORED!r}
time = "InvoiceDate"
type = "'orders'"
quantity = "Quantity"
price = "UnitPrice"
outcome_after_days = 90
""",
    )
    done = querencia("run", "--project", folder, "-q")
    assert done.code == 0, done.err
    return folder


def test_the_shops_log_is_accounted_for_to_the_last_line(retail: Path, shared_data: Path) -> None:
    raw = pd.read_csv(shared_data / "online_retail.csv.gz", dtype=str, keep_default_na=False)
    ignored = (raw["CustomerID"] == "") | (raw["Quantity"].astype(float) < 0)
    mapped = ["CustomerID", "StockCode", "Description", "InvoiceDate", "Quantity", "UnitPrice"]
    duplicates = raw.loc[~ignored].duplicated(mapped)
    events = figures(retail, "explore.json")["events"]
    assert events["rows_read"] == len(raw) == 541_909
    assert events["rejected"] == 0
    assert events["ignored"] == ignored.sum()
    assert events["duplicates"] == duplicates.sum()
    assert events["events"] == len(raw) - ignored.sum() - duplicates.sum()
    assert figures(retail, "explore.json")["customers"] is None


def test_the_shops_outcome_comes_from_behaviour_and_is_better_than_chance(retail: Path) -> None:
    churn = figures(retail, "model.json")["churn"]
    assert churn["churners"] == 1449
    assert churn["rows"] == 3370
    assert churn["auc"]["low"] > 0.7
    # Features of the later snapshot would know who came back: far above what recency and frequency can tell.
    assert churn["auc"]["high"] < 0.85
    assert "2011-09-10" in churn["protocol"]


def test_the_shops_model_is_measured_over_time_and_beats_recency_frequency_and_value(retail: Path) -> None:
    churn = figures(retail, "model.json")["churn"]
    assert churn["headline"] == "time_split"
    assert churn["out_of_fold"]["auc"]["value"] > 0.7
    (rival,) = churn["rivals"]
    assert rival["name"] == "recency_frequency_value"
    assert rival["auc_lead"]["value"] > 0


def test_the_shops_customers_are_worth_what_their_purchases_foretell(retail: Path) -> None:
    value = figures(retail, "model.json")["value"]
    assert value["source"] == "purchases"
    held = value["purchases"]
    assert held["holdout_days"] > 80
    assert 0.5 * held["observed"] < held["expected"] < 1.5 * held["observed"]
    customers = pd.read_csv(retail / "output/customers.csv")
    assert customers["cltv"].notna().all() and (customers["cltv"] >= 0).all()


def test_the_shops_model_scores_the_shop_again(retail: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / "querencia.toml").write_text((retail / "querencia.toml").read_text(encoding="utf-8"), encoding="utf-8")
    model = next((retail / "output/models").iterdir())
    done = querencia("score", "--project", again, "--model", model, "-q")
    assert done.code == 0, done.err
    assert (again / "output/customers.csv").read_bytes() == (retail / "output/customers.csv").read_bytes()


def test_messages_recommend_real_articles_by_their_real_names(retail: Path, shared_data: Path) -> None:
    raw = pd.read_csv(shared_data / "online_retail.csv.gz", dtype=str, keep_default_na=False)
    names = raw.groupby("StockCode")["Description"].agg(lambda texts: {" ".join(text.split()) for text in texts})
    scores = pd.read_csv(retail / "output/customers.csv", dtype=str, keep_default_na=False)
    offered = dict(zip(scores["customer_id"], scores["recommendations"], strict=True))
    named = 0
    with (retail / "output/personalized_messages.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["status"] == "ready"
            skus = [sku for sku in offered[row["customer_id"]].split("|") if sku]
            assert not set(skus) & set(RETAIL_IGNORED)
            named += all(any(name and name in row["message"] for name in names[sku]) for sku in skus)
    assert named >= 0.99 * len(scores) > 4000


def test_the_telecoms_churn_is_learned_out_of_fold(shared_data: Path, tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        f"""
[project]
name = "Telco"
currency = "USD"
[customers]
path = {str(shared_data / "ibm_telco_churn.csv")!r}
id = "customerID"
outcome = "Churn"
positive = "Yes"
revenue = "MonthlyCharges"
""",
    )
    done = querencia("score", "--project", folder, "--json", "-q")
    assert done.code == 0, done.err
    churn = done.document["model"]["churn"]
    assert (churn["rows"], churn["churners"]) == (7043, 1869)
    assert churn["auc"]["value"] >= 0.84
    assert churn["leaks"] == []
    scores = pd.read_csv(folder / "output/customers.csv")
    assert scores["churn_probability"].mean() == pytest.approx(1869 / 7043, abs=0.01)


def test_the_sample_of_otto_is_counted_exactly(shared_data: Path, tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        f"""
[project]
name = "OTTO"
timezone = "Europe/Berlin"
[events]
path = {str(shared_data / "otto_train_sample.jsonl")!r}
format = "otto"
""",
    )
    done = querencia("run", "--project", folder, "--json", "-q")
    assert done.code == 0, done.err
    events = done.document["explore"]["events"]
    assert (events["events"], events["sessions"], events["items"]) == (862, 20, 510)
    assert events["types"] == {"clicks": 800, "carts": 52, "orders": 10}
    sessions = [json.loads(line) for line in (shared_data / "otto_train_sample.jsonl").read_text().splitlines()]
    seconds = pd.Series(
        [(max(e["ts"] for e in s["events"]) - min(e["ts"] for e in s["events"])) / 1000 for s in sessions]
    )
    assert events["session_seconds"]["mean"] == pytest.approx(seconds.mean())
    assert events["session_seconds"]["median"] == pytest.approx(seconds.median())
    assert events["session_seconds"]["p90"] == pytest.approx(seconds.quantile(0.9))
    assert done.document["messages"] == {"ready": 0, "failed": 0, "withheld": 0}
