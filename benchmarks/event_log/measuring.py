"""Wall time, CPU time and peak memory of a command in a process of its own, stopped where it takes too much."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.01
_MEMORY_EVERY = 10  # polls: reading a process's memory costs it a little


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one run of a command took. `cpu` counts its threads and its children; `peak` is bytes resident in memory, of
    the command or one child, whichever had most. `stopped` says why it did not finish, None where it did."""

    wall: float
    cpu: float
    peak: int
    output: str
    stopped: str | None = None


class CommandFailedError(RuntimeError):
    """A command ended with an error of its own."""


def measure(
    command: Sequence[str],
    *,
    timeout: float,
    most_memory: int,
    environment: Mapping[str, str] | None = None,
    may_fail: bool = False,
) -> Measured:
    """Run `command` and measure it; stop it after `timeout` seconds or above `most_memory` bytes.

    Raises CommandFailedError where the command itself ends with an error; with `may_fail`, `stopped` tells it instead.
    The caller's own memory should be small: Linux counts what a new process takes over from its parent, until it starts
    the command, into its peak.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        status, usage, stopped = _wait(process.pid, until=begun + timeout, timeout=timeout, most_memory=most_memory)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0 and stopped is None:
            told = errors.read().decode(errors="replace").strip()[-3000:]
            if not may_fail:
                raise CommandFailedError(f"{' '.join(command)!r} ended with {process.returncode}:\n{told}")
            stopped = f"ended with {process.returncode}: {''.join(told.splitlines()[-1:]) or 'no reason given'}"
        return Measured(
            wall=wall,
            cpu=usage.ru_utime + usage.ru_stime,
            peak=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            output=output.read().decode(),
            stopped=stopped,
        )


def _wait(
    pid: int, *, until: float, timeout: float, most_memory: int
) -> tuple[int, resource.struct_rusage, str | None]:
    """Wait for the process. It is asked for, not waited on, so that nothing else can take its place before a kill."""
    stopped: str | None = None
    polls = 0
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return status, usage, stopped
        polls += 1
        if stopped is None and time.perf_counter() > until:
            stopped = f"stopped after {timeout:g} s"
        elif stopped is None and polls % _MEMORY_EVERY == 0 and _resident(pid) > most_memory:
            stopped = f"stopped above {most_memory / 1e9:.1f} GB of memory"
        if stopped:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)


def _resident(pid: int) -> int:
    """Return the bytes of a process in memory; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
