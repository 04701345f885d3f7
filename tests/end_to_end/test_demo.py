"""The whole job on a made-up company: what it leaves, and that it leaves the same each time."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from .conftest import CUSTOMERS, make_company, querencia, results

pytestmark = pytest.mark.xdist_group("demo")  # one worker: the demo is run once for all of them


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"customer_id": str}, keep_default_na=False)


def test_the_output_folder_is_as_the_contract_says(demo: Path) -> None:
    version = json.loads((demo / "output/model.json").read_text())["version"]
    kept = ("manifest.json", "model.json", "models.skops", "reference.json")
    assert set(results(demo)) == {
        "customers.csv", "customers.parquet", "explore.json", "findings.csv", "model.json",
        "personalized_messages.csv", "reasons.csv", "report.html", "segments.csv",
        *(f"models/{version}/{name}" for name in kept),
    }  # fmt: skip
    assert list(read(demo / "output/customers.csv").columns) == [
        "customer_id", "engagement", "churn_probability", "cltv", "segment", "segment_name", "risk_group", "uplift",
        "recommendations", "contact_rank",
    ]  # fmt: skip
    assert list(read(demo / "output/segments.csv").columns) == [
        "segment", "segment_name", "customers", "share", "engagement", "churn_probability", "cltv",
    ]  # fmt: skip
    assert list(read(demo / "output/personalized_messages.csv").columns) == [
        "customer_id", "risk_group", "segment_name", "engagement", "churn_probability", "language", "subject",
        "message", "writer", "status",
    ]  # fmt: skip
    assert list(read(demo / "output/findings.csv").columns) == ["customer_id", "check", "severity", "text", "reason"]


def test_everyone_has_three_reasons_and_a_place_in_the_campaign(demo: Path) -> None:
    reasons, customers = read(demo / "output/reasons.csv"), read(demo / "output/customers.csv")
    assert reasons["customer_id"].tolist() == customers["customer_id"].tolist()
    sizes = [reasons[f"contribution_{rank}"].astype(float).abs() for rank in (1, 2, 3)]
    assert (sizes[0] >= sizes[1]).all() and (sizes[1] >= sizes[2]).all()
    assert (reasons["reason_1"] != reasons["reason_2"]).all()
    # No effect of contact can be told from chance here: the riskiest come first.
    placed = customers.assign(rank=customers["contact_rank"].astype(int)).sort_values("rank")
    assert placed["rank"].tolist() == list(range(1, CUSTOMERS + 1))
    assert placed["churn_probability"].astype(float).is_monotonic_decreasing


def test_csv_has_fixed_decimals_and_no_bom(demo: Path) -> None:
    raw = (demo / "output/customers.csv").read_bytes()
    assert raw.startswith(b"customer_id,engagement,")
    assert b"\r" not in raw
    for row in csv.DictReader(raw.decode("utf-8").splitlines()):
        assert re.fullmatch(r"\d{1,3}\.\d\d", row["engagement"])
        assert re.fullmatch(r"[01]\.\d{4}", row["churn_probability"])
        assert re.fullmatch(r"\d+\.\d\d", row["cltv"])
        assert row["uplift"] == ""


def test_parquet_and_csv_hold_the_same_customers(demo: Path) -> None:
    table = pd.read_parquet(demo / "output/customers.parquet")
    text = pd.read_csv(demo / "output/customers.csv", dtype={"customer_id": str})
    assert len(table) == CUSTOMERS
    assert table["customer_id"].tolist() == text["customer_id"].tolist() == sorted(table["customer_id"])
    for column in ("engagement", "churn_probability", "cltv", "segment", "risk_group"):
        assert table[column].tolist() == pytest.approx(text[column].tolist(), abs=1e-9)
    assert table["recommendations"].str.count(r"\|").eq(1).all()


def test_risk_groups_follow_from_the_probabilities_and_thresholds_shown(demo: Path) -> None:
    table = pd.read_csv(demo / "output/customers.csv")
    low, high = json.loads((demo / "output/model.json").read_text())["risk"]["thresholds"]
    expected = 1 + (table["churn_probability"] >= low).astype(int) + (table["churn_probability"] >= high).astype(int)
    assert table["risk_group"].tolist() == expected.tolist()


def test_segments_are_numbered_by_value_and_add_up(demo: Path) -> None:
    segments = pd.read_csv(demo / "output/segments.csv")
    customers = pd.read_csv(demo / "output/customers.csv")
    assert segments["segment_name"].tolist() == ["Premium", "Estables", "Emergentes", "Base"]
    assert segments["cltv"].is_monotonic_decreasing
    assert segments["customers"].sum() == CUSTOMERS
    means = customers.groupby("segment")[["engagement", "churn_probability", "cltv"]].mean()
    assert segments["cltv"].tolist() == pytest.approx(means["cltv"].tolist(), abs=0.01)
    assert segments["engagement"].tolist() == pytest.approx(means["engagement"].tolist(), abs=0.01)


def test_every_consenting_customer_has_a_message_and_nobody_else(demo: Path) -> None:
    people = read(demo / "data/customers.csv").set_index("customer_id")
    messages = read(demo / "output/personalized_messages.csv").set_index("customer_id")
    assert set(people.index) == set(messages.index)
    consents = people["consent"].loc[messages.index].astype(str).str.lower() == "true"
    assert (messages.loc[consents, "status"] == "ready").all()
    assert (messages.loc[~consents, "status"] == "withheld").all()
    assert (messages.loc[~consents, "message"] == "").all()
    assert consents.any() and not consents.all()
    assert read(demo / "output/findings.csv").empty


def test_a_message_greets_recommends_and_signs_with_what_the_records_hold(demo: Path) -> None:
    people = read(demo / "data/customers.csv").set_index("customer_id")
    products = read(demo / "catalogue.csv").set_index("sku")
    scores = read(demo / "output/customers.csv").set_index("customer_id")
    messages = read(demo / "output/personalized_messages.csv").query("status == 'ready'").set_index("customer_id")
    for customer, row in messages.iterrows():
        first_name = people.loc[customer, "name"].split()[0]
        assert first_name in row["message"].splitlines()[0]
        for sku in scores.loc[customer, "recommendations"].split("|"):
            assert products.loc[sku, "name"] in row["message"]
        assert "Equipo de Retención" in row["message"]
        assert row["language"] == people.loc[customer, "language"]
        assert "[" not in row["message"] and "{" not in row["message"]


def test_the_model_is_honest_about_itself(demo: Path) -> None:
    churn = json.loads((demo / "output/model.json").read_text())["churn"]
    outcome = read(demo / "data/customers.csv")["churned"].astype(int)
    assert churn["rows"] == CUSTOMERS
    assert churn["churners"] == outcome.sum()
    for figure in ("auc", "average_precision", "brier", "brier_skill"):
        assert churn[figure]["low"] < churn[figure]["value"] < churn[figure]["high"]
    assert churn["auc"]["value"] > 0.7
    assert churn["baseline"]["average_precision"] == pytest.approx(outcome.mean(), abs=1e-9)
    assert "never saw" in churn["protocol"]


def test_the_json_document_tells_what_the_summary_would(demo_result: dict[str, Any]) -> None:
    assert demo_result["synthetic"] is True
    assert demo_result["customers"] == CUSTOMERS
    assert demo_result["messages"]["failed"] == 0
    assert len(demo_result["segments"]) == 4
    assert {sample["risk_group"] for sample in demo_result["samples"]} == {1, 2, 3}
    assert all(Path(file).exists() for file in demo_result["files"])


def test_progress_is_plain_lines_where_stderr_is_no_terminal(demo: Path) -> None:
    lines = (demo / "progress.txt").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("Reading customers: done in") for line in lines)
    assert any(line.startswith("Writing messages: done in") for line in lines)
    assert "\x1b" not in "".join(lines)


def test_a_second_run_keeps_every_step_and_every_byte(demo: Path) -> None:
    before = results(demo)
    done = querencia("run", "--project", demo, "--json", "--quiet")
    assert done.code == 0, done.err
    assert done.err == ""
    assert done.document["kept"] == ["read", "explore", "score", "write", "report"]
    assert results(demo) == before


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_elsewhere_and_another_seed_others(demo: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    make_company(again)
    assert querencia("run", "--project", again).code == 0
    assert results(again) == results(demo)
    make_company(other, seed=8)
    assert querencia("score", "--project", other).code == 0
    assert (other / "output/customers.csv").read_bytes() != (demo / "output/customers.csv").read_bytes()


def test_the_summary_shows_segments_samples_and_paths(demo: Path) -> None:
    done = querencia("run", "--project", demo)
    assert done.code == 0, done.err
    for text in ("VoiceFlip  (synthetic data)", "Premium", "Base", "AUC", "risk group 3", "report.html"):
        assert text in done.out


def test_nothing_personal_reaches_the_report_or_the_log(demo: Path) -> None:
    people = read(demo / "data/customers.csv")
    report = (demo / "output/report.html").read_text(encoding="utf-8")
    log = (demo / "progress.txt").read_text(encoding="utf-8")
    for email in people["email"]:
        assert email not in report
        assert email not in log
    samples = json.loads((demo / "result.json").read_text(encoding="utf-8"))["samples"]
    shown = "\n".join(sample["text"] for sample in samples)
    known = [name for name in people["name"] if name in report and name not in shown]
    assert known == []


def test_explore_alone_draws_the_report_with_what_was_scored_before(demo: Path) -> None:
    before = results(demo)
    assert b"Premium" in before["report.html"]
    (demo / "output/report.html").unlink()
    done = querencia("explore", "--project", demo, "--json", "-q")
    assert done.code == 0, done.err
    assert done.document["kept"] == ["read", "explore"]
    assert results(demo) == before


def test_changed_input_is_read_again(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(demo, copy, copy_function=shutil.copy2)
    lines = (copy / "data/customers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (copy / "data/customers.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    done = querencia("score", "--project", copy, "--json", "-q")
    assert done.code == 0, done.err
    assert done.document["kept"] == []
    assert done.document["customers"] == CUSTOMERS - 1


def test_samples_of_a_real_company_name_nobody(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(demo, copy, copy_function=shutil.copy2)
    text = (copy / "querencia.toml").read_text(encoding="utf-8")
    (copy / "querencia.toml").write_text(text.replace("synthetic = true", "synthetic = false"), encoding="utf-8")
    done = querencia("run", "--project", copy, "--json", "-q")
    assert done.code == 0, done.err
    assert len(done.document["samples"]) == 3
    report = (copy / "output/report.html").read_text(encoding="utf-8")
    for name in read(demo / "data/customers.csv")["name"]:
        assert name not in done.out
        assert name not in report


def test_a_setting_of_messages_leaves_what_was_read_and_scored(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(demo, copy, copy_function=shutil.copy2)
    with (copy / "querencia.toml").open("a", encoding="utf-8") as file:
        file.write('\n[messages]\ndisclose = "none"\nlimit = 40\n')
    moved = querencia("write", "--project", copy, "--json", "-q")
    assert moved.code == 0, moved.err
    again = querencia("write", "--project", copy, "--json", "-q")
    assert again.document["kept"] == ["read", "score", "write"]
    messages = read(copy / "output/personalized_messages.csv")
    assert len(messages) == 40
    assert not messages["message"].str.contains(" de 100| out of 100| em 100|%", regex=True).any()


def test_messages_tell_declared_reasons_and_only_to_whom_they_concern(demo: Path) -> None:
    declared = tomllib.loads((demo / "querencia.toml").read_text(encoding="utf-8"))["messages"]["reasons"]
    reasons = pd.read_csv(demo / "output/reasons.csv", dtype={"customer_id": str}).set_index("customer_id")
    told = 0
    for customer, row in read(demo / "output/personalized_messages.csv").set_index("customer_id").iterrows():
        ranked = [(reasons.at[customer, f"contribution_{n}"], reasons.at[customer, f"reason_{n}"]) for n in (1, 2, 3)]
        speaking = [feature for part, feature in sorted(ranked, reverse=True) if part > 0 and feature in declared]
        concerned = row["status"] == "ready" and row["language"] == "es" and int(row["risk_group"]) > 1
        expected = [declared[feature] for feature in speaking[:1]] if concerned else []
        assert [clause for clause in declared.values() if clause in row["message"]] == expected
        told += len(expected)
    assert told > 0
