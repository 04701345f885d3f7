"""Which works stand in which batch: kept with their money, in one batch each, until their texts are there."""

from __future__ import annotations

import pytest

from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.ports import KeptBatch
from querencia.messages.writers.llm.work import Turn
from querencia.store.ledger import SqlLedger

from .conftest import Store, claim, fell_back, reserved, settled, works, written

pytestmark = pytest.mark.xdist_group("store")

MENDED = Course(turns=(Turn(reply="señora {{name}}", complaint="No."),), troubles=1, chances=("too_long",))


def kept(batches: list[KeptBatch]) -> list[tuple[int, str, list[str], list[Course]]]:
    return [
        (one.number, one.id, [call.work.facts for call in one.calls], [call.course for call in one.calls])
        for one in batches
    ]


def test_calls_that_the_budget_allows_are_kept_as_one_batch_in_their_order(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(4))
    claims = claim(ledger, 4)
    drafts = [(reserved(claims[0], 400), Course()), (reserved(claims[1], 900), Course())]
    drafts += [(reserved(claims[3], 300), MENDED), (reserved(claims[2], 300), Course())]
    batch, attempts = ledger.prepare_batch("c", drafts)
    assert batch is not None
    assert [attempt is not None for attempt in attempts] == [True, False, True, True]
    assert ledger.tally("c").reserved == 1_000
    whole = ledger.whole_batch(batch.number)
    assert whole is not None
    facts = [claims[at].work.facts for at in (0, 3, 2)]
    assert kept([whole]) == kept([batch]) == [(batch.number, "", facts, [Course(), MENDED, Course()])]
    assert [call.attempt for call in whole.calls] == [attempts[0], *attempts[2:]]
    assert (whole.asking, len(whole.asking)) == (batch.asking, 32)
    ledger.name_batch(batch.number, "batch_abc")
    found = ledger.batches([claims[1].work, claims[2].work])
    assert kept(found) == [(batch.number, "batch_abc", [claims[2].work.facts], [Course()])]


def test_nothing_is_kept_where_no_call_is_allowed(store: Store, ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(1))
    [mine] = claim(ledger)
    assert ledger.prepare_batch("c", [(reserved(mine, 1_001), Course())]) == (None, [None])
    ledger.release([mine])
    assert ledger.prepare_batch("c", [(reserved(mine, 1), Course())]) == (None, [None])
    assert store.sql("SELECT count(*) FROM batches") == 0


def test_a_work_that_is_asked_again_leaves_its_old_batch_and_one_that_is_done_leaves_all(ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(3))
    claims = claim(ledger, 3)
    first, _ = ledger.prepare_batch("c", [(reserved(one, 100), Course()) for one in claims])
    second, _ = ledger.prepare_batch("c", [(reserved(claims[1], 100), MENDED)])
    assert first is not None and second is not None
    all_works = [one.work for one in claims]
    facts = [one.work.facts for one in claims]
    assert kept(ledger.batches(all_works)) == [
        (first.number, "", [facts[0], facts[2]], [Course(), Course()]),
        (second.number, "", [facts[1]], [MENDED]),
    ]
    assert ledger.complete([written(claims[0]), fell_back(claims[1], "timeout", final=False)]) == [True, True]
    assert kept(ledger.batches(all_works)) == [(first.number, "", [facts[2]], [Course()])]
    assert ledger.whole_batch(second.number) is None
    ledger.forget_calls([claims[2].work])
    assert ledger.batches(all_works) == []


def test_who_claims_a_work_next_settles_its_call_with_what_it_did_cost(store: Store, ledger: SqlLedger) -> None:
    ledger.enqueue("c", works(1))
    [mine] = claim(ledger)
    ledger.prepare_batch("c", [(reserved(mine, 700), Course())])
    store.expire()
    [theirs] = claim(ledger)
    assert store.sql("SELECT outcome FROM attempts") == "lost"
    [[call]] = [batch.calls for batch in ledger.batches([theirs.work])]
    assert (ledger.tally("c").reserved, ledger.tally("c").spent) == (700, 0)
    for _ in range(2):
        ledger.settle([settled(call.attempt, 250)])
        assert (ledger.tally("c").reserved, ledger.tally("c").spent) == (0, 250)
    assert ledger.complete([written(mine), written(theirs)]) == [False, True]


def test_a_batch_of_many_thousand_calls_is_kept_whole(ledger: SqlLedger) -> None:
    count = 12_000
    ledger.enqueue("c", works(count))
    claims = claim(ledger, count)
    batch, attempts = ledger.prepare_batch("c", [(reserved(one, 0), Course()) for one in claims])
    assert batch is not None and None not in attempts
    [found] = ledger.batches([one.work for one in claims])
    assert [call.attempt for call in found.calls] == attempts
