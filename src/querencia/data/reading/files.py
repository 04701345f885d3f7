"""Source files: which ones a path or glob of the project file means, and what they are."""

from __future__ import annotations

import difflib
import errno
import glob
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb

from querencia.data.reading.encoding import packing_of, unpacked_name
from querencia.errors import ColumnMissingError, SourceError, SourceMissingError, WorkError

Kind = Literal["csv", "parquet", "json", "arff"]

# What the system says when nothing more can be written: the disk is full, a quota used up, a file as long as allowed.
_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
_NO_ROOM = tuple(map(os.strerror, _FULL))

_KINDS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".arff": "arff",
}


def find_files(path: Path, *, key: str) -> tuple[Path, ...]:
    """Return the file at `path`, or the files that match it as a glob, by name.

    `key` is the key of the project file, for the message of SourceMissingError.
    """
    if path.is_file():
        return (path,)
    if path.is_dir():
        raise SourceMissingError(
            f"{key} = {str(path)!r} is a folder. Expected a file, or a glob such as {str(path / '*.csv')!r}."
        )
    if not glob.has_magic(str(path)):
        near = _nearest(path.name, _names_in(path.parent))
        raise SourceMissingError(
            f"{key} = {str(path)!r}: there is no such file{near}. Expected a path relative to the project file: "
            "correct it, or put the file there."
        )
    top = Path(path.anchor)
    found = tuple(sorted(file for file in top.glob(str(path.relative_to(top))) if file.is_file()))
    if not found:
        raise SourceMissingError(
            f"{key} = {str(path)!r}: no file matches this glob. Expected at least one: correct the glob, or put the "
            "files there."
        )
    return found


def kind_of(file: Path) -> Kind:
    """Return what a file is, by its extension. SourceError for one that cannot be read."""
    kind = _KINDS.get(Path(unpacked_name(file)).suffix.lower())
    if kind is None or (kind == "parquet" and packing_of(file)):
        raise SourceError(
            f"{str(file)!r}: the extension {file.suffix!r} is not one that is read. Expected .csv, .tsv, .jsonl, "
            ".ndjson or .arff (each also with .gz or .zst), or .parquet: convert the file, or rename it."
        )
    return kind


def require_column(name: str, columns: Sequence[str], *, key: str, file: Path) -> None:
    """Raise ColumnMissingError unless `file`, which has `columns`, has the column that `key` names."""
    if name in columns:
        return
    raise ColumnMissingError(
        f"{key} = {name!r}: {str(file)!r} has no column of that name{_nearest(name, columns)}. Expected one of: "
        f"{_listed(columns)}."
    )


def require_same_columns(files: Sequence[tuple[Path, Sequence[str]]], *, key: str) -> None:
    """Raise SourceError unless the files of one glob have the same columns (in any order)."""
    (first, expected), *others = files
    for file, columns in others:
        if set(columns) != set(expected):
            missing = sorted(set(expected) - set(columns))
            added = sorted(set(columns) - set(expected))
            raise SourceError(
                f"{key}: {str(file)!r} and {str(first)!r} have different columns (missing: {_listed(missing)}; in "
                f"addition: {_listed(added)}). Expected the same ones in every file of the glob: read them one by one, "
                "or mend the odd one."
            )


@contextmanager
def engine_errors(file: Path) -> Iterator[None]:
    """Raise what the engine or the system says on reading `file` as an error of our own: the file's fault, or the
    machine's."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise WorkError(
            f"{str(file)!r}: the engine ran out of memory or of room to spill to ({_first_line(error)}). Give it more "
            "under [engine] memory, or free disk space, and run again."
        ) from error
    except duckdb.Error as error:
        if any(reason in str(error) for reason in _NO_ROOM):
            raise _no_room(file, error) from error
        kind = _KINDS.get(Path(unpacked_name(file)).suffix.lower(), "")
        raise SourceError(
            f"{str(file)!r} cannot be read: {_first_line(error)}. Expected a sound {kind} file.".replace("  ", " ")
        ) from error
    except (EOFError, OSError, zlib.error) as error:
        if isinstance(error, SourceMissingError):
            raise
        if isinstance(error, OSError) and error.errno in _FULL:
            raise _no_room(file, error) from error
        raise SourceError(f"{str(file)!r} cannot be read: {error}. Expected a whole, readable file.") from error


def _no_room(file: Path, error: Exception) -> WorkError:
    return WorkError(
        f"{str(file)!r}: what was read of it cannot be written ({_first_line(error)}). Free disk space, or allow "
        "larger files, and run again: nothing half-written is used."
    )


def _nearest(name: str, known: Sequence[str]) -> str:
    folded = {other.casefold(): other for other in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return f" (nearest: {folded[close[0]]!r})" if close else ""


def _names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def _listed(names: Sequence[str], *, most: int = 30) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
