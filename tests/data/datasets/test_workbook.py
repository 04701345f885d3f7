"""Rows come out of a workbook as they were put in."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.data.datasets.workbook import read_date, read_rows
from querencia.errors import WorkError


def test_numbers_texts_and_gaps(tmp_path: Path, make_workbook: Callable[[Path, list[list[object]]], Path]) -> None:
    rows: list[list[object]] = [
        ["a", "b", "c"],
        [1, None, 2.0],
        [None, "x < y & z", -7],
        [0.1 + 0.2, 1e-07, 12345678901],
    ]
    told: list[tuple[int, int]] = []
    path = make_workbook(tmp_path / "book.xlsx", rows)
    assert list(read_rows(path, on_bytes=lambda done, total: told.append((done, total)))) == [
        ["a", "b", "c"],
        ["1", "", "2"],
        ["", "x < y & z", "-7"],
        ["0.30000000000000004", "1e-07", "12345678901"],
    ]
    assert told[-1][0] == told[-1][1]


def test_texts_in_place_in_pieces_and_without_references(tmp_path: Path) -> None:
    sheet = (
        '<worksheet><sheetData><row><c t="inlineStr"><is><r><t>ab</t></r><r><t>cd</t></r></is></c><c><v>5</v></c></row>'
        '<row><c t="s"><v>0</v></c><c t="str"><f>A1</f><v>made</v></c></row></sheetData></worksheet>'
    )
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/worksheets/sheet2.xml", "<worksheet/>")
        book.writestr("xl/worksheets/sheet1.xml", sheet)
        book.writestr("xl/sharedStrings.xml", "<sst><si><r><t>one </t></r><r><t>text</t></r></si></sst>")
    assert list(read_rows(path)) == [["abcd", "5"], ["one text", "made"]]


def test_dates() -> None:
    assert read_date("40513.351388888892") == datetime(2010, 12, 1, 8, 26)
    assert read_date("40886.53472222222") == datetime(2011, 12, 9, 12, 50)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))
def test_every_second_survives_the_serial_number(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = repr((moment - datetime(1899, 12, 30)).total_seconds() / 86_400)
    assert read_date(serial) == moment


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><row>",
        '<!DOCTYPE w [<!ENTITY a "b">]><worksheet/>',
        '<worksheet><row><c t="s"><v>3</v></c></row></worksheet>',
    ],
)
def test_what_is_no_workbook(tmp_path: Path, sheet: str) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"no archive")
    with pytest.raises(WorkError, match="cannot be read as an Excel workbook"):
        list(read_rows(path))
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    with pytest.raises(WorkError, match="cannot be read as an Excel workbook"):
        list(read_rows(path))
