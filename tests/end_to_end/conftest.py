"""Whole runs, as a user starts them: the command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from querencia.data.datasets.makers import make_dataset

CUSTOMERS = 800


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.out)


def querencia(*arguments: str | Path, cwd: Path | None = None) -> Done:
    """Run the command and return its exit code and what it printed."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, encoding="utf-8", cwd=cwd, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", "from querencia.cli import main; main()", *map(str, arguments)]


def results(folder: Path) -> dict[str, bytes]:
    """Return every file of the output folder but run.json, which alone holds times."""
    output = folder / "output"
    files = sorted(path for path in output.rglob("*") if path.is_file() and path.name != "run.json")
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def make_company(folder: Path, *, seed: int = 7) -> None:
    """Make a company of 800 customers, whose churn model is learned once and not three times: quicker."""
    make_dataset("voiceflip", folder, customers=CUSTOMERS, seed=seed)
    with (folder / "querencia.toml").open("a", encoding="utf-8") as file:
        file.write("\n[churn]\nrepeats = 1\n")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up company, run once without disturbance."""
    folder = tmp_path_factory.mktemp("demo") / "voiceflip"
    make_company(folder)
    done = querencia("run", "--project", folder, "--json")
    assert done.code == 0, done.err
    (folder / "result.json").write_text(done.out, encoding="utf-8")
    (folder / "progress.txt").write_text(done.err, encoding="utf-8")
    os.sync()
    return folder


@pytest.fixture(scope="session")
def demo_result(demo: Path) -> dict[str, Any]:
    return json.loads((demo / "result.json").read_text(encoding="utf-8"))
