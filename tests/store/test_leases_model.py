"""Whatever is done in whatever order, the ledger agrees with a few dictionaries that do the same."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from querencia.messages.writers.llm.ports import Claim, Commission
from querencia.store.ledger import SqlLedger

from .conftest import REPLY, Store, claim, fell_back, reserved, settled, work, written

pytestmark = pytest.mark.xdist_group("store")
BUDGET = 60
_runs = itertools.count()

STEPS = st.one_of(
    st.tuples(st.just("enqueue"), st.integers(1, 6)),
    st.tuples(st.just("claim"), st.integers(1, 3)),
    st.tuples(st.sampled_from(["expire", "renew"]), st.just(0)),
    st.tuples(st.sampled_from(["write", "fall_back", "give_up", "release", "reserve", "settle"]), st.integers(0, 20)),
)


@dataclass
class Model:
    """The ledger, as plain dictionaries by a work's number; `run` keeps the works of each example apart."""

    run: int
    state: dict[int, str] = field(default_factory=dict)
    final: dict[int, bool] = field(default_factory=dict)
    fence: dict[int, int] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)
    reserved: dict[int, int] = field(default_factory=dict)
    claims: list[tuple[int, Claim]] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    calls: int = 0
    spent: int = 0

    def stands(self, number: int, claim: Claim) -> bool:
        return self.state[number] == "leased" and self.fence[number] == claim.fence


def play(model: Model, ledger: SqlLedger, store: Store, commission: str, step: tuple[str, int]) -> None:
    """Do one step in both, and compare what they answer."""
    name, figure = step
    first = model.run * 100
    if name == "enqueue":
        ledger.enqueue(commission, [work(first + number, position=number) for number in range(figure)])
        for number in range(figure):
            if model.state.get(number) == "fallback" and not model.final[number]:
                model.state[number] = "pending"
            model.state.setdefault(number, "pending")
            model.fence.setdefault(number, 0)
    elif name == "claim":
        free = [n for n in sorted(model.state) if model.state[n] == "pending" or n in model.over]
        got = claim(ledger, figure, commission=commission)
        assert [one.work.position for one in got] == free[:figure]
        for number, one in zip(free[:figure], got, strict=True):
            model.state[number] = "leased"
            model.fence[number] += 1
            model.over.discard(number)
            assert one.fence == model.fence[number]
            model.claims.append((number, one))
    elif name == "expire":
        store.expire()
        model.over |= {number for number, state in model.state.items() if state == "leased"}
    elif name == "settle" and model.attempts:
        attempt = model.attempts[figure % len(model.attempts)]
        ledger.settle([settled(attempt, 4)])
        model.spent += 4 if model.reserved.pop(attempt, None) is not None else 0
    elif model.claims and name != "settle":
        play_claim(model, ledger, commission, step)


def play_claim(model: Model, ledger: SqlLedger, commission: str, step: tuple[str, int]) -> None:
    name, figure = step
    number, one = model.claims[figure % len(model.claims)]
    stands = model.stands(number, one)
    if name == "renew":
        expected = [claim for number, claim in model.claims if model.stands(number, claim)]
        assert ledger.renew([claim for _, claim in model.claims], seconds=60) == expected
        model.over.clear()
    elif name == "release":
        ledger.release([one])
        if stands:
            model.state[number] = "pending"
            model.over.discard(number)
    elif name == "reserve":
        cost = 5 + figure
        (attempt,) = ledger.reserve(commission, [reserved(one, cost)])
        may = stands and model.spent + sum(model.reserved.values()) + cost <= BUDGET
        assert (attempt is not None) == may
        if attempt is not None:
            model.reserved[attempt] = cost
            model.attempts.append(attempt)
            model.calls += 1
    else:
        done = written(one) if name == "write" else fell_back(one, name, final=name == "fall_back")
        assert ledger.complete([done]) == [stands]
        if stands:
            model.state[number] = "written" if name == "write" else "fallback"
            model.final[number] = done.final
            model.over.discard(number)


@pytest.mark.slow
def test_the_ledger_agrees_with_a_few_dictionaries(store: Store) -> None:
    @settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=st.lists(STEPS, max_size=40))
    def agree(steps: list[tuple[str, int]]) -> None:
        store.sql("UPDATE works SET state = 'written', lease_until = NULL WHERE state = 'leased'")
        model = Model(run=next(_runs))
        commission = f"c{model.run}"
        ledger.open(Commission(id=commission, project="p", budget=BUDGET))
        for step in [("enqueue", 4), *steps]:
            play(model, ledger, store, commission, step)
            tally = ledger.tally(commission)
            states = list(model.state.values())
            found = (tally.pending, tally.leased, tally.written, tally.fallback)
            assert found == tuple(map(states.count, ("pending", "leased", "written", "fallback")))
            assert (tally.calls, tally.spent, tally.reserved) == (
                model.calls,
                model.spent,
                sum(model.reserved.values()),
            )
        written_keys = {work(model.run * 100 + n).key for n, state in model.state.items() if state == "written"}
        all_keys = [work(model.run * 100 + number).key for number in range(6)]
        assert {key for key, text in ledger.texts(all_keys).items() if text == REPLY} == written_keys

    with store.open() as ledger:
        agree()
