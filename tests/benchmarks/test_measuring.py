"""What the benchmark says of a process is true, and a disagreement never goes unheard."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import events
from event_log.comparing import compare
from event_log.entries import Run, Terms
from event_log.measuring import CommandFailedError, Measured, measure
from event_log.results import relate, summarise

PLENTY = 8_000_000_000


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_peak_memory_is_that_of_the_command() -> None:
    # From a small process of its own: Linux counts what the parent holds into the peak of its child.
    code = (
        "import sys; from event_log.measuring import measure\n"
        "command = [sys.executable, '-c', 'x = bytearray(200_000_000)']\n"
        "print(measure(command, timeout=60, most_memory=8_000_000_000).peak)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(events.__file__).parent)}
    done = subprocess.run(python(code), env=environment, capture_output=True, text=True, check=True)
    assert 200e6 < int(done.stdout) < 230e6


def test_cpu_time_counts_work_and_not_sleep() -> None:
    asleep = measure(python("import time; time.sleep(0.6)"), timeout=60, most_memory=PLENTY)
    busy = measure(python("import time\nwhile time.process_time() < 0.6: pass"), timeout=60, most_memory=PLENTY)
    assert asleep.wall > 0.6 > asleep.cpu
    assert busy.cpu >= 0.6


def test_a_run_that_takes_too_long_is_stopped_and_says_so() -> None:
    measured = measure(python("import time; time.sleep(60)"), timeout=0.5, most_memory=PLENTY)
    assert measured.stopped == "stopped after 0.5 s"
    assert measured.wall < 30


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a running process's memory here")
def test_a_run_that_takes_too_much_memory_is_stopped_and_says_so() -> None:
    code = "import time; x = bytearray(400_000_000); x[::4096] = b'1' * len(x[::4096]); time.sleep(60)"
    measured = measure(python(code), timeout=60, most_memory=300_000_000)
    assert measured.stopped == "stopped above 0.3 GB of memory"


def test_a_command_that_fails_is_told_with_its_own_words() -> None:
    with pytest.raises(CommandFailedError, match="no such thing"):
        measure(python("raise SystemExit('no such thing')"), timeout=60, most_memory=PLENTY)
    measured = measure(python("raise SystemExit('no such thing')"), timeout=60, most_memory=PLENTY, may_fail=True)
    assert measured.stopped == "ended with 1: no such thing"


FIGURES: dict[str, Any] = {
    "events": 3,
    "types": {"clicks": 3},
    "mean": 1.5,
    "days": [{"day": "2022-08-01", "events": 3}],
}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"events": 4}, "events"),
        ({"types": {"clicks": 2}}, "types.clicks"),
        ({"types": {"clicks": 3, "carts": 1}}, "types.carts"),
        ({"types": {}}, "types.clicks"),
        ({"mean": 1.5 * (1 + 3e-9)}, "mean"),
        ({"mean": None}, "mean"),
        ({"days": []}, "days"),
        ({"days": [{"day": "2022-08-02", "events": 3}]}, "days[0].day"),
        ({"events": "3"}, "events"),
    ],
)
def test_a_changed_figure_is_found(changed: dict[str, Any], place: str) -> None:
    assert [line.split(":")[0] for line in compare(FIGURES, FIGURES | changed).differences] == [place]


def test_a_float_may_differ_in_its_last_digits_only() -> None:
    assert compare(FIGURES, FIGURES | {"mean": 1.5 * (1 + 1e-12)}).differences == ()


def test_a_figure_that_only_one_has_is_not_compared() -> None:
    assert compare(FIGURES, FIGURES | {"gini": 0.5}).uncompared == ("gini",)
    assert compare(FIGURES | {"gini": 0.5}, FIGURES).uncompared == ("gini",)
    named = FIGURES | {"days": [{"day": "2022-08-01", "events": 3, "name": None}]}
    assert compare(FIGURES, named) == compare(FIGURES, FIGURES)


def took(wall: float, *, reading: float = 0.0, stopped: str | None = None) -> Measured:
    return Measured(wall=wall, cpu=2 * wall, peak=1_000_000, output="", stopped=stopped)


def test_medians_and_ratios() -> None:
    product = summarise(
        [Run(contender="product", measured=took(wall)) for wall in (9, 2, 4)], size=8_000_000, events=80
    )
    assert (product["wall_seconds"], product["cpu_seconds"], product["megabytes_per_second"]) == (4, 8, 2)
    seconds = {"reading": 3.0, "figures": 1.0}
    looped = [Run(contender="pandas", measured=took(60), seconds=seconds)]
    pandas = summarise(looped, size=1, events=10) | {"events_read": 10}
    reference = summarise([Run(contender="reference", measured=took(2))], size=8_000_000, events=80)
    polars = summarise([Run(contender="polars", measured=took(5, stopped="stopped after 5 s"))], size=1, events=80)
    ratios = relate({"product": product, "reference": reference, "pandas": pandas, "polars": polars})
    assert ratios["product / reference, wall_seconds"] == 2
    # 0.4 s for each of pandas' events by its own clock, 0.05 s for each of the product's by ours.
    assert ratios["pandas / product, seconds per event"] == pytest.approx(8)
    assert not any("polars" in name for name in ratios)


@pytest.mark.parametrize(
    ("found", "options", "code", "told"),
    [
        (FIGURES, [], 0, ""),
        (FIGURES | {"events": 4}, [], 1, "polars and reference: events: 3 expected, 4 found"),
        (FIGURES | {"events": 4}, ["--allow-missing"], 1, "polars and reference: events: 3 expected, 4 found"),
        (FIGURES | {"gini": 1.0}, [], 1, "only one of them has gini"),
        (FIGURES | {"gini": 1.0}, ["--allow-missing"], 0, "not compared, polars: gini"),
    ],
)
def test_the_benchmark_fails_where_figures_differ(
    found: dict[str, Any],
    options: list[str],
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    whole = {"sessions": 1, "rows_read": 3, "items": 1}

    def run(name: str, log: Path, folder: Path, terms: Terms) -> list[Run]:
        figures = whole | (found if name == "polars" else FIGURES)
        return [Run(contender=name, measured=took(1), figures=figures)]

    log = tmp_path / "log.jsonl"
    log.write_text("{}\n", encoding="utf-8")
    monkeypatch.setattr(events, "run_contender", run)
    monkeypatch.setattr(sys, "argv", ["events.py", "--log", str(log), "--only", "reference,polars", *options])
    assert events.main() == code
    assert told in capsys.readouterr().err
