"""Files that arrive together or not at all, and never over something else unless told to."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from string import Template
from types import TracebackType
from typing import BinaryIO, cast

from querencia.errors import InputError, WorkError


class Delivery:
    """Writes files into `folder` under passing names and puts them in place on leaving, all or none.

    A file that is there already is compared as it is made: the same bytes are left alone, others are refused at the
    first difference (InputError), unless `force` says to replace them. Raises WorkError where the disk refuses.
    """

    def __init__(self, folder: Path, *, force: bool = False) -> None:
        self.folder = folder.absolute()
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"{str(folder)!r} is a file: expected a folder, or a path where one can be made.")
        self._force = force
        self._parts: dict[Path, Path] = {}
        self._files: list[Path] = []

    @property
    def files(self) -> tuple[Path, ...]:
        """The files delivered, in the order they were opened."""
        return tuple(self._files)

    def __enter__(self) -> Delivery:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put everything in place, or, after an error, take away what was begun."""
        for part, file in self._parts.items():
            if error is None:
                with _writing(file):
                    part.replace(file)
            else:
                part.unlink(missing_ok=True)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open the file `name` (relative to the folder) for writing bytes."""
        file = self.folder / name
        with _writing(file):
            if file.exists() and not self._force:
                with _Comparison(file) as comparison:
                    yield cast(BinaryIO, comparison)
                    comparison.finish()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                part = file.with_name(f"{file.name}.part")
                self._parts[part] = file
                with part.open("wb") as draft:
                    yield draft
        self._files.append(file)

    def write_text(self, name: str, text: str) -> None:
        """Write a small text file, UTF-8 with plain newlines."""
        with self.open(name) as file:
            file.write(text.encode("utf-8"))


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    """Say what the disk refused, and what to do."""
    try:
        yield
    except OSError as error:
        raise WorkError(
            f"Cannot write {str(file)!r}: {error.strerror or error}. "
            "Give another folder, or free the disk and its permissions, and run it again."
        ) from error


class _Comparison(io.RawIOBase):
    """Takes bytes as a file would, and refuses them where they differ from the file that is there."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._there = file.open("rb")

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        made = memoryview(cast(bytes, data)).cast("B")
        if self._there.read(len(made)) != made:
            raise self._refusal()
        return len(made)

    def finish(self) -> None:
        """Refuse a file that goes on behind what was made."""
        if self._there.read(1):
            raise self._refusal()

    def close(self) -> None:
        self._there.close()
        super().close()

    def _refusal(self) -> InputError:
        return InputError(
            f"{str(self._path)!r} is there already, and holds something else. "
            "Expected no such file, or the very same one. Give another path, or --force to replace it."
        )


def read_text(name: str, /, **values: str) -> str:
    """Return a text of the `projects` folder beside this module with its ``$name`` slots filled."""
    source = resources.files(__package__) / "projects" / name
    return Template(source.read_text(encoding="utf-8")).substitute(values)
