"""UCI's Online Retail: an archive with one Excel workbook, turned into compressed CSV."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from querencia.data.datasets.archives import unpack
from querencia.data.datasets.downloads import download
from querencia.data.datasets.getters import Credentials
from querencia.data.datasets.made import Progress
from querencia.data.datasets.workbook import read_date, read_rows
from querencia.errors import DownloadError

RETAIL_PATH = "/static/public/352/online+retail.zip"
RETAIL_SHA256 = "f5385cbb54bbebf7196389109c6b0621faab0c304e3702548165e71c84aede8b"
WORKBOOK = "Online Retail.xlsx"
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


def get_online_retail(
    folder: Path,
    *,
    base_url: str,
    credentials: Credentials | None = None,
    checksum: str | None = None,
    on_progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Fetch the archive and write its lines as CSV. `checksum` is the archive's SHA-256. Needs no credentials."""
    del credentials
    file = folder / "online_retail.csv.gz"
    if file.exists():
        return (file,)
    archive = download(
        f"{base_url}{RETAIL_PATH}",
        folder / "online-retail.zip",
        sha256=checksum or RETAIL_SHA256,
        on_progress=on_progress,
    )
    workbook = folder / WORKBOOK
    unpack(archive, WORKBOOK, to=workbook, on_progress=on_progress)
    convert(workbook, to=file, on_progress=on_progress)
    workbook.unlink()
    archive.unlink()
    return (file,)


def convert(workbook: Path, *, to: Path, on_progress: Progress | None = None) -> int:
    """Write the workbook's invoice lines as gzipped CSV, times as ISO text; return how many.

    Raises DownloadError where the first row is not the header that is known.
    """

    def report(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(f"bytes of {workbook.name} converted", done, total)

    rows = read_rows(workbook, on_bytes=report)
    header = tuple(next(rows, []))
    if header != COLUMNS:
        raise DownloadError(
            f"{str(workbook)!r} begins with {header!r}: expected the columns {COLUMNS!r}. The publisher has changed "
            "the file: look on the data set's page, or update querencia."
        )
    part = to.with_name(f"{to.name}.part")
    # No time and no name in the archive: the same workbook gives the same bytes.
    with part.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
        text = io.TextIOWrapper(packed, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        count = 0
        for row in _with_dates(rows):
            writer.writerow(row)
            count += 1
        text.flush()
        text.detach()
    part.replace(to)
    return count


def _with_dates(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    at = COLUMNS.index("InvoiceDate")
    # Invoices have many lines: each serial number is turned into a time once.
    known: dict[str, str] = {}
    for row in rows:
        serial = row[at]
        if serial not in known:
            known[serial] = read_date(serial).isoformat(sep=" ") if serial else ""
        row[at] = known[serial]
        yield row
