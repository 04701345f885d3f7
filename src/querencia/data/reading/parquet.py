"""Parquet files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from querencia.data.reading.encoding import clear_folder


@contextmanager
def workspace(into: Path) -> Iterator[Path]:
    """Give an empty folder beside the file `into` for what is staged on the way to it; gone afterwards."""
    work = clear_folder(into.with_name(f"{into.name}.parts"))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_parquet(table: Any, path: Path) -> None:
    """Write an Ibis table to `path`: beside it first, then renamed, so that a killed run leaves no half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    table.to_parquet(partial)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(path)
