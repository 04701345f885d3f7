"""The figures of an OTTO log: the product beside DuckDB by hand, Polars and a pandas loop, in one run.

Run: uv run python benchmarks/events.py [--sessions N] [--runs R] [--stages] [--json FILE]
Makes the log once, then runs every contender R times in turn, each in a process of its own and with nothing kept from
before; the product once more on unchanged data. Prints medians, peak memory and ratios; ends with 1 if figures differ.
docs/benchmarks.md says what is compared and how.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from event_log.comparing import compare
from event_log.entries import (
    AGAIN,
    CONTENDERS,
    PRODUCT_STAGES,
    REFERENCE_STAGES,
    Run,
    Terms,
    make_log,
    run_contender,
    run_stage,
)
from event_log.machine import describe_machine, memory_bytes
from event_log.results import Summary, add_stages, relate, summarise, tell, tell_stages

_SHOWN = 20


def main() -> int:
    """Run the benchmark; return 0 where all figures are equal."""
    options = _parse()
    terms = Terms(
        timezone=options.timezone,
        memory=options.memory,
        threads=options.threads,
        timeout=options.timeout,
        most_memory=int(options.most_memory * 1e9),
    )
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        log, sample = _logs(options, folder)
        runs = _compete(options, log, sample, folder / "work", terms)
        wrong = _check(runs, sample, folder / "work", terms, allow_missing=options.allow_missing)
        stages = _measure_stages(options, log, folder / "work", terms)
        result = {"machine": describe_machine(), "terms": vars(terms), **_sum_up(runs, log, sample), "stages": stages}
    _tell(result, stages)
    if options.json:
        options.json.write_text(json.dumps(result | {"wrong": wrong}, indent=1) + "\n", encoding="utf-8")
    for line in wrong:
        print(f"WRONG  {line}", file=sys.stderr)
    return 1 if wrong else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=500_000, help="sessions of the log that is made")
    parser.add_argument("--log", type=Path, help="use this OTTO log instead of making one")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender")
    parser.add_argument("--only", default=",".join(CONTENDERS), help="contenders, with commas: %(default)s")
    parser.add_argument("--pandas-sessions", type=int, default=100_000, help="sessions for the pandas loop")
    parser.add_argument("--stages", action="store_true", help="time the stages of reading as well")
    parser.add_argument("--memory", default="1.5GB", help="memory of DuckDB, in product and reference: %(default)s")
    parser.add_argument("--threads", type=int, default=0, help="threads of each engine; 0: every core")
    parser.add_argument("--timezone", default="Europe/Berlin")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds after which a run is stopped")
    most = 0.8 * memory_bytes() / 1e9
    parser.add_argument("--most-memory", type=float, default=most, help="GB above which a run is stopped")
    parser.add_argument("--folder", type=Path, help="where to work; absent: the system's folder for temporary files")
    parser.add_argument("--allow-missing", action="store_true", help="accept figures that only some have")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    options = parser.parse_args()
    options.only = tuple(options.only.split(","))
    if unknown := set(options.only) - set(CONTENDERS):
        parser.error(f"--only {sorted(unknown)!r}: expected some of {', '.join(CONTENDERS)}")
    if options.log:
        options.log = options.log.resolve()
    return options


def _logs(options: argparse.Namespace, folder: Path) -> tuple[Path, Path]:
    """Return the log and the first sessions of it for the pandas loop; the log is then in the system's cache."""
    log = options.log or folder / "log.jsonl"
    if options.log is None:
        make_log(log, sessions=options.sessions)
    with log.open("rb") as file:
        while file.read(1 << 24):
            pass
    sample = folder / "sample.jsonl"
    with log.open("rb") as whole, sample.open("wb") as part:
        part.writelines(itertools.islice(whole, options.pandas_sessions))
    return log, sample


def _compete(options: argparse.Namespace, log: Path, sample: Path, folder: Path, terms: Terms) -> dict[str, list[Run]]:
    """Run the contenders in turn, every other time in the opposite order."""
    runs: dict[str, list[Run]] = {}
    for turn in range(options.runs):
        for name in options.only[:: -1 if turn % 2 else 1]:
            for run in run_contender(name, sample if name == "pandas" else log, folder, terms):
                runs.setdefault(run.contender, []).append(run)
                print(_progress(run, turn), file=sys.stderr)
    # In the order of the table, whatever the order of the turns.
    return {name: runs[name] for name in ("reference", "tuned", "product", AGAIN, "polars", "pandas") if name in runs}


