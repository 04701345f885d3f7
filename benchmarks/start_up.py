"""How long it takes to begin, and what a whole demo costs: each beside the least that it could be.

Run: uv run python benchmarks/start_up.py [--runs N]
Prints medians of N interleaved runs; the demo's seconds and peak memory come from one run.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CASES = {
    "python, nothing imported": "pass",
    "import querencia": "import querencia",
    "import typer, rich": "import typer, rich.console",
    "querencia --help": "import sys; sys.argv = ['querencia', '--help']; from querencia.cli import main; main()",
}


def seconds(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(runs):
        for name, code in CASES.items():
            times[name].append(seconds(code))
    for name, taken in times.items():
        print(f"{name:<28} {statistics.median(taken):.3f} s")

    with tempfile.TemporaryDirectory() as folder:
        command = "from querencia.cli import main; main()"
        for label in ("demo", "demo again, all kept"):
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", command, "demo", str(Path(folder) / "demo"), "-q", "--json"],
                           check=True, stdout=subprocess.DEVNULL)  # fmt: skip
            print(f"{label:<28} {time.perf_counter() - begun:.1f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'peak memory of the demo':<28} {peak:.0f} MB")


if __name__ == "__main__":
    main()
