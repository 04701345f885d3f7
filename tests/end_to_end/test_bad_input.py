"""Wrong input ends with exit code 2: the message names the file, key or column, and what to do. Never a traceback."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from querencia.cli.application import run

ROWS = 300
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["querencia", *map(str, arguments)])
        code = 0
        try:
            run()
        except SystemExit as error:
            code = int(error.code or 0)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def table(churners: int = 60, rows: int = ROWS) -> list[list[str]]:
    """Return a customer table with its header: id, usage, plan, outcome."""
    dice = random.Random(1)
    body = [
        [f"C{row:04}", f"{dice.gauss(10, 3):.2f}", dice.choice("ABC"), str(int(row < churners))] for row in range(rows)
    ]
    return [["id", "usage", "plan", "left"], *body]


def write(folder: Path, rows: list[list[str]], *, name: str = "customers.csv", settings: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    text = "\n".join(",".join(row) for row in rows)
    (folder / name).write_text(text + "\n" if text else "", encoding="utf-8")
    (folder / "querencia.toml").write_text(
        f'[project]\nname = "Test"\n[customers]\npath = "{name}"\nid = "id"\noutcome = "left"\n{settings}',
        encoding="utf-8",
    )
    return folder


def refused(command: Command, folder: Path, *pieces: str, goal: str = "run") -> str:
    code, out, err = command(goal, "--project", folder)
    assert code == 2, err
    assert "Traceback" not in err
    assert out == ""
    message = err[err.index("Error:") :]
    for piece in pieces:
        assert piece in message
    return message


def test_a_missing_file_is_named_with_its_key(command: Command, tmp_path: Path) -> None:
    write(tmp_path, table())
    (tmp_path / "customers.csv").unlink()
    refused(command, tmp_path, "customers.csv", "[customers] path")


def test_a_glob_that_matches_nothing(command: Command, tmp_path: Path) -> None:
    write(tmp_path, table(), name="customers.csv")
    text = (tmp_path / "querencia.toml").read_text().replace("customers.csv", "parts/*.csv")
    (tmp_path / "querencia.toml").write_text(text)
    refused(command, tmp_path, "*.csv", "[customers] path")


@pytest.mark.parametrize("rows", [[], [["id", "usage", "plan", "left"]]], ids=["empty", "header alone"])
def test_a_table_without_rows(command: Command, tmp_path: Path, rows: list[list[str]]) -> None:
    refused(command, write(tmp_path, rows), "customers.csv")


def test_a_missing_column_is_named_with_the_nearest(command: Command, tmp_path: Path) -> None:
    rows = table()
    rows[0][3] = "lefft"
    refused(command, write(tmp_path, rows), "[customers] outcome", "'left'", "lefft")


def test_a_duplicate_customer_is_named_by_line_not_by_person(command: Command, tmp_path: Path) -> None:
    rows = table()
    rows[5][0] = rows[3][0]
    message = refused(command, write(tmp_path, rows), "[customers] id", "line 4", "line 6")
    assert rows[3][0] not in message


@pytest.mark.parametrize("churners,piece", [(0, "left"), (ROWS, "left"), (49, "49")])
def test_an_outcome_that_cannot_be_learned(command: Command, tmp_path: Path, churners: int, piece: str) -> None:
    refused(
        command,
        write(tmp_path, table(churners)),
        piece,
        "50" if churners == 49 else "nothing to tell apart",
        "customers.csv",
    )


def test_an_outcome_in_words_asks_for_the_positive_one(command: Command, tmp_path: Path) -> None:
    rows = [[*row[:3], {"1": "gone", "0": "here"}.get(row[3], row[3])] for row in table()]
    refused(command, write(tmp_path, rows), "gone", "here", "positive")


def test_too_many_broken_rows_stop_the_run_and_are_kept(command: Command, tmp_path: Path) -> None:
    rows = [row if number % 10 else [*row, "one too many"] for number, row in enumerate(table())]
    rows[0] = rows[0][:4]
    refused(command, write(tmp_path, rows), "customers.csv", "max_rejected")
    kept = (tmp_path / "output/rejected/customers.csv.csv").read_text(encoding="utf-8").splitlines()
    assert kept[0] == "line,reason,text"
    assert [line.split(",")[0] for line in kept[1:4]] == ["11", "21", "31"]


def test_a_few_broken_rows_are_kept_apart_and_the_run_goes_on(command: Command, tmp_path: Path) -> None:
    rows = table()
    rows[7] = [*rows[7], "one too many"]
    code, out, err = command("score", "--project", write(tmp_path, rows))
    assert code == 0, err
    assert "1 rows rejected" in out
    kept = (tmp_path / "output/rejected/customers.csv.csv").read_text(encoding="utf-8").splitlines()
    assert kept[1].startswith("8,")
    assert len((tmp_path / "output/customers.csv").read_text().splitlines()) == ROWS


def test_an_unknown_key_is_refused_before_anything_is_read(command: Command, tmp_path: Path) -> None:
    refused(command, write(tmp_path, [], settings='outcom = "left"\n'), "[customers] outcom", "'outcome'", "line 7")


@pytest.mark.parametrize(
    "settings,piece",
    [('[messages]\nwriter = "llm"\n', "offline"), ('[engine]\nurl = "mysql://host"\n', "duckdb://")],
)
def test_what_this_version_cannot_do_is_refused_clearly(
    command: Command, tmp_path: Path, settings: str, piece: str
) -> None:
    refused(command, write(tmp_path, table(), settings=settings), piece)


def test_no_project_says_how_to_make_one(command: Command, tmp_path: Path) -> None:
    refused(command, tmp_path, "querencia.toml", "querencia init")


def test_a_log_too_short_for_its_outcome(command: Command, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(
        "customer_id,aid,ts,type\n" + "".join(f"{n},i{n},2025-01-0{1 + n % 9},clicks\n" for n in range(90))
    )
    (tmp_path / "querencia.toml").write_text(
        '[project]\nname = "Test"\n[events]\npath = "events.csv"\noutcome_after_days = 90\n'
    )
    refused(command, tmp_path, "outcome_after_days = 90")


def test_undeclared_types_and_bad_times_are_rejected_with_their_lines(command: Command, tmp_path: Path) -> None:
    lines = ["customer_id,aid,ts,type", *(f"{n},i{n % 5},2025-01-{1 + n % 28:02},clicks" for n in range(200))]
    lines[4] = "3,i3,2025-01-04,teleported"
    lines[9] = "8,i3,1850-01-04,clicks"
    lines[14] = "13,i3,yesterday,clicks"
    (tmp_path / "events.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "querencia.toml").write_text(
        '[project]\nname = "Test"\n[events]\npath = "events.csv"\ntypes = ["clicks"]\n'
    )
    code, _, err = command("explore", "--project", tmp_path)
    assert code == 0, err
    kept = (tmp_path / "output/rejected/events.csv.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in kept[1:]] == ["5", "10", "15"]


@pytest.mark.parametrize("broken", ["[project", "[project]\nname = 3\n", "\x00"])
def test_a_broken_project_file(command: Command, tmp_path: Path, broken: str) -> None:
    (tmp_path / "querencia.toml").write_text(broken)
    refused(command, tmp_path, "querencia.toml")


def test_an_unknown_command_or_option_is_wrong_input(command: Command) -> None:
    assert command("fly")[0] == 2
    assert command("run", "--fast")[0] == 2


def test_warnings_reach_stderr_and_the_json_document_alike(command: Command, tmp_path: Path) -> None:
    rows = table()
    rows[7] = [*rows[7], "one too many"]
    code, out, err = command("score", "--project", write(tmp_path, rows), "--json")
    assert code == 0, err
    note = next(note for note in json.loads(out)["notes"] if note["code"] == "customers_rejected")
    assert f"Warning: {note['text']}" in err


def test_listed_features_are_the_only_ones(command: Command, tmp_path: Path) -> None:
    rows = [[*row, row[3] if number else "leak"] for number, row in enumerate(table())]
    settings = 'numeric = ["usage"]\n'
    code, out, err = command("score", "--project", write(tmp_path, rows, settings=settings), "--json", "-q")
    assert code == 0, err
    churn = json.loads(out)["model"]["churn"]
    assert churn["leaks"] == []
    assert churn["auc"]["value"] < 0.7


@pytest.mark.parametrize("name", ["output", ".querencia"])
def test_a_file_where_a_folder_is_due_is_told(command: Command, tmp_path: Path, name: str) -> None:
    (write(tmp_path, table()) / name).write_text("in the way")
    code, _, err = command("score", "--project", tmp_path)
    assert code == 1
    assert name in err
    assert "did not foresee" not in err


def test_one_customer_alone_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("customer_id,aid,ts,type\n1,i,2025-01-01,clicks\n")
    (tmp_path / "querencia.toml").write_text('[project]\nname = "Test"\n[events]\npath = "events.csv"\n')
    refused(command, tmp_path, "1 customers", "at least 2")


def test_a_huge_cell_is_read(command: Command, tmp_path: Path) -> None:
    rows = table()
    rows[0].append("essay")
    rows[1:] = [[*row, "x" * 300_000 if number == 3 else f"essay {number}"] for number, row in enumerate(rows[1:])]
    code, _, err = command("explore", "--project", write(tmp_path, rows), "-q")
    assert code == 0, err


@pytest.mark.parametrize("name", ["__customer_id", "__row", "file_row_number"])
def test_a_column_with_a_reserved_name_is_refused(command: Command, tmp_path: Path, name: str) -> None:
    rows = table()
    rows[0][1] = name
    refused(command, write(tmp_path, rows), repr(name), "rename")
