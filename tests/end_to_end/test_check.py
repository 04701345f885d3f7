"""`querencia check`: the same checks on any CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from .conftest import querencia

SEED_LIKE = (
    "Estimado/a [Nombre del Cliente],\n\nSu nivel de engagement es de 5.35. Le recomendamos VoiceFlip Diamante Ultra. "
    "Llame al [número de teléfono].\n\nAtentamente,\nVoiceFlip"
)

pytestmark = pytest.mark.xdist_group("demo")  # one worker: the demo is run once for all of them


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_our_own_messages_pass(demo: Path) -> None:
    done = querencia("check", demo / "output/personalized_messages.csv", "--json", "--quiet")
    assert done.code == 0, done.out[:2000]
    assert done.document["messages"] == done.document["known"] > 0
    assert done.document["findings"] == []


def test_a_changed_digit_in_our_own_message_is_found(demo: Path, tmp_path: Path) -> None:
    with (demo / "output/personalized_messages.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] == "ready"][:20]
    victim = next(row for row in rows if " de 100" in row["message"])
    before, after = victim["message"].split(" de 100", 1)
    digit = before[-1]
    victim["message"] = before[:-1] + str((int(digit) + 5) % 10) + " de 100" + after
    done = querencia("check", write(tmp_path / "changed.csv", rows), "--project", demo, "--json", "-q")
    assert done.code == 1
    assert done.document["faulty"] == 1
    assert {finding["check"] for finding in done.document["findings"]} == {"numbers"}
    assert done.document["findings"][0]["customer_id"] == victim["customer_id"]


@pytest.mark.parametrize("with_project", [True, False])
def test_messages_of_another_system_are_judged(demo: Path, tmp_path: Path, with_project: bool) -> None:
    file = write(tmp_path / "other.csv", [{"customer_id": "9", "engagement": "5.35", "message": SEED_LIKE}])
    done = querencia("check", file, *(["--project", demo] if with_project else []), "--json", "-q", cwd=tmp_path)
    assert done.code == 1
    found = {(finding["check"], finding["text"]) for finding in done.document["findings"]}
    assert ("placeholders", "[Nombre del Cliente]") in found
    assert ("placeholders", "[número de teléfono]") in found
    if with_project:
        assert any("Diamante" in text for check, text in found if check == "products")


def test_findings_are_told_by_file_and_line(tmp_path: Path) -> None:
    sound = (
        "Estimado cliente:\n\nLe agradecemos su confianza. Si necesita ayuda, responda a este mensaje y le atenderemos "
        "con mucho gusto.\n\nAtentamente,\nEquipo de Retención"
    )
    file = write(tmp_path / "two.csv", [{"message": sound}, {"message": SEED_LIKE}])
    done = querencia("check", file, cwd=tmp_path)
    assert done.code == 1
    # The first message takes six lines, and its header one: the second begins on line 8.
    assert f"{file}:8: placeholders" in done.out
    assert f"{file}:2:" not in done.out


@pytest.mark.parametrize(
    "content,piece",
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "no column 'message'"),
        (b"message\n", "no message"),
        (b"message,a\nhello\n", "line 2"),
        (b"message\n\xff\xfe\n", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_checked_is_wrong_input(tmp_path: Path, content: bytes, piece: str) -> None:
    file = tmp_path / "messages.csv"
    file.write_bytes(content)
    done = querencia("check", file, cwd=tmp_path)
    assert done.code == 2
    assert piece in done.err
    assert "Traceback" not in done.err


def test_a_project_that_was_not_run_is_told(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "querencia.toml").write_text('[project]\nname = "VoiceFlip"\n[customers]\npath = "none.csv"\n')
    done = querencia("check", demo / "output/personalized_messages.csv", "--project", tmp_path)
    assert done.code == 1
    assert "has not been run" in done.err
