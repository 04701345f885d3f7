"""One stage of reading, run by itself: ``python -m event_log.stages STAGE LOG FOLDER …``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from event_log.contender import Task, compete
from event_log.queries import Queries


def run_stage(stage: str) -> None:
    def read(task: Task) -> Any:
        queries = Queries(Path(__file__).with_suffix(".sql"), task)
        queries.run("views")
        return queries.run(stage)

    compete(read, lambda task, answer: {"stage": stage})


if __name__ == "__main__":
    run_stage(sys.argv.pop(1))
