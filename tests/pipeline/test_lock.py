"""One run at a time in one project, and none locked out by a run that died."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from querencia.errors import WorkError
from querencia.pipeline.lock import sole_run

HOLD = """
import sys, time, pathlib
from querencia.pipeline.lock import sole_run
with sole_run(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_until_the_first_dies(tmp_path: Path) -> None:
    workspace = tmp_path / ".querencia"
    with subprocess.Popen([sys.executable, "-c", HOLD, workspace], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorkError, match="another run"), sole_run(workspace):
            pass
        holder.kill()
        holder.wait()
    with sole_run(workspace):
        pass


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="failed"), sole_run(tmp_path):
        raise ValueError("failed")
    with sole_run(tmp_path):
        pass
