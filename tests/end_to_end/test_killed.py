"""Kill a run at any step, run it again: the same output as an undisturbed run."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from .conftest import command, make_company, querencia, results

STEPS = [
    "Reading events",
    "Exploring events",
    "Learning and scoring",
    "Writing scores",
    "Writing messages",
    "Drawing the report",
]
# Messages take well under a second: the kill is tried right at the step's first line, and again a little later.
DELAYS = {"Learning and scoring": 1.0, "Reading events": 0.2}

pytestmark = pytest.mark.xdist_group("demo")  # one worker: the demo is run once for all of them


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_run_killed_at_each_step_in_turn_ends_as_an_undisturbed_one(demo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    make_company(folder)
    for step in STEPS:
        code = run_until(folder, step)
        assert code == -signal.SIGKILL, f"the run ended before {step!r}"
    done = querencia("run", "--project", folder, "--json")
    assert done.code == 0, done.err
    assert "read" in done.document["kept"] and "score" in done.document["kept"]
    assert results(folder) == results(demo)
    assert [path.name for path in folder.rglob("*.part")] == []


def run_until(folder: Path, step: str) -> int:
    """Start a run, kill it when it says that `step` begins, and return its exit code."""
    process = subprocess.Popen(
        command("run", "--project", folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(step):
            threading.Event().wait(DELAYS.get(step, 0.0))
            process.kill()
            break
    process.stderr.close()
    return process.wait()
