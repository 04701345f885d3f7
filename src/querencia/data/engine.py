"""The engine that reads and aggregates the tables: Ibis on DuckDB, in this process and in memory."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import ibis

from querencia.errors import SettingsError

_MEMORY = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B)", re.IGNORECASE)


def connect(url: str = "duckdb://", *, memory: str = "8GB", threads: int = 0, scratch: Path) -> Any:
    """Return an Ibis backend that works in UTC, without network, and spills to the folder `scratch`.

    `memory` is a size such as ``"8GB"`` or ``"500 MiB"``; `threads` 0 takes every core. SettingsError for an engine
    that this version does not run on, or a memory size or number of threads that is none.
    """
    if url != "duckdb://":
        raise SettingsError(
            f'[engine] url = {url!r}: this version runs on DuckDB only. Expected "duckdb://": write that, or leave the '
            "key out."
        )
    if not _MEMORY.fullmatch(memory.strip()):
        raise SettingsError(f'[engine] memory = {memory!r}: expected a size with its unit, such as "8GB" or "500MB".')
    if threads < 0:
        raise SettingsError(f"[engine] threads = {threads!r}: expected a number of threads, or 0 for every core.")
    scratch.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "temp_directory": str(scratch),
        "memory_limit": memory.strip(),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        # Staged rows keep the order of their file: the n-th staged row is the n-th row of the source.
        "preserve_insertion_order": True,
    }
    if threads:
        options["threads"] = threads
    try:
        con = ibis.duckdb.connect(**options)
    except duckdb.Error as error:
        raise SettingsError(f"[engine]: DuckDB does not start with these settings: {error}") from error
    con.raw_sql("SET TimeZone = 'UTC'")
    con.raw_sql("SET enable_progress_bar = false")
    return con
