"""Medians over the runs, their ratios, and the tables that tell them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from event_log.entries import AGAIN, Run

Summary = dict[str, Any]


def summarise(runs: Sequence[Run], *, size: int, events: int) -> Summary:
    """Return the medians of one contender's runs over a log of `size` bytes and `events` events read."""
    stopped = [run.measured.stopped for run in runs if run.measured.stopped]
    finished = [run for run in runs if not run.measured.stopped]
    if not finished:
        return {"runs": len(runs), "stopped": stopped}
    wall = statistics.median(run.measured.wall for run in finished)
    parts = {part: statistics.median(run.seconds[part] for run in finished) for part in finished[0].seconds}
    return {
        "runs": len(runs),
        "stopped": stopped,
        "wall_seconds": wall,
        "cpu_seconds": statistics.median(run.measured.cpu for run in finished),
        "peak_bytes": max(run.measured.peak for run in finished),
        "seconds": parts,
        "megabytes_per_second": size / 1e6 / wall,
        "events_per_second": events / wall,
        "all_wall_seconds": [run.measured.wall for run in finished],
        "all_cpu_seconds": [run.measured.cpu for run in finished],
    }


def relate(summaries: Mapping[str, Summary]) -> dict[str, float]:
    """Return how the product stands to the others; a ratio above 1 says that the first of the two took more.

    Pandas ran on another log, so time per event is compared; its own start is left out, the product's is counted.
    """
    finished = {name: summary for name, summary in summaries.items() if "wall_seconds" in summary}
    product, ratios = finished.get("product"), {}
    if product is None:
        return {}
    for other in ("reference", "tuned", "polars"):
        if other in finished:
            for measure in ("wall_seconds", "cpu_seconds", "peak_bytes"):
                ratios[f"product / {other}, {measure}"] = product[measure] / finished[other][measure]
    if "pandas" in finished:
        looped = finished["pandas"]["seconds"]
        per_event = (looped["reading"] + looped["figures"]) / finished["pandas"]["events_read"]
        ratios["pandas / product, seconds per event"] = per_event / (1 / product["events_per_second"])
    if AGAIN in finished:
        ratios["second explore / product, wall_seconds"] = finished[AGAIN]["wall_seconds"] / product["wall_seconds"]
    return ratios


def tell(summaries: Mapping[str, Summary]) -> Iterator[str]:
    """Yield the lines of the table: one contender a line."""
    parts = f"{'reading':>9}{'figures':>9}{'rest':>7}"
    yield f"{'':<16}{'wall s':>8}{'CPU s':>8}{parts}{'peak GB':>9}{'MB/s':>7}{'events/s':>12}"
    for name, summary in summaries.items():
        for reason in dict.fromkeys(summary["stopped"]):
            yield f"{name:<16}{reason}"
        if "wall_seconds" in summary:
            yield _line(name, summary)


def _line(name: str, summary: Summary) -> str:
    reading, figures = (summary["seconds"].get(part, 0.0) for part in ("reading", "figures"))
    # The rest of the wall time: Python's start, imports, and of the product also its report.
    parts = f"{reading:>9.2f}{figures:>9.2f}{max(summary['wall_seconds'] - reading - figures, 0.0):>7.2f}"
    rates = f"{summary['megabytes_per_second']:>7.0f}{summary['events_per_second']:>12,.0f}"
    took = f"{summary['wall_seconds']:>8.2f}{summary['cpu_seconds']:>8.2f}"
    return f"{name:<16}{took}{parts}{summary['peak_bytes'] / 1e9:>9.2f}{'' if name == AGAIN else rates}"


def add_stages(runs: Mapping[str, Sequence[Run]], names: Mapping[str, str]) -> list[Summary]:
    """Return each stage's own share: its medians less those of the stage before it."""
    rows, before = [], {"wall": 0.0, "cpu": 0.0}
    for stage, what in names.items():
        finished = [run for run in runs[stage] if not run.measured.stopped]
        if not finished:
            continue
        # By the stage's own clocks, so that Python's start is no part of the first.
        wall = statistics.median(run.seconds["reading"] for run in finished)
        cpu = statistics.median(run.seconds["reading_cpu"] for run in finished)
        added = {"adds_wall_seconds": wall - before["wall"], "adds_cpu_seconds": cpu - before["cpu"]}
        rows.append({"stage": stage, "what": what, "wall_seconds": wall, "cpu_seconds": cpu, **added})
        before = {"wall": wall, "cpu": cpu}
    return rows


def tell_stages(title: str, rows: Iterable[Summary]) -> Iterator[str]:
    """Yield the lines of a table of stages."""
    yield f"{title:<44}{'wall s':>8}{'CPU s':>8}{'adds wall':>11}{'adds CPU':>10}"
    for row in rows:
        took = f"{row['wall_seconds']:>8.2f}{row['cpu_seconds']:>8.2f}"
        yield f"  {row['what']:<42}{took}{row['adds_wall_seconds']:>11.2f}{row['adds_cpu_seconds']:>10.2f}"
