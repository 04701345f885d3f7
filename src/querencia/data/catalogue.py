"""The catalogue: the products that messages may mention, read from its CSV or made from the log's own items."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from querencia.data.events import item_names
from querencia.data.products import Product
from querencia.data.reading.cells import MISSING
from querencia.data.reading.encoding import encoding_of, open_bytes
from querencia.data.reading.files import engine_errors, find_files, require_column
from querencia.data.reading.layouts import sniff_delimiter
from querencia.data.tables import EventLog
from querencia.errors import SourceEmptyError, SourceError

_Part = TypeVar("_Part")

_COLUMNS = ("sku", "name", "description", "url", "price", "currency", "benefit", "risk_groups", "segments")
_CURRENCY = re.compile(r"[A-Z]{3}")
_RISK_GROUPS = frozenset({1, 2, 3})


def read_catalogue(path: Path, *, default_currency: str) -> tuple[Product, ...]:
    """Read and check a catalogue CSV; products in the file's order, prices without currency in `default_currency`.

    SourceMissingError, SourceEmptyError, ColumnMissingError (``sku`` and ``name`` must be there), and SourceError with
    line and column for a value that is wrong.
    """
    (file, *_) = find_files(path, key="[catalogue] path")
    products: dict[str, Product] = {}
    lines: dict[str, int] = {}
    for line, row in _read_rows(file):
        product = _read_product(row, _Complaint(file, line), default_currency=default_currency)
        if product.sku in lines:
            raise SourceError(
                f"{str(file)!r}, line {line}, column 'sku': {product.sku!r} stands on line {lines[product.sku]} too. "
                "Expected each product once: take one of the two out."
            )
        lines[product.sku] = line
        products[product.sku] = product
    if not products:
        raise SourceEmptyError(f"{str(file)!r} has a header and no row. Expected at least one product below it.")
    return tuple(products.values())


def catalogue_from_log(con: Any, log: EventLog, *, currency: str) -> tuple[Product, ...]:
    """Return the log's named items as products, the one with most events first; none where items have no names."""
    if not log.has_item_names:
        return ()
    return tuple(
        Product(
            sku=str(item["item"]),
            name=item["name"],
            price=None if item["price"] is None else Decimal(repr(item["price"])),
            currency=None if item["price"] is None else currency,
        )
        for item in item_names(con, log).to_pyarrow().to_pylist()
    )


class _Complaint:
    """Raises errors that say where in the catalogue they stand."""

    def __init__(self, file: Path, line: int) -> None:
        self.file = file
        self.line = line

    def __call__(self, column: str, value: str, expected: str) -> SourceError:
        return SourceError(
            f"{str(self.file)!r}, line {self.line}, column {column!r}: {value!r} is not right. Expected {expected}."
        )


def _read_rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Return line and cells (by column, blanks taken off, empty where missing) of each row."""
    with engine_errors(file), open_bytes(file) as stream:
        data = stream.read()
    text = data.decode(encoding_of(data), errors="replace")
    if not text.strip():
        raise SourceEmptyError(f"{str(file)!r} is empty. Expected a header and at least one product.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sniff_delimiter(text, first=",", whole=True))
    header: list[str] = []
    line = 1
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells) and not header:
            header = cells
            for column in ("sku", "name"):
                require_column(column, header, key="[catalogue] path, column", file=file)
        elif any(cells):
            if len(cells) != len(header):
                raise SourceError(
                    f"{str(file)!r}, line {line}: {len(cells)} columns. Expected {len(header)}, as in the header: put "
                    "values that hold a separator in quotes."
                )
            yield line, {name: "" if cell in MISSING else cell for name, cell in zip(header, cells, strict=True)}
        line = reader.line_num + 1


def _read_product(row: Mapping[str, str], complain: _Complaint, *, default_currency: str) -> Product:
    cells = {column: row.get(column, "") for column in _COLUMNS}
    if not cells["sku"]:
        raise complain("sku", cells["sku"], "an id that no other product has")
    if not cells["name"]:
        raise complain("name", cells["name"], "the product's name, as messages say it")
    price = _read_price(cells["price"], complain)
    return Product(
        sku=cells["sku"],
        name=cells["name"],
        description=cells["description"],
        url=_read_url(cells["url"], complain),
        price=price,
        currency=_read_currency(cells["currency"], complain) or (default_currency if price is not None else None),
        benefit=cells["benefit"] or None,
        risk_groups=frozenset(_read_list(cells["risk_groups"], lambda part: _read_group(part, complain))),
        segments=frozenset(_read_list(cells["segments"], str)),
    )


def _read_price(text: str, complain: _Complaint) -> Decimal | None:
    if not text:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise complain("price", text, "a number that is not negative, with a decimal point, such as 29.90, or nothing")
    return price


def _read_url(text: str, complain: _Complaint) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        sound = False
    if not sound:
        raise complain("url", text, "an address such as https://example.com/product, or nothing")
    return text


def _read_currency(text: str, complain: _Complaint) -> str | None:
    if text and not _CURRENCY.fullmatch(text):
        raise complain("currency", text, "an ISO 4217 code such as EUR, or nothing")
    return text or None


def _read_group(text: str, complain: _Complaint) -> int:
    if text not in {str(group) for group in _RISK_GROUPS}:
        raise complain("risk_groups", text, "1, 2 or 3, several joined by |, or nothing for all")
    return int(text)


def _read_list(text: str, read: Callable[[str], _Part]) -> list[_Part]:
    return [read(part.strip()) for part in text.split("|") if part.strip()]
