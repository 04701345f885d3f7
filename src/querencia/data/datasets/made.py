"""What a maker or getter leaves behind, and how it tells of its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[str, int, int | None], None]
"""Called with what is counted (``"sessions"``, ``"bytes of train.jsonl"``), how many are done, and of how many."""


@dataclass(frozen=True, kw_only=True)
class MadeDataset:
    """A data set on the disk: its `files` (absolute paths), and how many `rows` each kind has (empty: not counted).

    `project` is the folder that is ready for ``querencia run --project``; None where only the data file was asked for.
    `kept` are files that stood there before, perhaps edited, and were left alone.
    """

    name: str
    files: tuple[Path, ...]
    rows: dict[str, int]
    project: Path | None = None
    kept: tuple[Path, ...] = ()
