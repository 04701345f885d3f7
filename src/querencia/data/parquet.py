"""Parquet files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def write_parquet(table: Any, path: Path) -> None:
    """Write an Ibis table to `path`: beside it first, then renamed, so that a killed run leaves no half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    table.to_parquet(partial)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(path)
