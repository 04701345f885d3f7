"""What every hand-written contender has in common: its arguments, its clock, and the one JSON line it prints."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Task:
    """An OTTO log, a folder to write in, the time zone of the figures, and the memory and threads an engine may use."""

    log: Path
    folder: Path
    timezone: str
    memory: str
    threads: int


def compete(read: Callable[[Task], Any], explore: Callable[[Task, Any], dict[str, Any]]) -> None:
    """Read the log, compute its figures, and print both as JSON with the wall and CPU seconds that each took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--timezone", required=True)
    parser.add_argument("--memory", required=True)
    parser.add_argument("--threads", type=int, required=True)
    task = Task(**vars(parser.parse_args()))
    begun = _clocks()
    events = read(task)
    halfway = _clocks()
    figures = explore(task, events)
    done = _clocks()
    seconds = {
        "reading": halfway[0] - begun[0],
        "figures": done[0] - halfway[0],
        "reading_cpu": halfway[1] - begun[1],
        "figures_cpu": done[1] - halfway[1],
    }
    print(json.dumps({"figures": figures, "seconds": seconds}))


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()
