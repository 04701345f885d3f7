"""Workers as processes, with every real part: the store in SQLite, HTTP to a stand-in server, prompts and checks."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

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
def killing(*, times: int, seconds: float) -> Iterator[list[int]]:
    """Kill a child of this process, picked by chance, every so many seconds."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        coin = random.Random(4)
        while len(killed) < times and not over.wait(seconds):
            workers = worker_processes()
            if len(workers) > 1:
                victim = coin.choice(workers)
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

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
    plan = whole_plan(server, STORE, tmp_path, shifts=QUICK, concurrency=12)
    keys = enqueue(plan, 300)
    with killing(times=2, seconds=3.5) as killed:
        done = work_in_crew(plan, workers=3, every=0.1)
    tally = check_texts(plan, keys)
    assert done.died == len(killed) > 0
    assert (done.ended, tally.written) == ("finished", 300)
    assert tally.calls - 300 <= 12 * len(killed)  # asked again: what the killed had under way


@pytest.mark.slow
def test_under_faults_three_workers_deliver_all(tmp_path: Path) -> None:
    faults = ("--rate-limited", "0.3", "--server-error", "0.1", "--hang", "0.05", "--retry-after", "0.05")
    with serving_apart(*REPLIES, *faults) as url:
        plan = whole_plan(url, STORE, tmp_path, timeout=1.0, shifts=QUICK, concurrency=48)
        keys = enqueue(plan, 150)
        work_in_crew(plan, workers=3)
        asked = counts(url)["outcomes"]
    tally = check_texts(plan, keys)
    assert asked["ok"] == tally.written >= 140
    assert tally.calls == sum(asked.values())
    assert min(asked["status_429"], asked["status_500"], asked["hang"]) > 0


@pytest.mark.slow
def test_a_budget_holds_for_all_workers_together(server: str, tmp_path: Path) -> None:
    plan = whole_plan(server, STORE, tmp_path, shifts=QUICK, concurrency=12, budget=25_000_000)
    enqueue(plan, 200)
    done = work_in_crew(plan, workers=2)
    with opened(plan) as ledger:
        tally = ledger.tally(plan.commission.id)
    assert done.ended == "budget"
    assert 0.5 * 25_000_000 < tally.spent <= 25_000_000
    assert (tally.leased, tally.reserved) == (0, 0)
    assert 0 < tally.written < 200


@pytest.mark.slow
def test_workers_that_are_told_to_stop_give_their_works_back(server: str, tmp_path: Path) -> None:
    plan = whole_plan(server, STORE, tmp_path, shifts=replace(QUICK, lease=120), concurrency=8)
    keys = enqueue(plan, 400)

    def stop() -> None:
        while True:
            time.sleep(0.2)
            with opened(plan) as ledger:
                if ledger.tally(plan.commission.id).written > 20:
                    break
        for worker in worker_processes():
            os.kill(worker, signal.SIGTERM)

    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(WorkError, match="All 2 worker processes died"):
        work_in_crew(plan, workers=2)
    stopper.join()
    with opened(plan) as ledger:
        tally = ledger.tally(plan.commission.id)
    assert (tally.leased, tally.reserved) == (0, 0)
    assert tally.pending == 400 - tally.written > 0
    work_here(plan, name="later")
    check_texts(plan, keys)


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_wrong_credentials_end_the_run_and_are_told_once(tmp_path: Path, workers: int) -> None:
    with serving_apart("--key", "another") as url:
        plan = whole_plan(url, STORE, tmp_path, shifts=QUICK, concurrency=4)
        enqueue(plan, 50)
        with pytest.raises(ModelAccessError) as told:
            work_in_crew(plan, workers=workers)
        assert "k3y-of" not in str(told.value)
        assert counts(url)["calls"] <= 8
    with opened(plan) as ledger:
        tally = ledger.tally(plan.commission.id)
    assert (tally.pending, tally.spent) == (50, 0)
