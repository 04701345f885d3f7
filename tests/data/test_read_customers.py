"""Customer tables: types found, faults told apart, one row per customer."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from querencia.data.churners import require_churners
from querencia.data.customers import read_customers
from querencia.data.engine import connect
from querencia.data.sources import ContactColumns, CustomerSource
from querencia.data.tables import CustomerTable
from querencia.errors import (
    ColumnMissingError,
    DuplicateCustomersError,
    OutcomeError,
    SourceEmptyError,
    SourceError,
    TooManyRejectedError,
)
from querencia.language.notes import LANGUAGES, say


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return connect(memory="1GB", scratch=tmp_path_factory.mktemp("scratch"))


@pytest.fixture
def read(con: Any, tmp_path: Path) -> Any:
    def run(path: Path, *, max_rejected: float = 1.0, **options: Any) -> CustomerTable:
        return read_customers(
            con,
            CustomerSource(path=path, **options),
            into=tmp_path / "work" / "customers.parquet",
            rejected=tmp_path / "rejected",
            max_rejected=max_rejected,
            timezone="Europe/Madrid",
        )

    return run


def rows_of(con: Any, table: CustomerTable) -> list[dict[str, Any]]:
    return table.table(con).to_pyarrow().to_pylist()


def notes_of(table: CustomerTable) -> dict[str, dict[str, Any]]:
    for note in table.notes:
        assert all(say(note, language=language) for language in LANGUAGES)
    return {note.code: note.values for note in table.notes}


def rejected_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def columns(path: Path, **cells: list[Any]) -> Path:
    pd.DataFrame(cells).to_csv(path, index=False)
    return path


# Real data


def test_ibm_telco(con: Any, read: Any, shared_data: Path) -> None:
    path = shared_data / "ibm_telco_churn.csv"
    table = read(path, id="customerID", outcome="Churn", positive="Yes")
    frame = pd.read_csv(path, dtype=str)
    assert (table.rows_read, table.rows, table.rejected) == (7043, 7043, 0)
    assert table.columns == tuple(frame.columns)
    assert table.numeric == ("SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges")
    assert set(table.categorical) == set(frame.columns) - set(table.numeric) - {"customerID", "Churn"}
    rows = rows_of(con, table)
    assert sum(row["__outcome"] for row in rows) == 1869
    assert sum(row["TotalCharges"] is None for row in rows) == 11
    assert notes_of(table)["columns_missing"] == {"columns": "TotalCharges (11)"}
    assert [row["__customer_id"] for row in rows] == sorted(frame["customerID"])
    charges = dict(zip(frame["customerID"], frame["MonthlyCharges"].astype(float), strict=True))
    assert all(row["MonthlyCharges"] == charges[row["__customer_id"]] for row in rows)


def test_hillstrom_has_no_ids(con: Any, read: Any, shared_data: Path) -> None:
    table = read(shared_data / "hillstrom_email_rct.csv.gz", outcome="visit")
    rows = rows_of(con, table)
    frame = pd.read_csv(shared_data / "hillstrom_email_rct.csv.gz")
    assert [row["__customer_id"] for row in rows] == [str(n) for n in range(1, 64_001)]
    assert [row["__outcome"] for row in rows] == frame["visit"].tolist()
    assert [row["history"] for row in rows] == frame["history"].tolist()
    assert table.categorical == ("history_segment", "zip_code", "channel", "segment")


# Types


def test_a_few_texts_in_a_numeric_column_reject_their_rows(con: Any, read: Any, tmp_path: Path) -> None:
    amounts: list[Any] = [n + 0.5 for n in range(100)]
    amounts[3] = "oops"
    amounts[7] = "NA"
    path = columns(tmp_path / "c.csv", id=list(range(100)), amount=amounts)
    table = read(path, id="id")
    assert table.numeric == ("amount",)
    assert (table.rows_read, table.rows, table.rejected) == (100, 99, 1)
    (row,) = rejected_rows(tmp_path / "rejected", "c.csv.csv")
    assert row == {"line": "5", "reason": "amount 'oops' is not a number", "text": "3,oops"}
    assert {row["amount"] for row in rows_of(con, table) if row["__customer_id"] == "7"} == {None}


def test_many_texts_make_a_category_and_a_declaration_a_number(read: Any, tmp_path: Path) -> None:
    amounts = [n if n % 10 else "none yet" for n in range(100)]
    path = columns(tmp_path / "c.csv", id=list(range(100)), amount=amounts, other=[n % 7 for n in range(100)])
    assert read(path, id="id").numeric == ("other",)
    declared = read(path, id="id", numeric=("am*",))
    assert declared.numeric == ("amount",)  # a list is the whole list: "other" is a number, and not on it
    assert declared.rejected == 10
    with pytest.raises(TooManyRejectedError, match=r"10 of 100 rows.*line 2: amount 'none yet' is not a number"):
        read(path, id="id", numeric=("am*",), max_rejected=0.05)
    assert read(path, id="id", categorical=("other",)).categorical == ("other",)
    assert read(path, id="id", ignore=("oth*",)).numeric == ()
    unmatched = read(path, id="id", numeric=("AM*",))
    assert notes_of(unmatched)["glob_without_columns"] == {"key": "numeric", "glob": "AM*"}


def test_what_no_model_should_see_is_left_out_and_told(con: Any, read: Any, tmp_path: Path) -> None:
    n = 120
    path = columns(
        tmp_path / "c.csv",
        id=[f"c{k:04}" for k in range(n)],
        same=["x"] * n,
        one=[1] * n,
        empty=["?"] * n,
        joined=[f"2020-01-{1 + k % 28:02}" for k in range(n)],
        phone=[f"tel {k}" for k in range(n)],
        code=[f"{k % 9:03}" for k in range(n)],
        amount=[k % 50 for k in range(n)],
        gap=["", "a", "b"] * (n // 3),
    )
    table = read(path, id="id")
    assert table.numeric == ("amount",)
    assert table.categorical == ("code", "gap")
    assert rows_of(con, table)[1]["code"] == "001"
    notes = notes_of(table)
    assert notes["columns_constant"] == {"columns": "same, one"}
    assert notes["columns_empty"] == {"columns": "empty"}
    assert notes["columns_times"] == {"columns": "joined"}
    assert notes["columns_identifiers"] == {"columns": "phone"}
    assert notes["columns_missing"] == {"columns": "gap (40)"}


@pytest.mark.parametrize("marker", ["", "  ", "NA", "N/A", "NaN", "null", "None", "?"])
def test_missing_markers(con: Any, read: Any, tmp_path: Path, marker: str) -> None:
    rows = "".join(f"{k},{k},w{k % 3}\n" for k in range(30))
    path = write(tmp_path / "c.csv", f"id,n,w\n{rows}x,{marker},{marker}\n")
    table = read(path, id="id")
    assert table.rejected == 0
    last = rows_of(con, table)[-1]
    assert (last["__customer_id"], last["n"], last["w"]) == ("x", None, None)


def test_decimal_commas_of_a_spanish_spreadsheet(con: Any, read: Any, tmp_path: Path) -> None:
    rows = "".join(f"{k};{k},5;A{k % 2}\r\n" for k in range(40))
    table = read(write(tmp_path / "c.csv", f"id;cuota;plan\r\n{rows}".encode("utf-8-sig")), id="id", revenue="cuota")
    assert table.numeric == ("cuota",)
    assert notes_of(table)["columns_decimal_comma"] == {"columns": "cuota"}
    assert sorted(row["__revenue"] for row in rows_of(con, table)) == [k + 0.5 for k in range(40)]


def test_parquet_and_json_lines_keep_their_own_types(con: Any, read: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": range(60),
            "zip": [f"{10000 + k % 5}" for k in range(60)],
            "age": [20 + k % 40 for k in range(60)],
            "active": [k % 2 == 0 for k in range(60)],
            "since": pd.Timestamp("2020-01-01"),
        }
    )
    frame.to_parquet(tmp_path / "c.parquet")
    frame.astype({"since": str}).to_json(tmp_path / "c.jsonl", orient="records", lines=True)
    for name in ("c.parquet", "c.jsonl"):
        table = read(tmp_path / name, id="id")
        assert table.numeric == ("age",), name
        assert table.categorical == ("zip", "active"), name
        assert [row["__customer_id"] for row in rows_of(con, table)] == sorted(map(str, range(60)))
    assert notes_of(read(tmp_path / "c.parquet", id="id"))["columns_constant"] == {"columns": "since"}


# Outcome, treatment, consent


@pytest.mark.parametrize(
    ("left", "stayed", "positive"),
    [
        ("1", "0", None),
        ("1.0", "0.0", None),
        ("true", "false", None),
        ("Yes", "No", None),
        ("sí", "no", None),
        ("Sim", "Não", None),
        ("Yes", "No", "Yes"),
        ("gone", "here", "gone"),
        ("0", "1", "0"),
        ("1.0", "2.0", "1"),
    ],
)
def test_outcomes(con: Any, read: Any, tmp_path: Path, left: str, stayed: str, positive: str | None) -> None:
    answers = [left, stayed, stayed, "", left]
    path = columns(tmp_path / "c.csv", id=list("abcde"), y=answers, x=[1, 2, 3, 4, 5])
    table = read(path, id="id", outcome="y", positive=positive)
    assert [row["__outcome"] for row in rows_of(con, table)] == [1, 0, 0, None, 1]
    assert "y" not in table.numeric + table.categorical
    assert notes_of(table)["customers_unlabelled"] == {"rows": 1}


def test_unclear_outcomes_are_refused(read: Any, tmp_path: Path) -> None:
    path = columns(tmp_path / "c.csv", id=list("abcd"), y=["gone", "here", "here", "gone"])
    with pytest.raises(OutcomeError, match=r"'gone' \(2 rows\), 'here' \(2 rows\).*\[customers\] positive"):
        read(path, id="id", outcome="y")
    with pytest.raises(OutcomeError, match=r"positive = 'left'.*'gone'"):
        read(path, id="id", outcome="y", positive="left")


def test_a_third_value_rejects_its_row(con: Any, read: Any, tmp_path: Path) -> None:
    answers = ["Yes", "No"] * 20 + ["Maybe"]
    path = columns(tmp_path / "c.csv", id=list(range(41)), y=answers, t=[1, 0] * 20 + [1], k=["sí", "no"] * 20 + ["sí"])
    table = read(path, id="id", outcome="y", positive="Yes", treatment="t", contact=ContactColumns(consent="k"))
    assert (table.rows, table.rejected) == (40, 1)
    (row,) = rejected_rows(tmp_path / "rejected", "c.csv.csv")
    assert (row["line"], row["reason"]) == ("42", "y 'Maybe' is neither yes (Yes) nor no (No)")


def test_contact_treatment_and_consent(con: Any, read: Any, tmp_path: Path) -> None:
    path = columns(
        tmp_path / "c.csv",
        id=["a", "b", "c"],
        t=[1, 0, ""],
        full_name=["Ana Núñez", "", "Eva"],
        mail=["a@example.com", "", ""],
        lang=["es", "pt", ""],
        ok=["sí", "no", ""],
        x=["u", "v", "u"],
    )
    contact = ContactColumns(name="full_name", email="mail", language="lang", consent="ok")
    table = read(path, id="id", treatment="t", contact=contact)
    assert table.has_consent
    assert (table.numeric, table.categorical) == ((), ("x",))
    rows = rows_of(con, table)
    assert [row["__treatment"] for row in rows] == [1, 0, None]
    assert [row["__name"] for row in rows] == ["Ana Núñez", None, "Eva"]
    assert [row["__consent"] for row in rows] == [True, False, False]
    assert [row["__language"] for row in rows] == ["es", "pt", None]
    assert not read(path, id="id").has_consent
    assert {row["__consent"] for row in rows_of(con, read(path, id="id"))} == {None}


def test_require_churners() -> None:
    require_churners(50, 100, where="here")
    for churners, rows, said in (
        (49, 100, "49 of 100"),
        (0, 100, "nobody left"),
        (100, 100, "everybody left"),
        (0, 0, "no row"),
    ):
        with pytest.raises(OutcomeError, match=f"^here.*{said}"):
            require_churners(churners, rows, where="here")


# Ids


def test_ids_of_a_float_column_are_restored_only_throughout(con: Any, read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "id,x\n17850.0,1\n12.0,2\n,3\n")
    table = read(path, id="id")
    assert [row["__customer_id"] for row in rows_of(con, table)] == ["12", "17850"]
    (row,) = rejected_rows(tmp_path / "rejected", "c.csv.csv")
    assert (row["line"], row["reason"]) == ("4", "no customer id (id)")
    path = write(tmp_path / "d.csv", "id,x\n17850.0,1\n007,2\n")
    assert [row["__customer_id"] for row in rows_of(con, read(path, id="id"))] == ["007", "17850.0"]


def test_duplicate_ids_are_refused_by_line_and_without_the_id(read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", 'id,x\na@x.com,1\nb,"two\nlines"\nbroken\na@x.com,3\nb,4\n')
    with pytest.raises(DuplicateCustomersError) as caught:
        read(path, id="id")
    message = str(caught.value)
    assert "2 customer ids" in message
    assert "line 2 of" in message
    assert "line 6 of" in message
    assert "a@x.com" not in message


def test_files_of_a_glob_are_one_table(con: Any, read: Any, tmp_path: Path) -> None:
    write(tmp_path / "1.csv", "x,y\n1,a\n2,b\n")
    write(tmp_path / "2.csv", "y,x\nc,3\n")
    rows = rows_of(con, read(tmp_path / "?.csv"))
    assert [(row["__customer_id"], row["x"], row["y"]) for row in rows] == [("1", 1, "a"), ("2", 2, "b"), ("3", 3, "c")]
    write(tmp_path / "3.csv", "x,z\n1,a\n")
    with pytest.raises(SourceError, match=r"3\.csv.*1\.csv.*missing: 'y'; in addition: 'z'"):
        read(tmp_path / "?.csv")


# Files


ARFF = """% a comment
@RELATION 'churn uplift'
@attribute 'PC 1' real
@ATTRIBUTE FACTOR1 {'V 1',V2}
@attribute y {0,1}
@attribute note string

