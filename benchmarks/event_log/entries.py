"""The contenders: how each is started, and where its figures and seconds are found."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from event_log.measuring import Measured, measure

BENCHMARKS = Path(__file__).resolve().parents[1]
QUERENCIA = Path(sys.executable).with_name("querencia")

# By name, in the order of the table: the product is a command, the others modules of this package.
MODULES = {"reference": "reference", "tuned": "tuned", "polars": "streaming_polars", "pandas": "pandas_loop"}
CONTENDERS = ("product", *MODULES)
MAY_FAIL = ("polars", "pandas")  # for want of memory, say: the table tells it, and the others go on
AGAIN = "second explore"

# What each stage of reading adds to the one before it: the product's way, then that of an expert who trusts every line.
PRODUCT_STAGES = {
    "lines": "cut the file into lines",
    "usual": "hold each line against the usual form",
    "parsed": "parse its JSON",
    "once": "drop duplicates, count copies",
    "flat": "one row per event",
    "written": "write Parquet",
}
REFERENCE_STAGES = {
    "objects": "cut into lines and parse JSON",
    "objects_once": "drop duplicates, count copies",
    "objects_flat": "one row per event",
    "objects_written": "write Parquet",
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What all contenders are given alike: time zone, engine memory and threads; and what stops one of them: seconds
    and bytes."""

    timezone: str
    memory: str
    threads: int
    timeout: float
    most_memory: int


@dataclass(frozen=True, kw_only=True)
class Run:
    """One measured run of a contender: its seconds of reading and figures as it told them itself, and its figures."""

    contender: str
    measured: Measured
    seconds: dict[str, float] = field(default_factory=dict)
    figures: dict[str, Any] | None = None


def run_contender(name: str, log: Path, folder: Path, terms: Terms) -> list[Run]:
    """Run a contender on a log in an empty folder, which is cleared afterwards; the product twice, unchanged data."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        if name == "product":
            _write_project(log, folder, terms)
            first = _run_product("product", folder, terms)
            return [first] if first.measured.stopped else [first, _run_product(AGAIN, folder, terms)]
        return [_run_module(name, MODULES[name], log, folder, terms)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_stage(stage: str, log: Path, folder: Path, terms: Terms) -> Run:
    """Run one stage of reading by itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        return _run_module(stage, "stages", log, folder, terms, stage)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_log(path: Path, *, sessions: int) -> None:
    """Make a synthetic OTTO log, in another process: what that leaves in memory is no contender's."""
    command = [str(QUERENCIA), "data", "make", "otto", str(path), "--sessions", str(sessions), "-q"]
    measure(command, timeout=float("inf"), most_memory=sys.maxsize)


def _write_project(log: Path, folder: Path, terms: Terms) -> None:
    lines = [
        "[project]", 'name = "Benchmark"', f"timezone = {json.dumps(terms.timezone)}",
        "[events]", f"path = {json.dumps(str(log))}", 'format = "otto"',
        "[engine]", f"memory = {json.dumps(terms.memory)}", f"threads = {terms.threads}",
    ]  # fmt: skip
    (folder / "querencia.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _run_product(name: str, folder: Path, terms: Terms) -> Run:
    command = [str(QUERENCIA), "explore", "--project", str(folder), "--json"]
    measured = measure(command, timeout=terms.timeout, most_memory=terms.most_memory)
    if measured.stopped:
        return Run(contender=name, measured=measured)
    steps = json.loads((folder / "output" / "run.json").read_text(encoding="utf-8"))["steps"]
    figures = json.loads((folder / "output" / "explore.json").read_text(encoding="utf-8"))["events"]
    names = {"read": "reading", "explore": "figures", "report": "report"}
    seconds = {names[step]: taken for step, taken in steps.items() if step in names}
    return Run(contender=name, measured=measured, seconds=seconds, figures=figures)


def _run_module(name: str, module: str, log: Path, folder: Path, terms: Terms, *first: str) -> Run:
    command = [
        sys.executable, "-m", f"event_log.{module}", *first, str(log), str(folder),
        "--timezone", terms.timezone, "--memory", terms.memory, "--threads", str(terms.threads),
    ]  # fmt: skip
    environment = {"PYTHONPATH": str(BENCHMARKS)}
    if terms.threads:
        environment["POLARS_MAX_THREADS"] = str(terms.threads)  # Polars cannot be told in any other way
    measured = measure(
        command,
        timeout=terms.timeout,
        most_memory=terms.most_memory,
        environment=environment,
        may_fail=name in MAY_FAIL,
    )
    if measured.stopped:
        return Run(contender=name, measured=measured)
    told = json.loads(measured.output.splitlines()[-1])
    return Run(contender=name, measured=measured, seconds=told["seconds"], figures=told["figures"])
