"""Named queries in a file of SQL, run on DuckDB."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from event_log.contender import Task


class Queries:
    """The queries of a file, each begun by a line ``-- name: …``; ``$log`` and the like become quoted texts."""

    def __init__(self, path: Path, task: Task) -> None:
        parts = re.split(r"^-- name: (\w+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        values = {"log": task.log, "parquet": task.folder / "events.parquet", "timezone": task.timezone}
        quoted = {name: "'" + str(value).replace("'", "''") + "'" for name, value in values.items()}
        pairs = zip(parts[::2], parts[1::2], strict=True)
        self.texts = {name: Template(text).substitute(quoted) for name, text in pairs}
        self.con = duckdb.connect(config=_settings(task))
        self.con.execute("SET TimeZone = 'UTC'")

    def run(self, name: str) -> list[tuple[Any, ...]]:
        """Run a query; return its rows."""
        return self.con.execute(self.texts[name]).fetchall()

    def row(self, name: str) -> dict[str, Any]:
        """Return the one row of a query, by column."""
        return self.rows(name)[0]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a query, by column."""
        found = self.con.execute(self.texts[name])
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _settings(task: Task) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "memory_limit": task.memory,
        "preserve_insertion_order": False,
        "temp_directory": str(task.folder / "spilled"),
    }
    return settings | ({"threads": task.threads} if task.threads else {})
