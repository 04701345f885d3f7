"""Workers as processes, with every real part: the store in SQLite, HTTP to a stand-in server, prompts and checks."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from message_contest.scripted import PlainScribe, scripted_asker, some_works
from message_contest.whole import REPLIES, enqueue, opened, whole_plan
from querencia.errors import WorkError
from querencia.messages.writers.llm.crew import WorkerPlan, work_here, work_in_crew
from querencia.messages.writers.llm.errand import Patience
from querencia.messages.writers.llm.failures import ModelAccessError
from querencia.messages.writers.llm.ports import Tally
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.worker import Shifts
from stand_in.serving import counts, serving_apart

STORE = "sqlite:///texts.db"
QUICK = Shifts(lease=2, poll=0.1, patience=Patience(first=0.02, longest=0.2, seconds=30))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving_apart(*REPLIES, "--latency", "0.05") as url:
        yield url


def check_texts(plan: WorkerPlan, keys: list[str]) -> Tally:
    """Assert that each work has its text, stored once, and that the money adds up; return the tally."""
    with opened(plan) as ledger:
        texts, tally = ledger.texts(keys), ledger.tally(plan.commission.id)
    assert set(texts) == set(keys)
    assert all(isinstance(text, Reply) or text in {"timeout", "server", "rate_limited"} for text in texts.values())
    assert (tally.pending, tally.leased, tally.written + tally.fallback) == (0, 0, len(set(keys)))
    return tally


def worker_processes() -> list[int]:
    """Return the ids of this process's workers."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@contextmanager
def killing(*, times: int) -> Iterator[list[int]]:
    """Kill a worker process, picked by chance, some seconds after all have started."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        coin = random.Random(4)
        while len(killed) < times and not over.wait(0.1):
            workers = worker_processes()
            if len(workers) > times and not over.wait(coin.uniform(4, 6)):
                killed.append(coin.choice(workers))
                os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def test_one_worker_writes_what_passes_the_checks(server: str, tmp_path: Path) -> None:
    plan = whole_plan(server, STORE, tmp_path, shifts=QUICK, concurrency=16)
    keys, told = enqueue(plan, 40), []
    done = work_in_crew(plan, on_tally=told.append, every=0.1)
    tally = check_texts(plan, keys)
    assert (done.ended, tally.written, tally.reserved) == ("finished", 40, 0)
    assert tally.spent == done.shifts[0].spent > 0
    assert [one.written for one in told] == sorted(one.written for one in told)
    assert told[0].pending + told[0].leased == 40


@pytest.mark.slow
def test_workers_that_are_killed_leave_nothing_undone_and_nothing_done_twice(server: str, tmp_path: Path) -> None:
    plan = whole_plan(server, STORE, tmp_path, shifts=QUICK, concurrency=4)
    keys = enqueue(plan, 150)
    with killing(times=1) as killed:
        done = work_in_crew(plan, workers=2, every=0.1)
    tally = check_texts(plan, keys)
    assert (done.died, len(killed)) == (1, 1)
    assert (done.ended, tally.written) == ("finished", 150)
    assert tally.calls - 150 <= 4  # asked again: what the killed one had under way, or was about to ask


@pytest.mark.slow
def test_under_faults_all_is_delivered(tmp_path: Path) -> None:
    faults = ("--rate-limited", "0.3", "--server-error", "0.1", "--hang", "0.05", "--retry-after", "0.02")
    with serving_apart(*REPLIES, *faults) as url:
        plan = whole_plan(url, STORE, tmp_path, timeout=3.0, shifts=QUICK, concurrency=32)
        keys = enqueue(plan, 100)
        work_here(plan, name="w")
        asked = counts(url)["outcomes"]
    tally = check_texts(plan, keys)
    assert tally.written >= 95
    assert tally.calls == sum(asked.values())
    assert min(asked["status_429"], asked["status_500"], asked["hang"]) > 0


def test_a_budget_holds_and_the_rest_waits_for_more_money(server: str, tmp_path: Path) -> None:
    budget = 12_000_000
    plan = whole_plan(server, STORE, tmp_path, shifts=QUICK, concurrency=12, budget=budget)
    keys = enqueue(plan, 40)
    done = work_here(plan, name="w")
    with opened(plan) as ledger:
        tally = ledger.tally(plan.commission.id)
        ledger.open(replace(plan.commission, budget=10 * budget))
    assert done.ended == "budget"
    assert 0.5 * budget < tally.spent <= budget
    assert (tally.leased, tally.reserved) == (0, 0)
    assert 0 < tally.written < 40
    work_here(plan, name="w")
    assert check_texts(plan, keys).written == 40


def simple_plan(folder: Path, count: int, *, seconds: float = 0.05, access: bool = True) -> WorkerPlan:
    """Return a plan whose model stands in the workers themselves: they start sooner."""
    plan = replace(
        whole_plan("http://127.0.0.1:9", STORE, folder, shifts=replace(QUICK, lease=120), concurrency=8),
        asker=partial(scripted_asker, seconds, access=access),
        scribe=PlainScribe(),
    )
    with plan.ledger() as ledger:
        ledger.open(plan.commission)
        ledger.enqueue(plan.commission.id, some_works(count))
    return plan


@pytest.mark.slow
def test_workers_that_are_told_to_stop_give_their_works_back(tmp_path: Path) -> None:
    plan = simple_plan(tmp_path, 2_000)

    told: list[int] = []

    def stop(tally: Tally) -> None:
        if tally.written > 20 and not told:
            told.extend(worker_processes())
            for worker in told:
                os.kill(worker, signal.SIGTERM)

    with pytest.raises(WorkError, match="All 2 worker processes died"):
        work_in_crew(plan, workers=2, on_tally=stop, every=0.2)
    with opened(plan) as ledger:
        tally = ledger.tally(plan.commission.id)
    assert (tally.leased, tally.reserved) == (0, 0)
    assert tally.pending == 2_000 - tally.written > 0


@pytest.mark.slow
def test_wrong_credentials_end_all_workers_and_are_told_once(tmp_path: Path) -> None:
    plan = simple_plan(tmp_path, 50, access=False)
    with pytest.raises(ModelAccessError, match="these credentials are not known"):
        work_in_crew(plan, workers=2)
    with opened(plan) as ledger:
        tally = ledger.tally(plan.commission.id)
    assert (tally.pending, tally.leased, tally.written) == (50, 0, 0)