@DATA
% another, with a comma
-1.5,'V 1',1,'it\\'s, well'
2,V2,0,?
?,?,0,"x"
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_arff(con: Any, read: Any, tmp_path: Path, ends: str) -> None:
    text = ARFF.replace('"x"', "'x'").replace("\n", ends)
    table = read(write(tmp_path / "c.arff", text + "too,few" + ends), outcome="y")
    assert table.columns == ("PC 1", "FACTOR1", "y", "note")
    assert (table.numeric, table.categorical) == (("PC 1",), ("FACTOR1", "note"))
    rows = rows_of(con, table)
    assert [row["PC 1"] for row in rows] == [-1.5, 2.0, None]
    assert [row["FACTOR1"] for row in rows] == ["V 1", "V2", None]
    assert [row["note"] for row in rows] == ["it's, well", None, "x"]
    assert [row["__outcome"] for row in rows] == [1, 0, 0]
    (row,) = rejected_rows(tmp_path / "rejected", "c.arff.csv")
    assert (row["line"], row["reason"], row["text"]) == ("13", "2 columns, expected 4", "too,few")


def test_arff_that_is_none_is_refused(read: Any, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"line 3: its rows are sparse"):
        read(write(tmp_path / "s.arff", "@attribute a real\n@data\n{0 1}\n"))
    with pytest.raises(SourceError, match=r"line 1: '@attribute a wrong'"):
        read(write(tmp_path / "w.arff", "@attribute a wrong\n@data\n1\n"))
    with pytest.raises(SourceError, match="no @data line"):
        read(write(tmp_path / "n.arff", "@relation x\n"))
    with pytest.raises(SourceEmptyError, match="below @data"):
        read(write(tmp_path / "e.arff", "@attribute a real\n@data\n% nothing\n"))