def _progress(run: Run, turn: int) -> str:
    measured = run.measured
    return f"run {turn + 1}: {run.contender} {measured.stopped or f'{measured.wall:.2f} s, CPU {measured.cpu:.2f} s'}"


def _check(runs: dict[str, list[Run]], sample: Path, folder: Path, terms: Terms, *, allow_missing: bool) -> list[str]:
    """Return what is wrong: figures that are not those of the reference, or that only one of the two has.

    The reference is whoever came first where it did not run. Pandas saw another log, and is held against a run of the
    reference on that log.
    """
    finished = [run for name, of_name in runs.items() if name != "pandas" for run in of_name if run.figures]
    wrong = list(_disagreements(finished, allow_missing=allow_missing))
    looped = [run for run in runs.get("pandas", ()) if run.figures]
    if looped:
        of_sample = run_contender("reference", sample, folder, terms)
        wrong += _disagreements([*of_sample, *looped], allow_missing=allow_missing)
    return wrong


def _disagreements(runs: Sequence[Run], *, allow_missing: bool) -> Iterator[str]:
    if not runs:
        return
    first = runs[0]
    assert first.figures is not None, "only runs that finished are compared"
    for run in runs[1:]:
        assert run.figures is not None, "only runs that finished are compared"
        found = compare(first.figures, run.figures)
        for line in found.differences[:_SHOWN]:
            yield f"{run.contender} and {first.contender}: {line}"
        if len(found.differences) > _SHOWN:
            yield f"{run.contender} and {first.contender}: {len(found.differences) - _SHOWN} more"
        if found.uncompared and not allow_missing:
            yield f"{run.contender} and {first.contender}: only one of them has {', '.join(found.uncompared)}"
        elif found.uncompared:
            print(f"not compared, {run.contender}: {', '.join(found.uncompared)}", file=sys.stderr)


def _measure_stages(options: argparse.Namespace, log: Path, folder: Path, terms: Terms) -> dict[str, list[Summary]]:
    if not options.stages:
        return {}
    runs: dict[str, list[Run]] = {}
    for _ in range(options.runs):
        for stage in (*PRODUCT_STAGES, *REFERENCE_STAGES):
            runs.setdefault(stage, []).append(run_stage(stage, log, folder, terms))
    return {
        "line by line": add_stages(runs, PRODUCT_STAGES),
        "the engine's reader of JSON": add_stages(runs, REFERENCE_STAGES),
    }


def _sum_up(runs: dict[str, list[Run]], log: Path, sample: Path) -> dict[str, Any]:
    figures = {name: next((run.figures for run in of_name if run.figures), None) for name, of_name in runs.items()}
    whole = next((found for name, found in figures.items() if found and name != "pandas"), None)
    summaries: dict[str, Summary] = {}
    for name, of_name in runs.items():
        on, found = (sample, figures[name]) if name == "pandas" else (log, whole)
        events = found["rows_read"] if found else 0
        summaries[name] = summarise(of_name, size=on.stat().st_size, events=events) | {"events_read": events}
    facts = {key: whole[key] for key in ("sessions", "rows_read", "events", "items")} if whole else {}
    return {"log": {"bytes": log.stat().st_size, **facts}, "contenders": summaries, "ratios": relate(summaries)}


def _tell(result: dict[str, Any], stages: dict[str, list[Summary]]) -> None:
    machine, log = result["machine"], result["log"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    print(f"{machine['processor']}, {machine['cores']} cores, {machine['memory'] / 1e9:.0f} GB, {machine['system']}")
    print(f"Python {machine['python']}, {versions}")
    counts = f", {log['sessions']:,} sessions, {log['rows_read']:,} events" if "sessions" in log else ""
    print(f"log of {log['bytes'] / 1e6:,.0f} MB{counts}\n")
    print(*tell(result["contenders"]), sep="\n")
    if "pandas" in result["contenders"]:
        print(f"pandas ran on {result['contenders']['pandas']['events_read']:,} events")
    print(*(f"{value:8.2f}  {name}" for name, value in result["ratios"].items()), sep="\n")
    for title, rows in stages.items():
        print(*tell_stages(f"\nreading, {title}", rows), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
