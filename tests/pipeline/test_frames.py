"""What is learned from never looks ahead: not through events, not through the table, not past its own date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from querencia.bootstrap import open_project
from querencia.errors import InputError
from querencia.pipeline.engines import Engines
from querencia.pipeline.frames import Framed, frame_problem
from querencia.pipeline.progress import SilentProgress
from querencia.pipeline.reading import read_sources

START = datetime(2025, 1, 1)
DAYS = 200
CUSTOMERS = 240


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Customers with random visits; a third fall silent after day 150. The table knows each one's visits in all."""
    random = np.random.default_rng(3)
    lines, totals = ["customer_id,aid,ts,type"], []
    for customer in range(CUSTOMERS):
        last = 150 if customer % 3 == 0 else DAYS
        days = sorted({0, *random.integers(0, last, size=12), *([] if last == 150 else [last - 1])})
        totals.append(len(days))
        lines += [
            f"C{customer},i{day % 7},{START + timedelta(days=int(day), hours=9):%Y-%m-%d %H:%M},clicks" for day in days
        ]
    (tmp_path / "events.csv").write_text("\n".join(lines) + "\n")
    rows = [f"C{n},{totals[n]},{'ab'[n % 2]},{int(n % 3 == 0)}" for n in range(CUSTOMERS)]
    (tmp_path / "customers.csv").write_text("\n".join(["id,visits_in_all,plan,left", *rows]) + "\n")
    return tmp_path


def everyone(framed: Framed) -> Framed:
    """The same, with all customers to score in one table."""
    scoring = pd.concat([batch.features for batch in framed.problem.scoring])
    return replace(framed, problem=replace(framed.problem, scoring=scoring))


def frame(folder: Path, *, customers: str = "", events: str = "") -> Framed:
    (folder / "querencia.toml").write_text(
        f'[project]\nname = "X"\n[customers]\npath = "customers.csv"\nid = "id"\n{customers}\n'
        f'[events]\npath = "events.csv"\n{events}\n'
    )
    plan = open_project(folder)
    engines = Engines(plan)
    sources = read_sources(plan, engines, SilentProgress())
    framed = everyone(frame_problem(plan, engines, sources))
    engines.close()
    return framed


def test_table_columns_of_unknown_date_do_not_foretell_behaviour(folder: Path) -> None:
    framed = frame(folder, customers='ignore = ["left"]', events="outcome_after_days = 40")
    assert framed.problem.training is not None
    assert "visits_in_all" not in framed.problem.training.columns
    assert list(framed.problem.training.columns) == list(framed.problem.scoring.columns)
    assert "table_left_out" in {note.code for note in framed.notes}


def test_a_table_taken_at_the_cut_off_is_learned_from(folder: Path) -> None:
    framed = frame(folder, customers='ignore = ["left"]\nas_of = 2025-05-20', events="outcome_after_days = 40")
    assert framed.problem.training is not None
    assert {"visits_in_all", "plan"} <= set(framed.problem.training.columns)
    assert "cut-off 2025-05-20" in framed.problem.protocol_note


def test_training_features_stand_at_the_cut_off_and_scoring_ones_at_the_end(folder: Path) -> None:
    framed = frame(folder, customers='ignore = ["left"]', events="outcome_after_days = 40")
    training, scoring, left = framed.problem.training, framed.problem.scoring, framed.problem.outcome
    assert training is not None and left is not None
    stayed = training.index[left.to_numpy() == 0]
    # Whoever stayed has events after the cut-off, and these may stand in the later snapshot only.
    assert (training.loc[stayed, "events_total"] < scoring.loc[stayed, "events_total"]).all()
    assert int(left.sum()) == CUSTOMERS // 3
    assert framed.outcome_months == pytest.approx(40 / (365.25 / 12))


def test_events_after_as_of_never_reach_the_features_of_a_labelled_table(folder: Path) -> None:
    labelled = 'outcome = "left"'
    early = frame(folder, customers=f"{labelled}\nas_of = 2025-03-01")
    (folder / "events.csv").write_text(
        "\n".join(
            line
            for line in (folder / "events.csv").read_text().splitlines()
            if line.startswith("customer_id") or line.split(",")[2] < "2025-03-01"
        )
        + "\n"
    )
    cut = frame(folder, customers=f"{labelled}\nas_of = 2025-03-01")
    assert early.problem.scoring.equals(cut.problem.scoring)
    assert early.problem.scoring["recency_days"].min() > 0


def test_as_of_is_a_moment_of_the_projects_time_zone(folder: Path) -> None:
    (folder / "events.csv").write_text(
        "customer_id,aid,ts,type\n" + "".join(f"C{n},i,2025-03-01 00:30,clicks\n" for n in range(CUSTOMERS))
    )
    text = 'outcome = "left"\nas_of = 2025-03-01T01:00:00\n'
    (folder / "querencia.toml").write_text(
        f'[project]\nname = "X"\ntimezone = "America/Bogota"\n[customers]\npath = "customers.csv"\nid = "id"\n{text}'
        '[events]\npath = "events.csv"\n'
    )
    plan = open_project(folder)
    engines = Engines(plan)
    framed = everyone(frame_problem(plan, engines, read_sources(plan, engines, SilentProgress())))
    engines.close()
    assert framed.as_of == datetime(2025, 3, 1, 6)
    assert framed.problem.scoring["recency_days"].tolist() == pytest.approx([0.5 / 24] * CUSTOMERS)


def test_an_as_of_before_the_first_event_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"as_of.*2015.*2025-01-01"):
        frame(folder, customers='outcome = "left"\nas_of = 2015-06-30')


def test_customers_that_one_source_lacks_are_counted(folder: Path) -> None:
    lines = (folder / "customers.csv").read_text().splitlines()
    (folder / "customers.csv").write_text("\n".join(lines[:101]) + "\n")
    (folder / "querencia.toml").write_text(
        '[project]\nname = "X"\n[customers]\npath = "customers.csv"\nid = "id"\n[events]\npath = "events.csv"\n'
    )
    plan = open_project(folder)
    engines = Engines(plan)
    sources = read_sources(plan, engines, SilentProgress())
    engines.close()
    note = next(note for note in sources.notes if note.code == "sources_overlap")
    assert note.values == {"customers": 100, "both": 100, "actors": CUSTOMERS, "missing": CUSTOMERS - 100}
    assert note.level == "warning"
