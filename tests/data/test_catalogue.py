"""The catalogue: checked by line and column, or made from the log."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from querencia.data.catalogue import catalogue_from_log, read_catalogue
from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.products import Product
from querencia.data.sources import EventSource
from querencia.errors import ColumnMissingError, SourceEmptyError, SourceError, SourceMissingError

HEADER = "sku,name,description,url,price,currency,benefit,risk_groups,segments\n"


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_products_are_read(tmp_path: Path) -> None:
    rows = (
        'A1,Voz Pro,"Transcribe, resume",https://example.com/a?x=1,29.90,USD,ahorrar tiempo,1|2,Premium|Base\n'
        "\n"
        "B2, Índice ,,,,,,,\n"
        "C3,Tercero,,,0,,,3,\n"
    )
    products = read_catalogue(write(tmp_path / "c.csv", HEADER + rows), default_currency="EUR")
    assert products == (
        Product(
            sku="A1",
            name="Voz Pro",
            description="Transcribe, resume",
            url="https://example.com/a?x=1",
            price=Decimal("29.90"),
            currency="USD",
            benefit="ahorrar tiempo",
            risk_groups=frozenset({1, 2}),
            segments=frozenset({"Premium", "Base"}),
        ),
        Product(sku="B2", name="Índice"),
        Product(sku="C3", name="Tercero", price=Decimal(0), currency="EUR", risk_groups=frozenset({3})),
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_encodings_and_separators(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "c.csv", "name;sku;price\r\nÍndice;1;2.5\r\n".encode(encoding))
    assert read_catalogue(path, default_currency="EUR") == (
        Product(sku="1", name="Índice", price=Decimal("2.5"), currency="EUR"),
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",x,,,,,,,", r"line 3, column 'sku': ''"),
        ("b,,,,,,,,", r"line 3, column 'name': ''"),
        ("a,x,,,,,,,", r"line 3, column 'sku': 'a' stands on line 2 too"),
        ("b,x,,,12 EUR,,,,", r"line 3, column 'price': '12 EUR'"),
        ('b,x,,,"12,5",,,,', r"line 3, column 'price': '12,5'"),
        ("b,x,,,-1,,,,", r"line 3, column 'price': '-1'"),
        ("b,x,,,inf,,,,", r"line 3, column 'price': 'inf'"),
        ("b,x,,javascript:alert(1),,,,,", r"line 3, column 'url': 'javascript:alert\(1\)'"),
        ("b,x,,example.com,,,,,", r"line 3, column 'url'"),
        ("b,x,,https://,,,,,", r"line 3, column 'url'"),
        ("b,x,,http://[1,,,,,", r"line 3, column 'url'"),
        ("b,x,,,1,euros,,,", r"line 3, column 'currency': 'euros'"),
        ("b,x,,,,,,1|4,", r"line 3, column 'risk_groups': '4'"),
        ("b,x", r"line 3: 2 columns. Expected 9"),
    ],
)
def test_what_is_wrong_is_said_by_line_and_column(tmp_path: Path, row: str, said: str) -> None:
    path = write(tmp_path / "c.csv", f"{HEADER}a,first,,,,,,,\n{row}\n")
    with pytest.raises(SourceError, match=said):
        read_catalogue(path, default_currency="EUR")


def test_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError, match=r"\[catalogue\] path"):
        read_catalogue(tmp_path / "none.csv", default_currency="EUR")
    with pytest.raises(SourceEmptyError, match="header and no row"):
        read_catalogue(write(tmp_path / "h.csv", HEADER), default_currency="EUR")
    with pytest.raises(SourceEmptyError, match="is empty"):
        read_catalogue(write(tmp_path / "e.csv", ""), default_currency="EUR")
    with pytest.raises(ColumnMissingError, match="'sku'"):
        read_catalogue(write(tmp_path / "n.csv", "SKU,name\n1,x\n"), default_currency="EUR")


def test_a_catalogue_from_the_log(tmp_path: Path) -> None:
    con: Any = connect(memory="500MB", threads=1, scratch=tmp_path / "scratch")
    rows = "1,7,2020-01-01,Taza,2.10\n2,7,2020-01-02,Taza,2.1\n3,8,2020-01-03,Plato,\n4,POST,2020-01-04,Envío,5\n"
    source = EventSource(
        path=write(tmp_path / "log.csv", "c,i,t,n,p\n" + rows),
        customer="c",
        item="i",
        item_name="n",
        time="t",
        type="'orders'",
        price="p",
        ignore_items=("POST",),
    )
    log = read_events(
        con, source, into=tmp_path / "e.parquet", rejected=tmp_path / "r", max_rejected=0.0, timezone="UTC"
    )
    assert catalogue_from_log(con, log, currency="GBP") == (
        Product(sku="7", name="Taza", price=Decimal("2.1"), currency="GBP"),
        Product(sku="8", name="Plato"),
    )
