"""A second server that is not ours: `@copilotkit/aimock` from npm, on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = "1.43.0"
_PROGRAM = Path("node_modules/@copilotkit/aimock/dist/cli.js")


class AimockMissingError(RuntimeError):
    """It cannot be had here; the message says why."""


@contextmanager
def aimock(fixtures: Sequence[Mapping[str, Any]], *, key: str, options: Sequence[str] = ()) -> Iterator[str]:
    """Start aimock with `fixtures` (its own form of matches and responses), and give its address.

    It takes calls with `key` alone. `options` are its command line's. Raises AimockMissingError where Node, npm or the
    package is not to be had.
    """
    program = _installed()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fixtures.json"
        path.write_text(json.dumps({"fixtures": fixtures}), encoding="utf-8")
        command = ["node", str(program), "--port", "0", "--fixtures", str(path), *options]
        environment = {**os.environ, "AIMOCK_API_KEYS": key}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process:
            try:
                yield _address(process)
            finally:
                process.terminate()
                process.wait(timeout=10)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
            # What it says later is read and dropped: a full pipe would stop it.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[1]
    raise RuntimeError(f"aimock did not start: {''.join(said)}")


def _installed() -> Path:
    """Return the program, installed once for all runs on this machine."""
    if shutil.which("node") is None or (npm := shutil.which("npm")) is None:
        raise AimockMissingError("Node and npm are not installed")
    home = Path(tempfile.gettempdir()) / f"querencia-aimock-{VERSION}"
    if not (home / _PROGRAM).is_file():
        # Beside its place, then moved: several test processes may want it at the same time.
        new = Path(tempfile.mkdtemp(prefix="querencia-aimock-"))
        command = [npm, "install", "--prefix", str(new), "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run(
                [*command, f"@copilotkit/aimock@{VERSION}"], check=True, capture_output=True, text=True, timeout=90
            )
            new.replace(home)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            shutil.rmtree(new, ignore_errors=True)
            raise AimockMissingError(f"npm cannot install @copilotkit/aimock {VERSION}: {error}") from error
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
    if not (home / _PROGRAM).is_file():
        raise AimockMissingError(f"@copilotkit/aimock {VERSION} has no {_PROGRAM.name}")
    return home / _PROGRAM
