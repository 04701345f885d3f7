"""The ledger keeps its promises, on both databases."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace

import pytest

from querencia.errors import StoreError
from querencia.messages.writers.llm.ports import Commission, Tally
from querencia.store.ledger import SqlLedger

from .conftest import REPLY, Store, claim, fell_back, reserved, settled, work, works, written

pytestmark = pytest.mark.xdist_group("store")


def test_works_are_claimed_in_their_order_as_they_were_given(ledger: SqlLedger) -> None:
    assert ledger.enqueue("c", reversed(works(5))) == 5
    assert [claimed.work for claimed in claim(ledger, 2)] == [work(0), work(1)]
    assert [claimed.work for claimed in claim(ledger, 9)] == [work(2), work(3), work(4)]
    assert claim(ledger) == []


def test_a_work_enqueued_again_is_not_doubled(ledger: SqlLedger) -> None:
    ledger.enqueue("c", [work(1), work(1), work(2)])
    ledger.complete([written(claim(ledger)[0])])
    assert ledger.enqueue("c", works(4)) == 3
    assert ledger.tally("c") == Tally(
        pending=3, leased=0, written=1, fallback=0, calls=0, input_tokens=0, output_tokens=0, spent=0, reserved=0
    )


def test_a_text_is_read_by_its_key_and_what_is_unfinished_is_left_out(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(3))
    first, second = claim(ledger, 2)
    assert ledger.complete([written(first), fell_back(second, "prompt_filtered", final=True)]) == [True, True]
    keys = [work(number).key for number in range(4)]
    assert ledger.texts(keys) == {keys[0]: REPLY, keys[1]: "prompt_filtered"}


def test_only_the_last_lease_may_complete_reserve_and_renew(store: Store, ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(1))
    (slow,) = claim(ledger)
    assert claim(ledger) == []
    store.expire()
    (fresh,) = claim(ledger)
    assert fresh.fence > slow.fence
    assert ledger.renew([slow, fresh], seconds=60) == [fresh]
    assert ledger.reserve("c", [reserved(slow, 1)]) == [None]
    ledger.release([slow])
    assert ledger.complete([written(slow), written(fresh), written(fresh)]) == [False, True, False]
    assert ledger.complete([written(fresh)]) == [False]
    assert store.sql("SELECT count(*) FROM texts") == 1


def test_what_a_dead_worker_holds_is_given_back_at_once_and_what_others_hold_is_not(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(3))
    (lost,) = ledger.claim("c", worker="dead", limit=1, seconds=60)
    (held,) = ledger.claim("c", worker="alive", limit=1, seconds=60)
    assert sorted(ledger.holders("c")) == ["alive", "dead"]
    assert ledger.release_workers("c", ["dead"]) == 1
    assert ledger.holders("c") == ["alive"]
    fresh = claim(ledger, 9)
    assert [claimed.work for claimed in fresh] == [work(0), work(2)]
    assert ledger.complete([written(lost), written(held), written(fresh[0])]) == [False, True, True]


def test_a_lease_ends_by_the_clock_and_renewing_puts_that_off(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(2))
    first, _ = ledger.claim("c", worker="w", limit=2, seconds=-1)
    ledger.renew([first], seconds=60)
    assert [claimed.work for claimed in claim(ledger, 2)] == [work(1)]


def test_released_works_are_claimed_anew(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(1))
    (first,) = claim(ledger)
    ledger.release([first])
    assert ledger.tally("c").pending == 1
    (second,) = claim(ledger)
    assert (second.work, second.fence) == (first.work, first.fence + 1)


def test_no_call_passes_the_budget(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(4))
    claims = claim(ledger, 4)
    numbers = ledger.reserve("c", [reserved(claims[0], 600), reserved(claims[1], 500), reserved(claims[2], 400)])
    assert [number is not None for number in numbers] == [True, False, True]
    assert ledger.reserve("c", [reserved(claims[3], 1)]) == [None]
    ledger.settle([settled(numbers[0], 100)])
    assert ledger.reserve("c", [reserved(claims[3], 501)]) == [None]
    assert ledger.reserve("c", [reserved(claims[3], 500)]) != [None]
    ledger.open(Commission(id="c", project="p", budget=-1))
    assert ledger.reserve("c", [reserved(claims[3], 10**15)]) != [None]
    assert (ledger.tally("c").spent, ledger.tally("c").reserved) == (100, 900 + 10**15)


def test_a_call_is_settled_once(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(1))
    (attempt,) = ledger.reserve("c", [reserved(claim(ledger)[0], 50)])
    ledger.settle([settled(attempt, 30), settled(attempt, 40)])
    ledger.settle([settled(attempt, 40)])
    tally = ledger.tally("c")
    assert (tally.calls, tally.spent, tally.reserved, tally.input_tokens, tally.output_tokens) == (1, 30, 0, 7, 3)


def test_a_text_and_the_cost_of_its_call_change_together_and_the_cost_counts_also_where_the_lease_passed_on(
    store: Store, ledger: SqlLedger
) -> None:
    ledger.enqueue("c", works(2))
    kept, lost = claim(ledger, 2)
    attempts = ledger.reserve("c", [reserved(kept, 50), reserved(lost, 50)])
    store.sql(f"UPDATE works SET lease_until = 0 WHERE key = '{lost.work.key}'")
    (again,) = claim(ledger)
    assert again.work == lost.work
    ended = [
        replace(written(one), settlement=settled(number, 30))
        for one, number in zip((kept, lost), attempts, strict=True)
    ]
    assert ledger.complete(ended) == [True, False]
    tally = ledger.tally("c")
    assert (tally.written, tally.leased, tally.spent, tally.reserved) == (1, 1, 60, 0)


def test_what_a_lost_call_may_have_cost_stays_reserved_until_it_is_heard_of(store: Store, ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(1))
    (attempt,) = ledger.reserve("c", [reserved(claim(ledger)[0], 50)])
    store.expire()
    claim(ledger)
    assert store.sql("SELECT outcome FROM attempts") == "lost"
    assert (ledger.tally("c").spent, ledger.tally("c").reserved) == (0, 50)
    ledger.settle([settled(attempt, 20)])
    assert (ledger.tally("c").spent, ledger.tally("c").reserved) == (20, 0)


def test_commissions_share_a_work_but_not_their_money(ledger: SqlLedger) -> None:
    ledger.open(Commission(id="d", project="q", budget=10))
    ledger.enqueue("c", works(2))
    ledger.enqueue("d", [work(1, position=0), work(0, position=1)])
    (mine,) = claim(ledger)
    (other,) = claim(ledger, 2, commission="d")
    assert (mine.work, other.work) == (work(0), work(1, position=0))
    ledger.complete([written(mine)])
    ledger.reserve("d", [reserved(other, 10)])
    tallies = [ledger.tally(commission) for commission in "cd"]
    assert [(tally.written, tally.leased, tally.reserved) for tally in tallies] == [(1, 1, 0), (1, 1, 10)]
    ledger.open(Commission(id="e", project="q", budget=10))
    assert ledger.enqueue("e", works(2)) == 1
    assert ledger.tally("e").written == 1


def test_what_fell_back_for_a_passing_reason_is_asked_again_at_the_next_run(ledger: SqlLedger) -> None:
    ledger.open(Commission(id="d", project="q", budget=10))
    for commission in "cd":
        ledger.enqueue(commission, works(3))
    first, second, third = claim(ledger, 3)
    ledger.complete([fell_back(first, "budget", final=False), fell_back(second, "refused", final=True), written(third)])
    assert ledger.reasons("c") == {"budget": 1, "refused": 1}
    assert claim(ledger, 3) == []
    assert ledger.enqueue("c", works(3)) == 1
    assert ledger.reasons("d") == {"refused": 1}
    assert ledger.texts([first.work.key]) == {}
    tally = ledger.tally("d")
    assert (tally.pending, tally.fallback, tally.written) == (1, 1, 1)
    (again,) = claim(ledger, 3, commission="d")
    assert ledger.complete([written(again)]) == [True]
    assert ledger.tally("c").written == ledger.tally("d").written == 2


def test_a_reason_is_kept_without_what_a_database_cannot_hold(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(1))
    ledger.complete([fell_back(claim(ledger)[0], "a\x00\ud800" + "b" * 10_000_000, final=True)])
    (reason,) = ledger.reasons("c")
    assert reason == "a\ufffd?" + "b" * 997


def test_a_commission_that_was_never_opened_is_named(ledger: SqlLedger) -> None:
    with pytest.raises(StoreError, match="'nobody'"):
        ledger.claim("nobody", worker="w", limit=1, seconds=1)


def test_a_ledger_opened_anew_goes_on(store: Store, ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(2))
    ledger.complete([written(claim(ledger)[0])])
    with store.open() as again:
        assert astuple(again.tally("c")) == astuple(ledger.tally("c"))
        assert again.texts([work(0).key]) == {work(0).key: REPLY}


def test_more_than_one_chunk_of_works_is_taken_as_it_streams(ledger: SqlLedger) -> None:
    assert ledger.enqueue("c", map(work, range(25_000))) == 25_000
    assert ledger.enqueue("c", map(work, range(24_000, 26_000))) == 26_000
    assert [claimed.work.position for claimed in claim(ledger, 3)] == [0, 1, 2]


def test_workers_that_claim_and_enqueue_side_by_side_share_nothing_and_miss_nothing(store: Store) -> None:
    commission = Commission(id="c", project="p", budget=5 * 400)

    def drain(turn: int) -> tuple[list[str], int]:
        claimed: list[str] = []
        calls = 0
        with store.open() as mine:
            mine.open(commission)
            mine.enqueue("c", works(600)[:: 1 if turn % 2 else -1])
            while (tally := mine.tally("c")).pending + tally.leased:
                claims = mine.claim("c", worker=str(turn), limit=7, seconds=60)
                calls += sum(number is not None for number in mine.reserve("c", [reserved(one, 5) for one in claims]))
                stored = mine.complete([written(one) for one in claims])
                claimed += [one.work.key for one, was in zip(claims, stored, strict=True) if was]
        return claimed, calls

    with ThreadPoolExecutor(4) as pool:
        drained = list(pool.map(drain, range(4)))
    assert sorted(key for keys, _ in drained for key in keys) == sorted(one.key for one in works(600))
    assert sum(calls for _, calls in drained) == 400  # what the budget allows, to the call
    with store.open() as ledger:
        assert (ledger.tally("c").written, ledger.tally("c").reserved) == (600, 2_000)


def test_another_position_in_another_commission_is_given_back(ledger: SqlLedger) -> None:
    ledger.open(Commission(id="d", project="q", budget=-1))
    ledger.enqueue("c", [work(1)])
    ledger.enqueue("d", [replace(work(1), position=sys.maxsize)])
    assert claim(ledger, commission="d")[0].work.position == sys.maxsize
