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


# For columns of ids and times: no dictionary of thousands of values is tried in vain, and equal values take no room.
COMPACT: dict[str, Any] = {"compression": "zstd", "parquet_version": "V2", "dictionary_size_limit": 100}


def publish_folder(folder: Path, into: Path) -> None:
    """Put a folder of finished Parquet files in the place of `into`, so that it is there whole or not at all."""
    for path in folder.iterdir():
        _flush(path)
    if into.is_dir():
        shutil.rmtree(into)
    folder.replace(into)


def write_parquet(table: Any, path: Path) -> None:
    """Write an Ibis table to `path`: beside it first, then renamed, so that a killed run leaves no half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    table.to_parquet(partial)
    _flush(partial)
    partial.replace(path)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
