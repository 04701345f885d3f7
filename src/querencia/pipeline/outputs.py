"""Files of the output folder: each appears whole or not at all, and the same facts give the same bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from querencia.errors import WorkError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the body ends well, the file written there takes its place.

    Raises WorkError where the disk or the folder refuses.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise WorkError(
            f"{str(path)!r} cannot be written: {error.strerror or error}. Free the disk, close the file where it is "
            "open, or mend the folder's permissions, and run again: it goes on from here."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def clear_leftovers(*folders: Path) -> None:
    """Remove what a killed run had begun to write."""
    for folder in folders:
        for leftover in folder.glob(".*.part"):
            leftover.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with Unix line ends, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, facts: object) -> None:
    """Write dataclasses and plain values as JSON that a person can read too."""
    write_text(path, json.dumps(to_jsonable_python(facts), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_table(table: Any, path: Path) -> None:
    """Write an Ibis table as Parquet or CSV, by the path's ending, in its own order."""
    with replacing(path) as temporary:
        if path.suffix == ".parquet":
            table.to_parquet(temporary)
        else:
            table.to_csv(temporary, header=True)
