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


AZURE = {"AZURE_OPENAI_ENDPOINT": "https://shop.openai.azure.com", "AZURE_OPENAI_DEPLOYMENT": "retention"}
SERVERS = ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_DEPLOYMENT", "OPENAI_API_VERSION",
           "OPENAI_BASE_URL", "OPENAI_API_KEY")  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "kind", "base_url"),
    [
        (AZURE, "azure_v1", "https://shop.openai.azure.com/openai/v1/"),
        (AZURE | {"OPENAI_API_VERSION": "2024-10-21"}, "azure_legacy", "https://shop.openai.azure.com/openai/"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "compatible", "http://127.0.0.1:9/v1/"),
        ({"OPENAI_API_KEY": "sk-secret"}, "compatible", "https://api.openai.com/v1/"),
        (AZURE | {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, "azure_v1", "https://shop.openai.azure.com/openai/v1/"),
    ],
)
def test_the_environment_names_the_model_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], kind: str, base_url: str
) -> None:
    for name in SERVERS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    folder = write_project(
        tmp_path, 'writer = "llm"\n[llm]\nmodel = "gpt-4.1-mini"\neffort = "low"\nreasoning_tokens = 500'
    )
    generation = open_project(folder, workers=3).generation
    assert generation is not None
    assert (generation.connection.kind, generation.connection.base_url) == (kind, base_url)
    assert (generation.connection.effort, generation.reasoning_tokens, generation.workers) == ("low", 500, 3)
    assert "sk-secret" not in repr(open_project(folder))


def test_only_writing_needs_a_model_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SERVERS:
        monkeypatch.delenv(name, raising=False)
    folder = write_project(tmp_path, 'writer = "llm"')
    assert open_project(folder, writes=False).generation is None
    with pytest.raises(SettingsError, match="AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT"):
        open_project(folder)


@pytest.mark.parametrize("check", ["numbers", "placeholders", "claims", "no such check"])
def test_the_severity_of_what_is_true_cannot_be_set(tmp_path: Path, check: str) -> None:
    with pytest.raises(SettingsError, match=r"\[messages.severity\]: the severity of"):
        open_project(write_project(tmp_path, f'severity."{check}" = "warning"'))
