"""A commission worked off by batches: each text stored once, each call paid once, whatever kills the worker when."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from message_contest.scripted import some_works
from querencia.messages.writers.llm import batch_collecting
from querencia.messages.writers.llm.azure_batch import BatchAsker
from querencia.messages.writers.llm.batch_results import Batching
from querencia.messages.writers.llm.batch_worker import work_off_in_batches
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.failures import ModelAccessError
from querencia.messages.writers.llm.ports import Commission
from querencia.messages.writers.llm.prices import Prices
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Question, Usage, Work
from querencia.messages.writers.llm.worker import Shift
from querencia.store.ledger import SqlLedger, open_ledger
from stand_in import faults
from stand_in.batches import BatchPlan
from stand_in.faults import Fault
from stand_in.server import StandIn, plain_reply
from stand_in.serving import serving

PRICES = Prices.in_usd(input=0.4, cached=0.1, output=1.6).halved()
QUICK = Batching(first_look=0.001, longest_look=0.01, size=12, patience=4)
WORKS = 20
BAD = {**plain_reply("{}"), "subject": "bad"}


class Picky:
    """A scribe that takes any reply whose subject is not "bad"."""

    def question(self, work: Work) -> Question:
        return Question(instructions="Write.", prompt=f'{{"number": {work.facts}}}', max_tokens=300)

    def judge(self, work: Work, text: str) -> tuple[Reply | None, str]:
        reply = Reply.model_validate_json(text)
        return (None, "It is bad.") if reply.subject == "bad" else (reply, "")


class Company:
    """A server, a store, and what can be read of both."""

    def __init__(self, folder: Path, url: str, app: StandIn) -> None:
        self.folder, self.url, self.app = folder, url, app
        self.batches: list[tuple[str, int]] = []

    def open(self, *, works: int = WORKS, budget: int = -1) -> SqlLedger:
        ledger = open_ledger("sqlite:///store.db", folder=self.folder)
        ledger.open(self.commission(budget))
        ledger.enqueue("c", some_works(works))
        return ledger

    def commission(self, budget: int = -1) -> Commission:
        return Commission(id="c", project="p", budget=budget)

    def run(self, *, dying: Dying | None = None, budget: int = -1, works: int = WORKS, **more: Any) -> Shift:
        async def shift(ledger: Any) -> Shift:
            connection = Connection(
                kind="azure_v1", url=self.url, deployment="d", family="gpt-4.1-mini", key=SecretStr("key"), timeout=10
            )
            async with BatchAsker(connection, pause=0.001) as asker:
                return await work_off_in_batches(
                    self.commission(budget),
                    ledger=dying.around(ledger) if dying else ledger,
                    asker=dying.around(asker) if dying else asker,  # type: ignore[arg-type]
                    scribe=Picky(),
                    prices=PRICES,
                    worker_id="w",
                    on_batch=lambda batch, calls: self.batches.append((batch, calls)),
                    **{"batching": QUICK, **more},
                )

        with self.open(budget=budget, works=works) as ledger:
            return asyncio.run(shift(ledger))

    def expire(self) -> None:
        with sqlite3.connect(self.folder / "store.db") as store:
            store.execute("UPDATE works SET lease_until = 0 WHERE state = 'leased'")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "store.db") as store:
            return store.execute(query).fetchall()

    def lines(self) -> list[dict[str, Any]]:
        """Return every call that was submitted."""
        contents = self.app.batches.contents
        files = [batch["input_file_id"] for batch in self.app.batches.batches.values()]
        return [json.loads(line) for file in files for line in contents[file].splitlines()]

    def paid(self) -> int:
        """Return what all calls that were answered cost."""
        cost = 0
        for batch in self.app.batches.batches.values():
            for line in self.app.batches.contents.get(batch.get("output_file_id", ""), b"").splitlines():
                usage = json.loads(line)["response"]["body"]["usage"]
                cached = usage["prompt_tokens_details"]["cached_tokens"]
                cost += PRICES.of(Usage(input=usage["prompt_tokens"], cached=cached, output=usage["completion_tokens"]))
        return cost

    def assert_whole(self, *, written: int = WORKS) -> None:
        """Assert that each work has one text, and that each answer was asked for and paid once."""
        with self.open() as ledger:
            tally = ledger.tally("c")
        asked = [(line["custom_id"], json.dumps(line["body"])) for line in self.lines()]
        assert len(asked) == len(set(asked)), "a question was submitted twice"
        assert (tally.written, tally.pending, tally.leased) == (written, 0, 0)
        assert tally.spent == self.paid()
        assert tally.reserved == 0
        assert tally.calls == len(asked)
        assert self.sql("SELECT count(*) FROM batch_calls") == [(0,)]


class KilledError(Exception):
    """The worker is dead: nothing that it does comes through any more."""


class Dying:
    """Lets calls of ledger and asker through up to the `time`-th one of `method`, and kills before or after it."""

    def __init__(self, method: str, *, time: int = 1, after: bool = False) -> None:
        self.method, self.time, self.after, self.dead = method, time, after, False

    def around(self, what: Any) -> Any:
        return _Mortal(what, self)


class _Mortal:
    def __init__(self, what: Any, fate: Dying) -> None:
        self._what, self._fate = what, fate

    def __getattr__(self, name: str) -> Any:
        thing = getattr(self._what, name)
        if name == "collect":
            return self._collect
        if not callable(thing) or name == "size":
            return thing
        if asyncio.iscoroutinefunction(thing):

            async def later(*given: Any, **named: Any) -> Any:
                self._before(name)
                result = await thing(*given, **named)
                self._after(name)
                return result

            return later

        def now(*given: Any, **named: Any) -> Any:
            self._before(name)
            result = thing(*given, **named)
            self._after(name)
            return result

        return now

    async def _collect(self, batch: str, names: Any) -> Any:
        async for pair in self._what.collect(batch, names):
            self._before("result")
            yield pair
            self._after("result")

    def _before(self, name: str) -> None:
        fate = self._fate
        if name == fate.method and not fate.dead:
            fate.time -= 1
            fate.dead = fate.time == 0 and not fate.after
        if fate.dead:
            raise KilledError

    def _after(self, name: str) -> None:
        fate = self._fate
        if name == fate.method and fate.time == 0 and fate.after:
            fate.dead = True
            raise KilledError


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[str, list[StandIn]]]:
    current: list[StandIn] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await current[0](scope, receive, send)

    with serving(app) as url:
        yield url, current


@pytest.fixture
def company(tmp_path: Path, desk: Any) -> Company:
    url, current = desk
    current[:] = [StandIn(batch_plan=BatchPlan())]
    return Company(tmp_path, url, current[0])


def worse(*numbers: int, times: int = 1) -> Any:
    """Return a reply that is bad the first `times` for the works of these numbers."""
    seen: Counter[int] = Counter()

    def reply(facts: str) -> Mapping[str, Any]:
        number = json.loads(facts)["number"]
        seen[number] += 1
        return BAD if number in numbers and seen[number] <= times else plain_reply("{}")

    return reply


def test_every_work_is_written_once_and_paid_at_half_the_price(company: Company) -> None:
    done = company.run()
    company.assert_whole()
    assert (done.ended, done.written, done.calls) == ("finished", WORKS, WORKS)
    assert done.spent == company.paid() > 0
    assert [calls for _, calls in company.batches] == [12, 8]
    assert company.run().calls == 0


def test_what_is_not_good_goes_back_with_the_complaint_in_the_next_batch(company: Company) -> None:
    company.app.reply = worse(3, 15, times=2)
    company.run(batching=Batching(first_look=0.001, longest_look=0.01))
    company.assert_whole()
    sizes = [len(company.app.batches.contents[one["input_file_id"]].splitlines())
             for one in company.app.batches.batches.values()]  # fmt: skip
    assert sizes == [WORKS, 2, 2]
    last = company.lines()[-1]["body"]["messages"]
    assert [message["content"] for message in last if message["role"] == "user"][1:] == ["It is bad."] * 2


def test_a_text_that_stays_bad_falls_back_for_good_after_two_repairs(company: Company) -> None:
    company.app.reply = worse(3, times=9)
    done = company.run()
    assert (done.written, done.fallback, done.calls) == (WORKS - 1, 1, WORKS + 2)
    assert company.sql("SELECT reason, final FROM texts WHERE reply IS NULL") == [("rejected", 1)]


USUAL = [
    ("prepare_batch", 1, True), ("submit", 1, True), ("name_batch", 1, True), ("settle", 2, True),
    ("complete", 3, True), ("prepare_batch", 3, True), ("submit", 3, True), ("result", 13, False),
]  # fmt: skip
STAGES = [
    *((method, time, after) for method in ("prepare_batch", "submit", "name_batch") for time in (1, 2, 3)
      for after in (False, True)),
    *(("settle", time, after) for time in (1, 2, 4, 6) for after in (False, True)),
    *(("complete", time, after) for time in (1, 3, 5) for after in (False, True)),
    *(("result", time, False) for time in (1, 7, 13, 21)),
    ("claim", 1, True), ("batches", 1, True), ("look", 1, True), ("look", 3, False),
]  # fmt: skip
RARER = [pytest.param(*stage, marks=pytest.mark.slow) for stage in STAGES if stage not in USUAL]


@pytest.mark.parametrize(("method", "time", "after"), [*USUAL, *RARER])
def test_killed_at_any_moment_the_next_run_ends_it_and_nothing_is_asked_or_paid_twice(
    company: Company, monkeypatch: pytest.MonkeyPatch, method: str, time: int, after: bool
) -> None:
    monkeypatch.setattr(batch_collecting, "CHUNK", 4)
    company.app.reply = worse(2, 9, 17)
    fate = Dying(method, time=time, after=after)
    with pytest.raises(KilledError):
        company.run(dying=fate)
    assert fate.dead
    company.expire()
    assert company.run().ended == "finished"
    company.assert_whole()


def test_a_worker_that_is_stopped_gives_its_works_back_at_once_and_the_next_collects_its_batch(
    company: Company,
) -> None:
    company.app.batches.plan = BatchPlan(looks=10**6)
    with pytest.raises(asyncio.CancelledError):
        company.run(on_tally=lambda _: len(company.batches) == 2 and _cancel(), tally_seconds=0.01)
    with company.open() as ledger:
        tally = ledger.tally("c")
    assert (tally.pending, tally.leased, tally.written) == (WORKS, 0, 0)
    assert tally.reserved > 0
    company.app.batches.plan = BatchPlan()
    company.run()
    company.assert_whole()
    assert len(company.app.batches.batches) == 2


def _cancel() -> None:
    for task in asyncio.all_tasks():
        if task.get_coro().__name__ == "shift":  # type: ignore[union-attr]
            task.cancel()


def test_the_budget_holds_and_more_money_goes_on(company: Company) -> None:
    company.app.reply = worse(2)
    most = PRICES.most(Picky().question(next(some_works(1))))
    budget = round(1.3 * most)
    done = company.run(budget=budget)
    assert done.ended == "budget"
    assert 0 < done.written < WORKS
    with company.open() as ledger:
        tally = ledger.tally("c")
        assert tally.spent <= budget
        assert (tally.reserved, tally.leased) == (0, 0)
    company.run()
    company.assert_whole()


def test_a_batch_that_expires_is_asked_again_for_what_it_did_not_answer(company: Company) -> None:
    plan = BatchPlan(end="expired", asked=9)
    company.app.batches.plan = plan
    create = company.app.batches._create

    def created(asked: Any) -> Any:
        if len(company.app.batches.batches) == 2:
            plan.end, plan.asked = "completed", None
        return create(asked)

    company.app.batches._create = created  # type: ignore[method-assign]
    done = company.run(batching=QUICK)
    assert (done.ended, done.written) == ("finished", WORKS)
    with company.open() as ledger:
        assert ledger.tally("c").spent == company.paid()


def test_a_batch_that_always_expires_falls_back_for_now(company: Company) -> None:
    company.app.batches.plan = BatchPlan(end="expired", asked=0)
    done = company.run()
    assert (done.ended, done.written, done.fallback, done.spent) == ("finished", 0, WORKS, 0)
    assert company.sql("SELECT DISTINCT reason, final FROM texts") == [("timeout", 0)]
    company.app.batches.plan = BatchPlan()
    assert company.run().written == WORKS


def test_lines_that_failed_end_as_single_calls_do(company: Company) -> None:
    keys = [work.key for work in some_works(WORKS)]
    met: dict[str, Fault] = {
        keys[0]: faults.prompt_filtered(),
        keys[1]: faults.FILTERED_TEXT,
        keys[2]: faults.LENGTH,
        keys[3]: faults.status(500),
        keys[4]: faults.REFUSAL,
    }
    company.app.batches.plan = BatchPlan(faults=met, lost=frozenset({keys[5]}))
    done = company.run()
    ended = company.sql("SELECT position, reason, final FROM texts JOIN commission_works USING (work) "
                        "WHERE reply IS NULL ORDER BY position")  # fmt: skip
    assert ended == [
        (0, "prompt_filtered", 1), (1, "reply_filtered", 1), (2, "too_long", 1), (3, "server", 0),
        (4, "refused", 1), (5, "cut_off", 0),
    ]  # fmt: skip
    calls = Counter(line["custom_id"] for line in company.lines())
    assert [calls[key] for key in keys[:7]] == [1, 2, 2, 3, 1, 3, 1]
    caps = [line["body"]["max_completion_tokens"] for line in company.lines() if line["custom_id"] == keys[2]]
    assert caps == [300, 600]
    lost = 3 * PRICES.most(Picky().question(next(some_works(1))))
    assert done.spent == pytest.approx(company.paid() + lost, rel=0.001)


def test_a_full_queue_is_waited_for(company: Company) -> None:
    plan = BatchPlan(end="failed", errors=[{"code": "token_limit_exceeded", "message": "Full."}])
    company.app.batches.plan = plan
    create = company.app.batches._create

    def created(asked: Any) -> Any:
        if len(company.app.batches.batches) == 4:
            plan.end = "completed"
        return create(asked)

    company.app.batches._create = created  # type: ignore[method-assign]
    done = company.run(batching=Batching(first_look=0.001, longest_look=0.01, size=12, patience=8))
    assert (done.ended, done.written, done.fallback) == ("finished", WORKS, 0)
    assert done.spent == company.paid()


def test_a_queue_that_stays_full_ends_the_run_and_leaves_all_for_the_next(company: Company) -> None:
    company.app.batches.plan = BatchPlan(end="failed", errors=[{"code": "token_limit_exceeded", "message": "Full."}])
    assert company.run().ended == "trouble"
    company.app.batches.plan = BatchPlan()
    assert company.run().written == WORKS


def test_a_deployment_that_takes_no_batches_is_told_and_costs_nothing(company: Company) -> None:
    company.app.batches.plan = BatchPlan(end="failed", errors=[{"code": "model_mismatch", "message": "No."}])
    with pytest.raises(ModelAccessError, match="Global Batch"):
        company.run(batching=Batching(first_look=0.001, longest_look=0.01))
    with company.open() as ledger:
        tally = ledger.tally("c")
    assert (tally.spent, tally.reserved, tally.leased, tally.pending) == (0, 0, 0, WORKS)
    company.app.batches.plan = BatchPlan()
    assert company.run().written == WORKS


def test_a_wrong_key_costs_nothing(company: Company) -> None:
    company.app.key = "another"
    with pytest.raises(ModelAccessError, match="401"):
        company.run()
    with company.open() as ledger:
        tally = ledger.tally("c")
    assert (tally.spent, tally.reserved, tally.leased) == (0, 0, 0)


def test_a_batch_that_the_server_forgot_counts_as_paid_and_is_asked_again(company: Company) -> None:
    with pytest.raises(KilledError):
        company.run(dying=Dying("look"))
    company.expire()
    company.app.batches.batches.clear()
    company.app.batches.files.clear()
    company.run()
    with company.open() as ledger:
        tally = ledger.tally("c")
    most = sum(PRICES.most(Picky().question(work)) for work in some_works(WORKS))
    assert tally.written == WORKS
    assert tally.spent == company.paid() + most
