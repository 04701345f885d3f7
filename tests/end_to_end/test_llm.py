"""The llm writer as a user meets it: two environment variables, one key of the project, a server on loopback."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from message_contest.replies import sample_reply
from stand_in import faults
from stand_in.server import StandIn

from .conftest import KEY, Done, declare, messages_of, querencia, write

pytestmark = pytest.mark.xdist_group("llm")  # one worker: customers are scored once for all of them


def findings_of(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "output/findings.csv", dtype=str, keep_default_na=False)


def everything_stored(folder: Path) -> str:
    with sqlite3.connect(folder / "querencia.db") as store:
        return "\n".join(store.iterdump())


def test_a_cell_text_serves_many_customers_and_knows_none(company: Path, server: StandIn) -> None:
    declare(company, "cells = 60")
    result = write(company)
    assert result.generated is not None and result.messages is not None
    assert result.generated.works <= 60
    assert server.calls == result.generated.calls == result.generated.written == result.generated.works
    assert result.writers == {"llm": result.messages["ready"]}
    assert result.messages["failed"] == 0
    table = pd.read_csv(company / "data/customers.csv", dtype=str, keep_default_na=False)
    prompts = json.dumps([body for _, _, body in server.seen], ensure_ascii=False)
    kept = everything_stored(company)
    for column in ("name", "email", "customer_id"):
        for value in table[column]:
            assert not value or value not in prompts, f"a customer's {column} was sent to the model"
            assert not value or value not in kept, f"a customer's {column} is in the store"
    written = messages_of(company)
    ready = written[written["status"] == "ready"]
    figures = ready["engagement"].astype(float).round().astype(int).astype(str)
    shown = [figure in message for figure, message in zip(figures, ready["message"], strict=True)]
    assert sum(shown) > 0.95 * len(shown)


def test_an_individual_text_is_asked_for_each_customer_those_first_who_rank_first(
    company: Path, server: StandIn
) -> None:
    declare(company, 'mode = "individual"\ntop = 40')
    result = write(company)
    customers = pd.read_csv(company / "output/customers.csv", dtype={"customer_id": str})
    written = messages_of(company)
    allowed = set(written.loc[written["status"] != "withheld", "customer_id"])
    first = set(customers[customers["customer_id"].isin(allowed)].nsmallest(40, "contact_rank")["customer_id"])
    by_model = set(written.loc[(written["writer"] == "llm") & (written["status"] == "ready"), "customer_id"])
    assert by_model == first
    assert server.calls == len(by_model)
    assert result.taken_over == {}
    table = pd.read_csv(company / "data/customers.csv", dtype=str, keep_default_na=False)
    prompts = json.dumps([body for _, _, body in server.seen], ensure_ascii=False)
    assert not [name for name in table["name"] if name and name in prompts]
    assert not [identity for identity in table["customer_id"] if f'"{identity}"' in prompts]


def test_what_was_written_is_never_asked_for_again(company: Path, server: StandIn) -> None:
    declare(company, "cells = 40")
    first = write(company)
    kept = (company / "output/personalized_messages.csv").read_bytes()
    asked = server.calls
    (company / ".querencia/steps/write.json").unlink()
    again = write(company)
    assert server.calls == asked
    assert again.generated == first.generated
    assert (company / "output/personalized_messages.csv").read_bytes() == kept


def test_the_budget_stops_before_the_call_that_would_pass_it_and_more_money_goes_on(
    company: Path, server: StandIn
) -> None:
    declare(company, 'mode = "individual"\nbudget_usd = 0.05', llm="concurrency = 8")
    result = write(company)
    assert result.generated is not None
    assert 0 < result.generated.written < result.generated.works
    assert result.generated.spent_usd + result.generated.reserved_usd <= 0.05
    assert result.generated.stopped == "budget"
    assert "budget_reached" in {note.code for note in result.notes}
    assert result.messages is not None and result.messages["failed"] == 0
    written = messages_of(company)
    assert set(written.loc[written["status"] == "ready", "writer"]) == {"llm", "offline"}
    declare(company, 'mode = "individual"\nbudget_usd = 5.0', llm="concurrency = 8")
    calls = server.calls
    rest = write(company)
    assert rest.generated is not None
    assert rest.generated.pending == 0
    assert server.calls == calls + result.generated.pending
    assert rest.writers == {"llm": result.messages["ready"]}


def test_what_a_model_cannot_write_the_offline_writer_does_and_says_why(company: Path, server: StandIn) -> None:
    bad = {**sample_bad(), "call_to_action": "Llame al 912 345 678 y pregunte por su regalo de 50 euros."}
    server.reply = lambda asked: bad if '"risk_group": 3' in asked or "retener" in asked else sample_reply(asked)
    server.plan = faults.at_random([(faults.FILTERED_TEXT, 0.2), (faults.REFUSAL, 0.1)], seed=3)
    declare(company, "cells = 40")
    result = write(company)
    assert result.messages is not None and result.generated is not None
    assert result.messages["failed"] == 0
    assert result.generated.fallbacks
    assert result.taken_over and sum(result.taken_over.values()) == (result.writers or {})["offline"]
    told = findings_of(company)
    assert set(told["severity"]) <= {"warning"}
    assert len(told[told["check"] == "writer"]) >= sum(result.taken_over.values())
    assert not messages_of(company)["message"].str.contains("912 345 678").any()


def sample_bad() -> dict[str, Any]:
    return {
        "subject": "Un regalo para usted",
        "greeting": "Estimado cliente:",
        "body": ["Su factura sube a 99 euros, pero con nosotros paga 10."],
        "recommendations": ["Muy bueno.", "Mejor aún."],
    }


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"AZURE_OPENAI_API_KEY": "sk-wrong-key"}, 2, "401"),
        ({"AZURE_OPENAI_ENDPOINT": None}, 2, "AZURE_OPENAI_ENDPOINT"),
        ({"AZURE_OPENAI_DEPLOYMENT": None}, 2, "AZURE_OPENAI_DEPLOYMENT is not set"),
        ({"AZURE_OPENAI_ENDPOINT": "my-resource"}, 2, "no http(s) address"),
    ],
)
def test_a_wrong_environment_is_told_in_one_line_without_its_secrets(
    company: Path,
    server: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str | None],
    code: int,
    said: str,
) -> None:
    for name, value in change.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    declare(company, "cells = 20")
    done = querencia("write", "--project", company)
    assert done.code == code, done.err
    assert said in done.err
    assert "Traceback" not in done.err
    assert KEY not in done.err + done.out
    assert "sk-wrong-key" not in done.err + done.out


def test_a_server_that_is_not_there_leaves_offline_messages_and_the_next_run_goes_on(
    company: Path, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan = faults.always(faults.status(503, retry_after_ms="5"))
    declare(company, "cells = 30")
    result = write(company)
    assert result.generated is not None and result.messages is not None
    assert result.generated.written == 0
    assert result.generated.pending > 0
    assert result.messages["failed"] == 0
    assert "model_away" in {note.code for note in result.notes}
    server.plan = None
    again = write(company)
    assert again.generated is not None
    assert (again.generated.pending, again.writers) == (0, {"llm": result.messages["ready"]})


def test_a_password_in_the_project_file_is_refused_and_not_repeated(company: Path, server: StandIn) -> None:
    declare(company)
    with (company / "querencia.toml").open("a", encoding="utf-8") as file:
        file.write('\n[store]\nurl = "postgresql+psycopg://me:hunter2@db.example.com/querencia"\n')
    done: Done = querencia("write", "--project", company)
    assert done.code == 2
    assert "PGPASSWORD" in done.err
    assert "hunter2" not in done.err + done.out


def test_no_log_line_holds_a_key_or_a_message(
    company: Path, server: StandIn, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    declare(company, "cells = 20")
    write(company)
    said = caplog.text + "".join(capsys.readouterr())
    assert KEY not in said
    body = messages_of(company).query("status == 'ready'")["message"].iloc[0].split("\n\n")[1]
    assert body not in said
    assert "Asking gpt-4.1-mini at 127.0.0.1" in said
