"""The names of this machine's workers, and which of them are dead: `<host>-<pid>` or `<host>-<pid>-<number>`."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable


def own_name() -> str:
    """Return the name of this process, that its workers' names begin with."""
    return f"{socket.gethostname()}-{os.getpid()}"


def dead_workers(names: Iterable[str]) -> list[str]:
    """Return those of the names whose process ran on this machine and is gone."""
    pattern = re.compile(rf"{re.escape(socket.gethostname())}-(\d+)(-\d+)?")
    found = ((name, pattern.fullmatch(name)) for name in names)
    return [name for name, match in found if match and not _is_alive(int(match[1]))]


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # signal 0 would end the process there: its leases run out instead
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
