"""The engine that reads and aggregates the tables: Ibis on DuckDB, in this process and in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis
from ibis.util import gen_name

from querencia.errors import SettingsError

_MEMORY = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B)", re.IGNORECASE)
_DENSE_BITS = 21


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


@contextmanager
def dense_integer_groups(con: Any) -> Iterator[None]:
    """Let DuckDB count groups of integer keys less than two million apart in a flat array, while this is open.

    Measured on OTTO's items: a third of the time. DuckDB's own bound is 4,096, because the array costs memory for
    every thread and cannot spill: 16 MB for one count, so only queries with few aggregates belong in here. The figures
    are the same either way; other engines, other keys and logs whose key range the engine does not know go unchanged.
    """
    if con.name != "duckdb":
        yield
        return
    con.raw_sql(f"SET perfect_ht_threshold = {_DENSE_BITS}")
    try:
        yield
    finally:
        con.raw_sql("RESET perfect_ht_threshold")


@contextmanager
def kept(con: Any, table: Any) -> Iterator[Any]:
    """Compute an Ibis table once, and give it back to be asked several questions; it is gone on leaving.

    Ibis's own `cache` does this on other engines. On DuckDB it cannot let go again: the DROP that Ibis 12 writes names
    no table since sqlglot 30.
    """
    if con.name != "duckdb":
        with table.cache() as cached:
            yield cached
        return
    name = gen_name("kept")
    try:
        yield con.create_table(name, table, temp=True)
    finally:
        con.raw_sql(f'DROP TABLE IF EXISTS temp.main."{name}"')
