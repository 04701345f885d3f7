"""Messages and findings as CSV: what is shown, what is not, and that any reader takes it."""

from __future__ import annotations

import csv
from pathlib import Path

from querencia.channels.csv_file import FINDING_COLUMNS, MESSAGE_COLUMNS, FindingsFile, MessagesFile
from querencia.messages.brief import Brand, Brief
from querencia.messages.checks.finding import Finding
from querencia.messages.drafting import Draft
from querencia.messages.writers.offline import write_message

BRIEF = Brief(
    customer_id="007",
    language="es",
    locale="es_ES",
    currency="EUR",
    segment_name='Premium, "los mejores"',
    risk_group=2,
    engagement=5.5,
    churn_probability=0.05,
    disclose="numbers",
    brand=Brand(name="VoiceFlip"),
)
MESSAGE = write_message(BRIEF)
FINDING = Finding(customer_id="007", check="numbers", severity="error", text="5,6", reason="unknown,\nreally")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def deliver(path: Path, draft: Draft) -> dict[str, str]:
    with MessagesFile(path) as file:
        file.deliver(draft, BRIEF)
    raw = path.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    return read(path)[0]


def test_a_ready_message_is_shown_whole(tmp_path: Path) -> None:
    text = "Buenos días:\n\nGracias, de verdad.\n"
    row = deliver(
        tmp_path / "m.csv", Draft(customer_id="007", status="ready", message=MESSAGE, text=text, writer="offline")
    )
    assert tuple(row) == MESSAGE_COLUMNS
    assert row["message"] == text
    assert row["subject"] == MESSAGE.subject
    assert (row["engagement"], row["churn_probability"], row["risk_group"]) == ("5.50", "0.0500", "2")
    assert row["segment_name"] == 'Premium, "los mejores"'


def test_a_failed_or_withheld_message_shows_nothing(tmp_path: Path) -> None:
    failed = Draft(
        customer_id="007", status="failed", message=MESSAGE, text="secret", findings=(FINDING,), writer="offline"
    )
    for name, draft in (("f.csv", failed), ("w.csv", Draft(customer_id="007", status="withheld"))):
        row = deliver(tmp_path / name, draft)
        assert (row["subject"], row["message"], row["status"]) == ("", "", draft.status)
        assert "secret" not in (tmp_path / name).read_text(encoding="utf-8")


def test_findings_say_what_failed_and_remarks_concern_nobody(tmp_path: Path) -> None:
    with FindingsFile(tmp_path / "findings.csv") as file:
        file.remark("products", "there is no catalogue")
        file.deliver(Draft(customer_id="007", status="failed", findings=(FINDING,)))
    rows = read(tmp_path / "findings.csv")
    assert tuple(rows[0]) == FINDING_COLUMNS
    assert (rows[0]["customer_id"], rows[0]["severity"], rows[0]["reason"]) == ("", "warning", "there is no catalogue")
    assert rows[1] == {
        "customer_id": "007",
        "check": "numbers",
        "severity": "error",
        "text": "5,6",
        "reason": "unknown,\nreally",
    }
