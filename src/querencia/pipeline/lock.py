"""One run at a time in one project: a lock that the operating system takes back when its holder dies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from querencia.errors import WorkError


@contextmanager
def sole_run(workspace: Path) -> Iterator[None]:
    """Hold the project whose workspace this is. Raises WorkError while another run holds it."""
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        lock = (workspace / "lock").open("a+b")
    except OSError as error:
        raise WorkError(
            f"{str(workspace)!r} cannot be written: {error.strerror or error}. Mend the folder's permissions, or copy "
            "the project to a folder that can be written."
        ) from error
    with lock as file:
        try:
            _take(file)
        except OSError as error:
            raise WorkError(
                f"another run is at work in {str(workspace.parent)!r}. Wait until it has ended, and run again."
            ) from error
        yield


def _take(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