def test_headers_with_odd_names(con: Any, read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", '\ufeffID, monthly charges ,id,"a ""b""; c",\n1,2,3,4,5\n')
    table = read(path, id="ID", revenue="monthly charges")
    assert table.columns == ("ID", "monthly charges", "id_2", 'a "b"; c', "column_5")
    (row,) = rows_of(con, table)
    assert (row["__customer_id"], row["__revenue"], row['a "b"; c']) == ("1", 2.0, 4.0)


def test_errors_name_key_and_column(read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "id,x,churn\n1,2,0\n")
    for options, said in (
        ({"id": "ID"}, r"\[customers\] id = 'ID'.*nearest: 'id'"),
        ({"outcome": "churned"}, r"\[customers\] outcome = 'churned'.*nearest: 'churn'.*'id', 'x', 'churn'"),
        ({"revenue": "money"}, r"\[customers\] revenue = 'money'"),
        ({"numeric": ("X1",)}, r"\[customers\] numeric = 'X1'"),
        ({"contact": ContactColumns(email="mail")}, r"\[customers\.contact\] email = 'mail'"),
    ):
        with pytest.raises(ColumnMissingError, match=said):
            read(path, **options)
    with pytest.raises(SourceEmptyError, match="has a header and no row"):
        read(write(tmp_path / "h.csv", "id,x\n\n"))


def test_broken_json_lines_of_a_customer_table(read: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", '{"id":"a","x":1}\n\n{"id":"b"\n{}\n{"id":"c","x":"soon"}\n{"id":"d","x":4}\n')
    table = read(path, id="id", numeric=("x",))
    assert (table.rows_read, table.rows, table.rejected) == (5, 2, 3)
    rows = rejected_rows(tmp_path / "rejected", "c.jsonl.csv")
    assert [row["line"] for row in rows] == ["3", "4", "5"]
    assert rows[0]["reason"].startswith("not valid JSON")
    assert rows[1]["reason"] == "nothing in the row"
    assert rows[2]["reason"] == "x 'soon' is not a number"
