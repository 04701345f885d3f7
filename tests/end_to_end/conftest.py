"""Whole runs, as a user starts them: the command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from message_contest.replies import sample_reply
from querencia.bootstrap import open_project
from querencia.cli.console import LineProgress
from querencia.data.datasets.makers import make_dataset
from querencia.pipeline.run import RunResult, run
from stand_in.server import StandIn
from stand_in.serving import serving

CUSTOMERS = 800
KEY = "sk-this-is-the-secret-key"


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


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose customers are scored; messages are written anew by each test."""
    folder = tmp_path_factory.mktemp("llm") / "company"
    make_company(folder)
    done = querencia("score", "--project", folder, "-q")
    assert done.code == 0, done.err
    (folder / "as_made.toml").write_text((folder / "querencia.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.fixture
def company(scored: Path) -> Path:
    """The scored company with nothing asked of a model yet."""
    for leftover in scored.glob("querencia.db*"):
        leftover.unlink()
    (scored / ".querencia/steps/write.json").unlink(missing_ok=True)
    return scored


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    app = StandIn(reply=sample_reply, key=KEY)
    with serving(app) as url:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", url)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
        monkeypatch.setenv("AZURE_OPENAI_DEPLOYMENT", "retention")
        yield app


def declare(folder: Path, messages: str = "", llm: str = "") -> None:
    """Let the project of `folder` have a model write, with these keys more."""
    made = (folder / "as_made.toml").read_text(encoding="utf-8")
    text = f'{made}\n[messages]\nwriter = "llm"\n{messages}\n[llm]\nmodel = "gpt-4.1-mini"\n{llm}\n'
    (folder / "querencia.toml").write_text(text, encoding="utf-8")


def write(folder: Path) -> RunResult:
    return run(open_project(folder), goal="write", progress=LineProgress())


def messages_of(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "output/personalized_messages.csv", dtype=str, keep_default_na=False)
