"""Writing messages: the project's own names must be fit to show, and reasons are told as declared."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from querencia.bootstrap import open_project
from querencia.errors import SettingsError
from querencia.messages.brief import Brand
from querencia.pipeline.engines import Engines
from querencia.pipeline.progress import SilentProgress
from querencia.pipeline.results import Sources
from querencia.pipeline.writing import holds_only_purchases, write


@pytest.mark.parametrize(
    ("brand", "key"),
    [
        (Brand(name="{{ company }}"), r"\[project\] name '\{\{ company"),
        (Brand(name="[Your company]"), r"\[project\] name"),
        (Brand(name="Hoteles.com", sender_name="<b>Eva</b>"), r"\[brand\] sender_name '<b>Eva"),
        (Brand(name="x" * 81), "80 characters"),
    ],
)
def test_a_name_that_cannot_be_shown_stops_the_work_before_it_begins(brand: Brand, key: str) -> None:
    plan = cast(Any, SimpleNamespace(writing=SimpleNamespace(brand=brand)))
    nothing = cast(Any, None)
    with pytest.raises(SettingsError, match=key):
        write(plan, nothing, nothing, nothing, nothing)


@pytest.mark.parametrize(
    ("types", "only"),
    [(("purchase",), True), (("Purchase", "order"), True), (("view", "purchase"), False), ((), False)],
)
def test_a_log_of_purchases_is_known_by_its_types(types: tuple[str, ...], only: bool) -> None:
    assert holds_only_purchases(types) is only


SPEAKING: dict[str, list[tuple[str, float] | None]] = {
    "A": [("seats", 0.4), ("recency_days", 0.3), ("income", 0.2)],  # the strongest that was declared
    "B": [("seats", -0.9), ("recency_days", -0.3), ("income", 0.1)],  # nothing declared speaks for leaving
    "C": [("income", 2.0), None, None],  # never declared, whatever it weighs
    "D": [("seats", 0.2), ("recency_days", 0.1), ("income", 0.0)],
    "E": [("income", 0.5), ("recency_days", 0.3), ("seats", 0.1)],
}
GROUPS = {"A": 3, "B": 3, "C": 2, "D": 1, "E": 2}
DECLARED = {"seats": "queremos ayudarle con su equipo", "recency_days": "hace tiempo que no le vemos"}


@pytest.fixture
def scored_project(tmp_path: Path) -> Path:
    """A project of five customers that has been scored, as far as writing knows."""
    (tmp_path / "output").mkdir()
    (tmp_path / ".querencia").mkdir()
    people = pd.DataFrame({"customer_id": list(GROUPS), "risk_group": list(GROUPS.values())})
    people = people.assign(engagement=50.0, churn_probability=0.2, segment_name="Base")
    people.to_parquet(tmp_path / "output/customers.parquet")
    offers = {"customer_id": "string", "rank": "int64", "sku": "string", "reason": "string", "count": "Int64"}
    pd.DataFrame({name: pd.array([], dtype=kind) for name, kind in offers.items()}).to_parquet(
        tmp_path / ".querencia/offers.parquet"
    )
    for rank in range(3):
        cells = [reasons[rank] or (None, float("nan")) for reasons in SPEAKING.values()]
        people[f"reason_{rank + 1}"] = pd.array([feature for feature, _ in cells], dtype="string")
        people[f"contribution_{rank + 1}"] = [part for _, part in cells]
    people.to_parquet(tmp_path / ".querencia/scored.parquet")
    return tmp_path


def write_all(folder: Path, declared: dict[str, str], *, language: str = "es") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write to every customer, and return the messages and the findings."""
    lines = [f'[project]\nname = "Acme"\nlanguage = "{language}"', '[customers]\npath = "c.csv"', "[messages.reasons]"]
    lines += [f'{feature} = "{clause}"' for feature, clause in declared.items()]
    (folder / "querencia.toml").write_text("\n".join(lines), encoding="utf-8")
    plan = open_project(folder)
    importance = tuple(SimpleNamespace(feature=name) for name in ("seats", "recency_days", "income"))
    model = SimpleNamespace(risk=None, churn=SimpleNamespace(importance=importance))
    scored = cast(Any, SimpleNamespace(customers=len(GROUPS), scored=True, model=model))
    sources = Sources(customers=None, log=None, products=(), joined=False, notes=())
    engines = Engines(plan)
    try:
        written = write(plan, engines.con, sources, scored, SilentProgress())
    finally:
        engines.close()
    assert written.counts == {"ready": 5, "failed": 0, "withheld": 0}
    messages, findings = (pd.read_csv(path, dtype=str, keep_default_na=False) for path in plan.message_files)
    return messages.set_index("customer_id"), findings


def test_messages_tell_the_strongest_declared_reason_of_customers_at_risk(scored_project: Path) -> None:
    messages, findings = write_all(scored_project, DECLARED)
    told = {
        who: [name for name, clause in DECLARED.items() if clause in text] for who, text in messages.message.items()
    }
    assert told == {"A": ["seats"], "B": [], "C": [], "D": [], "E": ["recency_days"]}
    assert "income" not in messages.message.str.cat()
    assert "reasons" not in set(findings.check)


def test_scores_without_reasons_give_messages_without_them(scored_project: Path) -> None:
    file = scored_project / ".querencia/scored.parquet"
    pd.read_parquet(file)[["customer_id", "risk_group"]].to_parquet(file)
    messages, _ = write_all(scored_project, DECLARED)
    assert not messages.message.str.contains("|".join(DECLARED.values())).any()


def test_a_declared_feature_that_the_model_does_not_know_is_remarked_on(scored_project: Path) -> None:
    _, findings = write_all(scored_project, DECLARED | {"recency_dais": "nos importa su opinión"})
    assert findings[findings.check == "reasons"][["severity", "reason"]].to_numpy().tolist() == [
        ["warning", "[messages.reasons] 'recency_dais' is no feature of the churn model; did you mean 'recency_days'?"]
    ]
