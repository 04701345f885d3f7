"""Reading an OTTO log: the product (read, validate, drop duplicates, write Parquet) beside a hand-written DuckDB query.

Run: uv run python benchmarks/reading.py [--sessions N] [--runs N]
Makes the log once, then runs both in turn, each in a process of its own; prints medians, MB/s and the ratio.
The reference does the least that leaves the same Parquet: it trusts every line.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PRODUCT = """
import sys
from pathlib import Path
from querencia.data.engine import connect
from querencia.data.events import read_events
from querencia.data.sources import EventSource
log, folder = Path(sys.argv[1]), Path(sys.argv[2])
con = connect(scratch=folder)
source = EventSource(path=log, format="otto")
done = read_events(con, source, into=folder / "p.parquet", rejected=folder, max_rejected=0.05, timezone="UTC")
print(done.events)
"""
REFERENCE = """
import sys
import duckdb
log, folder = sys.argv[1], sys.argv[2]
columns = "{session: 'BIGINT', events: 'STRUCT(aid BIGINT, ts BIGINT, type VARCHAR)[]'}"
rows = duckdb.sql(f'''
    COPY (
        SELECT session, e.aid, e.ts, e.type
        FROM (
            SELECT session, unnest(list_distinct(events)) AS e
            FROM read_json('{log}', format = 'newline_delimited', columns = {columns})
        )
    ) TO '{folder}/r.parquet'
''')
print(duckdb.sql(f"SELECT count(*) FROM '{folder}/r.parquet'").fetchone()[0])
"""


def run(code: str, log: Path, folder: str) -> tuple[float, int]:
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, str(log), folder], check=True, capture_output=True, text=True)
    return time.perf_counter() - begun, int(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        from querencia.data.datasets.makers import make_dataset

        log = Path(folder) / "log.jsonl"
        make_dataset("otto", log, sessions=arguments.sessions)
        size = log.stat().st_size / 1e6
        times: dict[str, list[float]] = {"product": [], "reference": []}
        events: dict[str, int] = {}
        for _ in range(arguments.runs):
            for name, code in (("product", PRODUCT), ("reference", REFERENCE)):
                taken, events[name] = run(code, log, folder)
                times[name].append(taken)
    assert events["product"] == events["reference"], events
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        print(f"{name:<10} {median:.2f} s  {size / median:.0f} MB/s  {events[name]:,} events")
    print(f"ratio      {medians['product'] / medians['reference']:.2f}")


if __name__ == "__main__":
    main()
