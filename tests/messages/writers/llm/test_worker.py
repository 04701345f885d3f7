"""One worker and one ledger: what is asked, mended, tried again, given up, paid and stored."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any

import pytest

from message_contest.memory_ledger import MemoryLedger
from message_contest.scripted import USAGE, PlainScribe, ScriptedAsker, by_chance, one_by_one, some_works, trouble
from querencia.errors import WorkError
from querencia.messages.writers.llm.errand import Event, Patience
from querencia.messages.writers.llm.failures import CallRefusedError, ModelAccessError
from querencia.messages.writers.llm.pace import Pace
from querencia.messages.writers.llm.ports import Commission
from querencia.messages.writers.llm.prices import Prices
from querencia.messages.writers.llm.worker import Shift, Shifts, work_off

PRICES = Prices.in_usd(input=0.4, cached=0.1, output=1.6)
QUICK = Shifts(poll=0.01, patience=Patience(first=0.001, longest=0.01, seconds=5))
COMMISSION = Commission(id="c", project="p", budget=-1)


def filled(count: int, *, budget: int = -1) -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.open(Commission(id="c", project="p", budget=budget))
    ledger.enqueue("c", some_works(count))
    return ledger


async def shift(ledger: Any, asker: Any, *, shifts: Shifts = QUICK, concurrency: int = 16, **more: Any) -> Shift:
    options: dict[str, Any] = {"scribe": PlainScribe(), "prices": PRICES, "worker_id": "w", **more}
    return await work_off(
        COMMISSION, ledger=ledger, asker=asker, pace=Pace(concurrency=concurrency), shifts=shifts, **options
    )


def run(ledger: Any, asker: Any, **more: Any) -> Shift:
    return asyncio.run(shift(ledger, asker, **more))


def test_every_work_is_written_once_and_paid_for_what_it_used() -> None:
    ledger = filled(200)
    done = run(ledger, ScriptedAsker(seconds=0.002))
    assert {job.state for job in ledger.jobs.values()} == {"written"}
    assert {job.stored for job in ledger.jobs.values()} == {1}
    assert all(job.text.subject == job.work.facts for job in ledger.jobs.values())
    tally = ledger.tally("c")
    assert tally.spent == done.spent == 200 * (400 * 400 + 200 * 1600)
    assert (tally.reserved, tally.calls, done.calls, done.written, done.ended) == (0, 200, 200, 200, "finished")
    assert (done.input_tokens, done.output_tokens) == (200 * USAGE.input, 200 * USAGE.output)


def test_as_many_calls_are_under_way_as_may_be() -> None:
    asker = ScriptedAsker(seconds=0.03)
    run(filled(64), asker, concurrency=16)
    assert asker.most == 16


def test_the_ledger_is_spoken_to_by_one_thread_and_for_many_calls_at_once() -> None:
    ledger = filled(400)
    run(ledger, ScriptedAsker(seconds=0.02), concurrency=64)
    assert len(ledger.threads) == 1
    assert ledger.transactions < 400  # of 1,200 reservations, settlements and completions


def test_a_complaint_goes_back_to_the_model_with_its_reply() -> None:
    ledger, asker = filled(1), ScriptedAsker(one_by_one("bad", "worse"))
    done = run(ledger, asker)
    turns = [[(turn.reply, turn.complaint) for turn in question.turns] for question in asker.asked]
    first, second = ("bad", "'bad' is not good"), ("worse", "'worse' is not good")
    assert turns == [[], [first], [first, second]]
    assert [attempt.settlement.outcome for attempt in ledger.attempts] == ["rejected", "rejected", "accepted"]
    assert (done.written, done.calls) == (1, 3)


def test_a_text_is_mended_twice_and_then_falls_back_for_good() -> None:
    ledger, asker = filled(1), ScriptedAsker(lambda _: "bad")
    done = run(ledger, asker)
    (job,) = ledger.jobs.values()
    assert (len(asker.asked), job.state, job.text, job.final) == (3, "fallback", "rejected", True)
    assert (done.fallback, done.spent) == (1, 3 * (400 * 400 + 200 * 1600))


@pytest.mark.parametrize("kind", ["timeout", "rate_limited", "server", "connection", "cut_off"])
def test_trouble_that_passes_leaves_no_trace_but_its_attempts(kind: str) -> None:
    ledger, asker = filled(1), ScriptedAsker(one_by_one(trouble(kind), trouble(kind)))
    assert run(ledger, asker).written == 1
    assert [attempt.settlement.detail for attempt in ledger.attempts] == [kind, kind, ""]


@pytest.mark.parametrize("kind", ["timeout", "server", "connection", "cut_off"])
def test_trouble_that_stays_falls_back_until_the_next_run(kind: str) -> None:
    ledger = filled(1)
    done = run(ledger, ScriptedAsker(lambda _: trouble(kind)))
    (job,) = ledger.jobs.values()
    assert (job.state, job.text, job.final, len(ledger.attempts)) == ("fallback", kind, False, 8)
    assert done.ended == "finished"
    assert ledger.enqueue("c", some_works(1)) == 1
    assert run(ledger, ScriptedAsker()).written == 1


def test_a_server_that_always_refuses_for_its_rate_is_given_up_after_the_patience() -> None:
    ledger = filled(1)
    patience = Patience(first=0.001, longest=0.01, seconds=0.3)
    run(ledger, ScriptedAsker(lambda _: trouble("rate_limited", retry_after=0.01)), shifts=Shifts(patience=patience))
    (job,) = ledger.jobs.values()
    assert (job.text, job.final) == ("rate_limited", False)


def test_what_may_have_been_billed_unseen_counts_in_full_and_refusals_count_nothing() -> None:
    ledger = filled(1)
    run(ledger, ScriptedAsker(one_by_one(trouble("timeout"), trouble("rate_limited"), trouble("server"))))
    costs = [attempt.settlement.cost for attempt in ledger.attempts]
    assert costs == [ledger.attempts[0].cost, 0, 0, 400 * 400 + 200 * 1600]


def test_nothing_is_asked_again_before_the_server_said() -> None:
    moments: list[float] = []

    def script(_: Any) -> Any:
        moments.append(asyncio.get_running_loop().time())
        return trouble("server", retry_after=0.2) if len(moments) == 1 else "good"

    run(filled(1), ScriptedAsker(script))
    assert moments[1] - moments[0] >= 0.2


@pytest.mark.parametrize(
    ("kind", "calls", "final"),
    [
        ("prompt_filtered", 1, True),
        ("refused", 1, True),
        ("not_accepted", 1, False),
        ("reply_filtered", 2, True),
        ("empty", 2, True),
        ("too_long", 2, True),
    ],
)
def test_a_refusal_is_asked_again_where_that_may_help(kind: Any, calls: int, final: bool) -> None:
    ledger, asker = filled(1), ScriptedAsker(lambda _: CallRefusedError(kind, kind=kind, usage=USAGE))
    done = run(ledger, asker)
    (job,) = ledger.jobs.values()
    assert (len(asker.asked), job.text, job.final) == (calls, kind, final)
    assert done.spent == calls * (400 * 400 + 200 * 1600)


def test_a_reply_that_did_not_fit_is_asked_for_again_with_more_room() -> None:
    asker = ScriptedAsker(one_by_one(CallRefusedError("long", kind="too_long")))
    assert run(filled(1), asker).written == 1
    assert [question.max_tokens for question in asker.asked] == [300, 600]


def test_a_server_that_takes_no_call_of_ours_is_asked_no_more() -> None:
    ledger, asker = filled(100), ScriptedAsker(one_by_one(ModelAccessError("no such deployment")), seconds=0.01)
    with pytest.raises(ModelAccessError, match="no such deployment"):
        run(ledger, asker)
    assert len(asker.asked) <= 16
    tally = ledger.tally("c")
    assert (tally.leased, tally.reserved, tally.pending) == (0, 0, 100 - tally.written)


def test_the_budget_is_never_passed_and_nearly_used() -> None:
    price = 400 * 400 + 200 * 1600
    ledger = filled(100, budget=40 * price)
    done = run(ledger, ScriptedAsker(seconds=0.001), concurrency=32)
    most = max(attempt.cost for attempt in ledger.attempts)
    assert ledger.peak <= 40 * price
    assert ledger.tally("c").spent > 40 * price - most
    assert done.ended == "budget"
    assert (ledger.tally("c").leased, ledger.tally("c").reserved) == (0, 0)


def test_a_server_that_is_down_is_left_alone_and_the_rest_stays_for_the_next_run() -> None:
    answers = iter(["good"])
    ledger, asker = filled(500), ScriptedAsker(lambda _: next(answers, trouble("connection")))
    assert run(ledger, asker).ended == "trouble"
    tally = ledger.tally("c")
    assert 20 <= tally.fallback < 40
    assert tally.pending == 500 - tally.written - tally.fallback
    ledger.enqueue("c", some_works(500))
    assert run(ledger, ScriptedAsker()).written == 500 - tally.written


def test_a_server_that_no_call_ever_reached_is_left_alone_at_once_and_no_text_is_given_up() -> None:
    ledger, asker = filled(500), ScriptedAsker(lambda _: trouble("connection"))
    assert run(ledger, asker).ended == "trouble"
    tally = ledger.tally("c")
    assert 20 <= len(asker.asked) < 60
    assert (tally.pending, tally.leased, tally.fallback, tally.reserved) == (500, 0, 0, 0)


def test_works_that_another_holds_are_told_of() -> None:
    ledger = filled(3)
    ledger.claim("c", worker="killed", limit=1, seconds=0.3)
    told: list[tuple[int, int]] = []
    done = run(ledger, ScriptedAsker(), on_tally=lambda t: told.append((t.pending, t.elsewhere)), tally_seconds=0.01)
    assert done.written == 3
    assert (0, 1) in told


def test_who_is_stopped_gives_its_works_back_and_counts_its_calls_in_full() -> None:
    ledger = filled(50)

    async def stopped() -> None:
        working = asyncio.create_task(shift(ledger, ScriptedAsker(seconds=30), concurrency=8))
        await asyncio.sleep(1)  # the first calls begin evenly
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(stopped())
    tally = ledger.tally("c")
    assert (tally.pending, tally.leased, tally.reserved) == (50, 0, 0)
    # Those that were reserved ahead of their turn were never made, and cost nothing.
    costs = [attempt.settlement.cost for attempt in ledger.attempts if attempt.settlement]
    assert len(costs) == len(ledger.attempts) >= 8
    assert sorted(costs, reverse=True)[:8] == [attempt.cost for attempt in ledger.attempts[:8]]
    assert sum(cost > 0 for cost in costs) == 8


def test_leases_are_renewed_while_a_call_lasts() -> None:
    ledger = filled(1)
    short = Shifts(lease=0.15, poll=0.01)

    async def two() -> list[Shift]:
        slow, idle = ScriptedAsker(seconds=0.6), ScriptedAsker()
        first = asyncio.create_task(shift(ledger, slow, shifts=short))
        await asyncio.sleep(0.05)
        return [await shift(ledger, idle, shifts=short), await first]

    second, first = asyncio.run(two())
    assert (first.written, second.written, len(ledger.attempts)) == (1, 0, 1)


def test_a_work_that_passed_to_another_is_dropped_in_mid_call() -> None:
    ledger = filled(1)

    async def taken() -> Shift:
        working = asyncio.create_task(shift(ledger, ScriptedAsker(seconds=5), shifts=Shifts(lease=0.3, poll=0.01)))
        await asyncio.sleep(0.05)
        (job,) = ledger.jobs.values()
        job.fence, job.state = 2, "written"  # another worker had it, and ended it
        return await asyncio.wait_for(working, 2)

    done = asyncio.run(taken())
    assert (done.lost, done.written, ledger.attempts[0].settlement.outcome) == (1, 0, "lost")


def test_a_worker_waits_for_what_others_hold() -> None:
    ledger = filled(1)
    (claim,) = ledger.claim("c", worker="another", limit=1, seconds=0.2)
    done = run(ledger, ScriptedAsker())
    assert (done.written, ledger.jobs[claim.work.key].fence) == (1, 2)


class FailingLedger(MemoryLedger):
    """Fails at the n-th settlement, for ever or `times`."""

    def __init__(self, *, passing: bool, times: int) -> None:
        super().__init__()
        self._passing, self._times = passing, times

    def settle(self, settlements: Any) -> None:
        if self._times:
            self._times -= 1
            error = WorkError("the disk is full")
            error.passing = self._passing  # type: ignore[attr-defined]
            raise error
        super().settle(settlements)


def test_a_ledger_that_fails_ends_the_run_with_its_own_error() -> None:
    ledger = FailingLedger(passing=False, times=1)
    ledger.enqueue("c", some_works(50))
    with pytest.raises(WorkError, match="the disk is full"):
        run(ledger, ScriptedAsker())
    assert ledger.tally("c").leased == 0


def test_a_failure_of_the_ledger_that_passes_is_tried_again() -> None:
    ledger = FailingLedger(passing=True, times=1)
    ledger.enqueue("c", some_works(5))
    assert run(ledger, ScriptedAsker()).written == 5


@pytest.mark.parametrize("workers", [1, 3])
def test_under_faults_every_work_ends_once(workers: int) -> None:
    ledger = filled(300)
    asker = ScriptedAsker(by_chance({"rate_limited": 0.3, "server": 0.1, "timeout": 0.05}, seed=5), seconds=0.002)

    async def crew() -> list[Shift]:
        return list(await asyncio.gather(*(shift(ledger, asker, worker_id=f"w{n}") for n in range(workers))))

    done = asyncio.run(crew())
    assert Counter(job.stored for job in ledger.jobs.values()) == {1: 300}
    assert sum(one.written + one.fallback for one in done) == 300
    assert sum(one.written for one in done) >= 290
    tally = ledger.tally("c")
    assert (tally.reserved, tally.spent) == (0, sum(one.spent for one in done))


def test_three_workers_share_a_budget_to_the_last_call() -> None:
    price = 400 * 400 + 200 * 1600
    ledger = filled(300, budget=100 * price)

    async def crew() -> list[Shift]:
        asker = ScriptedAsker(seconds=0.002)
        return list(await asyncio.gather(*(shift(ledger, asker, worker_id=f"w{n}", concurrency=8) for n in range(3))))

    done = asyncio.run(crew())
    assert ledger.peak <= 100 * price
    assert ledger.tally("c").spent >= 100 * price - 3 * max(attempt.cost for attempt in ledger.attempts)
    assert {one.ended for one in done} == {"budget"}


def test_no_log_holds_what_was_asked_or_written(caplog: pytest.LogCaptureFixture) -> None:
    class Telling(PlainScribe):
        def question(self, work: Any) -> Any:
            return PlainScribe.question(self, work).__class__(instructions="SECRET", prompt="SECRET", max_tokens=9)

    script = one_by_one("SECRET", trouble("timeout"), CallRefusedError("SECRET", kind="refused"))
    with caplog.at_level(logging.INFO):
        run(filled(5), ScriptedAsker(script), scribe=Telling())
    assert "written" in caplog.text
    assert "SECRET" not in caplog.text


def test_events_add_up_to_what_the_ledger_holds() -> None:
    ledger, seen = filled(20), []
    run(ledger, ScriptedAsker(one_by_one("bad", trouble("server"))), on_event=seen.append)
    calls = [event for event in seen if event.kind == "call"]
    assert len(calls) == 22 == len(ledger.attempts)
    assert sum(event.cost for event in calls) == ledger.tally("c").spent
    assert Counter(event.kind for event in seen) == {"call": 22, "written": 20}
    assert all(isinstance(event, Event) for event in seen)
