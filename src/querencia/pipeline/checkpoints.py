"""What is already done: a finished step is not done again while its inputs, settings and code are the same.

Every step leaves one small JSON file with the fingerprint of all it depended on, its result, and the size and time of
the files it wrote. The file is written last and in one move: a killed run leaves the step undone, never half done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from querencia.pipeline.outputs import write_text

Result = TypeVar("Result")
LIBRARIES = ("duckdb", "ibis-framework", "lightgbm", "numpy", "pandas", "scikit-learn", "scipy", "babel", "altair")
Stamp = tuple[str, int, int]


def fingerprint(*parts: object) -> str:
    """Return the hash of `parts` (dataclasses, paths, numbers, text …) and of this version of querencia's code."""
    document = json.dumps([code_stamp(), to_jsonable_python(parts)], sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def stamp_files(paths: Iterable[Path]) -> tuple[Stamp, ...]:
    """Return name, size and time of change (ns) of each file, globs expanded; a missing file has size -1."""
    stamps: list[Stamp] = []
    for path in paths:
        for file in _expand(path):
            try:
                facts = file.stat()
                stamps.append((str(file), facts.st_size, facts.st_mtime_ns))
            except FileNotFoundError:
                stamps.append((str(file), -1, 0))
    return tuple(stamps)


@cache
def code_stamp() -> str:
    """Return a hash of this package's files (name, size, time) and of the libraries that compute: changed code is never
    answered from old work."""
    package = Path(__file__).parents[1]
    facts = [
        (str(file.relative_to(package)), file.stat().st_size, file.stat().st_mtime_ns)
        for file in sorted(package.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    ]
    versions = [(name, metadata.version(name)) for name in LIBRARIES]
    return hashlib.sha256(json.dumps([facts, versions]).encode()).hexdigest()


@dataclass(frozen=True)
class Checkpoints:
    """The finished steps of one project, kept in `folder`."""

    folder: Path

    def recall(self, step: str, key: str, kind: type[Result]) -> Result | None:
        """Return what `step` left under fingerprint `key`, or None where it is not done, or its files have changed."""
        try:
            record: Any = json.loads(self._file(step).read_text(encoding="utf-8"))
            if record["fingerprint"] != key:
                return None
            outputs = [tuple(output) for output in record["outputs"]]
            if list(stamp_files(Path(output[0]) for output in outputs)) != outputs:
                return None
            return TypeAdapter(kind).validate_python(record["result"])
        except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError, ValidationError):
            return None

    def keep(self, step: str, key: str, result: object, *, outputs: Sequence[Path]) -> None:
        """Remember that `step` is done under fingerprint `key`, with `result` and the files it wrote."""
        record = {"fingerprint": key, "outputs": stamp_files(outputs), "result": to_jsonable_python(result)}
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(self._file(step), json.dumps(record, ensure_ascii=False))

    def forget(self, step: str) -> None:
        """Let `step` be undone: before its outputs are written anew."""
        self._file(step).unlink(missing_ok=True)

    def _file(self, step: str) -> Path:
        return self.folder / f"{step}.json"


def _expand(path: Path) -> list[Path]:
    if not any(sign in str(path) for sign in "*?["):
        return [path]
    return sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor)))) or [path]
