"""The composition root: what the project file declares reaches the plan, or is refused before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from querencia.bootstrap import open_project, start_project
from querencia.errors import SettingsError
from querencia.pipeline.run import run
from querencia.settings import PROJECT_FILE, load_project


def write_project(folder: Path, messages: str) -> Path:
    text = f'[project]\nname = "Acme"\n[customers]\npath = "c.csv"\n[messages]\n{messages}\n'
    (folder / PROJECT_FILE).write_text(text, encoding="utf-8")
    return folder


def test_declared_reasons_reach_the_plan_in_one_order(tmp_path: Path) -> None:
    folder = write_project(tmp_path, 'reasons.b = "nos importa su opinión"\nreasons.a = "queremos ayudarle mejor"')
    assert open_project(folder).writing.reasons == (("a", "queremos ayudarle mejor"), ("b", "nos importa su opinión"))


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ('reasons.seats = "hace tiempo que no te vemos"', "seats = 'hace tiempo que no te vemos': 'te': customers are"),
        ('forbidden = ["plan oro"]\nreasons.seats = "le conviene el plan Oro"', "'plan oro': this claim is forbidden"),
        ('disclose = "none"\nreasons.seats = "crece su riesgo de abandono"', "'riesgo de abandono': engagement and"),
    ],
)
def test_a_reason_that_no_message_may_give_is_refused_at_once(tmp_path: Path, messages: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        run(open_project(write_project(tmp_path, messages)))
    assert not (tmp_path / "output").exists()
    assert "[messages.reasons] seats" in str(caught.value)
    assert said in str(caught.value)


def test_a_new_project_declares_the_reasons_of_the_example(tmp_path: Path) -> None:
    start_project(tmp_path)
    reasons = load_project(tmp_path).settings.messages.reasons
    assert set(reasons) == {"minutes_last_month", "support_tickets", "tenure_months"}
    assert open_project(tmp_path).writing.reasons == tuple(sorted(reasons.items()))
    columns = (tmp_path / "data/customers.csv").read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
    assert set(reasons) <= set(columns)
