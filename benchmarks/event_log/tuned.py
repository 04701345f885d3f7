"""The anchor with the product's own shortcut for duplicates: how fast the engine can be where every line is trusted."""

from __future__ import annotations

from pathlib import Path

from event_log.contender import Task, compete
from event_log.queries import Queries
from event_log.reference import explore


def read(task: Task) -> Queries:
    queries = Queries(Path(__file__).with_name("reference.sql"), task)
    queries.run("read_closely")
    return queries


if __name__ == "__main__":
    compete(read, explore)
