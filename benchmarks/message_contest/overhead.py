"""What the client side costs: a server that answers in 1 s, 64 calls in flight, the client on one core.

    uv run python benchmarks/messages.py --only overhead

Ideal is the time that the waiting alone takes. What a process does once (imports, languages) is done before the clock
starts.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from message_contest.whole import REPLIES, customers_works, enqueue, opened, whole_plan
from querencia.messages.writers.llm.crew import WorkerPlan, work_here
from stand_in.serving import serving_apart

IN_FLIGHT = 64
ALLOWED = 1.15  # of the ideal
STORE = "sqlite:///texts.db"


@dataclass(frozen=True, kw_only=True)
class Overhead:
    """Seconds that so many messages took and ideally take, and the client's own CPU for one, in milliseconds."""

    messages: int
    seconds: float
    ideal: float
    cpu_ms: float


def measure_overhead(*, messages: int = 2000, latency: float = 1.0) -> Overhead:
    """Write so many individual messages: asked, checked and stored one by one."""
    with tempfile.TemporaryDirectory() as folder, serving_apart(*REPLIES, "--latency", str(latency)) as url:
        plan = whole_plan(url, STORE, Path(folder), concurrency=IN_FLIGHT)
        with one_core():
            _warm_up(plan)
            enqueue(plan, messages)
            begun, cpu = time.perf_counter(), time.process_time()
            work_here(plan, name="worker")
            seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        with opened(plan) as ledger:
            assert ledger.tally(plan.commission.id).written == messages
    ideal = messages / IN_FLIGHT * latency
    return Overhead(messages=messages, seconds=seconds, ideal=ideal, cpu_ms=cpu / messages * 1000)


def print_overhead(*, messages: int) -> None:
    """Measure, and print it beside what is allowed."""
    measured = measure_overhead(messages=messages)
    ratio = measured.seconds / measured.ideal
    print(
        f"{measured.messages:,} individual messages, {IN_FLIGHT} in flight, 1 s each: {measured.seconds:.1f} s "
        f"({ratio:.2f} x the ideal {measured.ideal:.1f} s; allowed {ALLOWED}), {measured.cpu_ms:.1f} ms CPU a message"
    )


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process to one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _warm_up(plan: WorkerPlan) -> None:
    warm = replace(plan, commission=replace(plan.commission, id="warm-up"))
    with warm.ledger() as ledger:
        ledger.open(warm.commission)
        works = (replace(work, key=work.key[::-1]) for work in customers_works(IN_FLIGHT))
        ledger.enqueue(warm.commission.id, works)
    work_here(warm, name="warm-up")
