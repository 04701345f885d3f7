"""A worker that asks by batches: half the price, and answers within a day instead of seconds.

Money is reserved and a batch kept in one transaction, before it is submitted; its id is kept right after. So whoever
claims its works next, also after a kill, goes on with that batch: it is submitted again (and found by its hash) where
no id was kept, and collected anew where collecting broke off. Calls are settled once, texts stored once, and what is
asked again (a repair, a call in trouble) leaves the old batch in the transaction that makes it part of a new one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from itertools import islice
from typing import Any

from querencia.messages.writers.llm.azure_batch import BatchAsker, portions
from querencia.messages.writers.llm.batch_collecting import Collector, Held, UnderWay, parts
from querencia.messages.writers.llm.batch_results import Batching, Follower
from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.desk import Desk
from querencia.messages.writers.llm.errand import Event
from querencia.messages.writers.llm.failures import CallRefusedError, CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.ports import (
    BatchLedger,
    Claim,
    Commission,
    KeptBatch,
    Reservation,
    Scribe,
    Tally,
)
from querencia.messages.writers.llm.prices import Prices
from querencia.messages.writers.llm.work import Question
from querencia.messages.writers.llm.worker import RENEWED_PER_LEASE, Count, Ended, Shift, to_its_end

GROWTH = 1.5  # of the pause between two looks at batches that are not done
log = logging.getLogger(__name__)


async def work_off_in_batches(
    commission: Commission,
    *,
    ledger: BatchLedger,
    asker: BatchAsker,
    scribe: Scribe,
    prices: Prices,
    worker_id: str,
    batching: Batching | None = None,
    on_event: Callable[[Event], None] | None = None,
    on_batch: Callable[[str, int], None] | None = None,
    on_tally: Callable[[Tally], None] | None = None,
    tally_seconds: float = 1.0,
) -> Shift:
    """Work as `work_off` does, by batches; `prices` are those of batches. Return what this worker did.

    `on_batch` hears the id and the number of calls of each batch that this worker waits for.

    Cancelled, it gives its works back and leaves batches under way: the next worker collects them. Raises
    ModelAccessError where the server takes none of our batches, and the ledger's WorkError where nothing can be stored.
    """
    batching = batching or Batching()
    count = Count(on_event)
    async with Desk(ledger, commission.id, worker=worker_id, lease=batching.lease) as desk:
        follower = Follower(scribe=scribe, prices=prices, batching=batching)
        worker = _BatchWorker(commission.id, ledger, desk, asker, follower, batching, count)
        if on_batch is not None:
            worker.on_batch = on_batch
        if on_tally is not None:
            worker.tell(on_tally, every=tally_seconds)
        try:
            ended = await worker.run()
            if on_tally is not None:
                on_tally(await desk.tally())
        finally:
            await to_its_end(worker.close())
    return count.shift(ended)


class _BatchWorker:
    def __init__(
        self,
        commission: str,
        ledger: BatchLedger,
        desk: Desk,
        asker: BatchAsker,
        follower: Follower,
        batching: Batching,
        on_event: Callable[[Event], None],
    ) -> None:
        self._commission, self._ledger, self._desk, self._asker = commission, ledger, desk, asker
        self._follower, self._batching = follower, batching
        self.on_batch: Callable[[str, int], None] = lambda _id, _calls: None
        self._held = Held(on_event)
        self._collector = Collector(
            ledger=ledger, desk=desk, asker=asker, follower=follower, held=self._held, on_event=on_event
        )
        self._ahead: deque[tuple[Claim, Course]] = deque()
        self._under_way: dict[int, UnderWay] = {}
        self._background: list[asyncio.Task[None]] = []
        self._short = False  # the budget did not allow a call: it waits until a batch gives money back
        self._troubles = self._fulls = 0  # in a row
        self._pause = batching.first_look
        self._most = batching.under_way
        self._not_before = 0.0

    def tell(self, on_tally: Callable[[Tally], None], *, every: float) -> None:
        """Let `on_tally` know where the commission stands, from now on."""
        self._in_background(self._desk.keep_telling(on_tally, every=every))

    def _in_background(self, job: Coroutine[Any, Any, None]) -> None:
        self._background.append(asyncio.create_task(job))

    async def run(self) -> Ended:
        self._in_background(self._renew())
        while True:
            await self._begin()
            if not self._under_way:
                if self._short:
                    return "budget"
                if not self._ahead and await self._all_done():
                    return "finished"
            moved = await self._visit()
            if max(self._troubles, self._fulls) >= self._batching.patience:
                return "trouble"
            self._pause = self._batching.first_look if moved else min(self._batching.longest_look, self._pause * GROWTH)
            await self._rest(0 if moved else self._pause)

    async def close(self) -> None:
        """Give back what is not done; batches that were submitted stay under way."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._desk.rest()
        for claims in parts(self._held.all()):
            await self._desk.release(claims)

    async def _rest(self, seconds: float) -> None:
        """Sleep; what ended a task in the background ends this worker."""
        over, _ = await asyncio.wait(self._background, timeout=seconds)
        for task in over:
            task.result()

    async def _all_done(self) -> bool:
        tally = await self._desk.tally()
        return tally.pending + tally.leased == 0

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._batching.lease / RENEWED_PER_LEASE)
            for claims in parts(self._held.all()):
                self._held.keep(claims, await self._desk.renew(claims))

    async def _begin(self) -> None:
        """Claim works, take up the batches that they stand in, and submit the others."""
        while len(self._under_way) < self._most and not self._short and not (self._troubles and self._under_way):
            self._ahead = deque(draft for draft in self._ahead if self._held.holds(draft[0]))
            if len(self._ahead) < self._batching.size:
                await self._claim(self._batching.size - len(self._ahead))
            if not self._ahead:
                if not await self._claim(self._batching.size):
                    return
                continue
            if asyncio.get_running_loop().time() < self._not_before:
                return
            await self._prepare()

    async def _claim(self, limit: int) -> bool:
        """Claim up to `limit` works, and say whether there were any."""
        claims = await self._desk.claim(limit)
        by_key = self._held.add(claims)
        works = [claim.work for claim in claims]
        for kept in await self._desk.do(lambda: self._ledger.batches(works)) if works else ():
            batch = self._under_way.setdefault(
                kept.number, UnderWay(number=kept.number, id=kept.id, asking=kept.asking)
            )
            for call in kept.calls:
                batch.calls[call.work.key] = call
                del by_key[call.work.key]
            if batch.id:
                self.on_batch(batch.id, len(kept.calls))
        self._ahead.extend((claim, Course()) for claim in by_key.values())
        return bool(claims)

    async def _prepare(self) -> None:
        """Make one batch of the first works ahead, as far as the budget reaches, and submit it."""
        ahead = list(islice(self._ahead, self._batching.size))
        named = ((claim.work.key, self._question(claim, course)) for claim, course in ahead)
        most = min(self._batching.size, self._asker.most_calls)
        portion = next(portions(named, self._asker.size, calls=most))
        drafts = ahead[: len(portion)]
        prices = self._follower.prices
        calls = [
            (Reservation(claim=claim, cost=prices.most(portion[claim.work.key])), course) for claim, course in drafts
        ]
        kept, attempts = await self._desk.do(lambda: self._ledger.prepare_batch(self._commission, calls))
        for _ in drafts:
            self._ahead.popleft()
        refused = [draft for draft, attempt in zip(drafts, attempts, strict=True) if attempt is None]
        if refused:
            await self._put_back(refused)
        if kept is not None:
            fresh = {call.work.key: portion[call.work.key] for call in kept.calls}
            batch = UnderWay(number=kept.number, id="", asking=kept.asking, fresh=fresh)
            batch.calls.update((call.work.key, call) for call in kept.calls)
            self._under_way[kept.number] = batch
            await self._speak(self._submit(batch))

    def _question(self, claim: Claim, course: Course) -> Question:
        return course.question(self._follower.scribe.question(claim.work))

    async def _put_back(self, refused: Sequence[tuple[Claim, Course]]) -> None:
        """Take back works that were not allowed: there is no money for them now, or they are another's."""
        for drafts in parts(refused):
            claims = [claim for claim, _ in drafts]
            self._held.keep(claims, await self._desk.renew(claims))
        left = [draft for draft in refused if self._held.holds(draft[0])]
        self._short = bool(left)
        self._ahead.extendleft(reversed(left))

    async def _submit(self, batch: UnderWay) -> bool:
        questions, fresh = batch.fresh, batch.fresh is not None
        if questions is None:
            whole = await self._desk.do(lambda: self._ledger.whole_batch(batch.number))
            questions = self._questions(whole)
        batch.fresh = None
        try:
            batch.id = await self._asker.submit(questions, asking=batch.asking)
        except (CallRefusedError, ModelAccessError) as error:
            if fresh:  # nobody else has submitted it before
                await self._collector.withdraw(batch)
            raise ModelAccessError(str(error)) from error
        await self._desk.do(lambda: self._ledger.name_batch(batch.number, batch.id))
        log.info("batch %s: %s calls are under way", batch.id, len(questions))
        self.on_batch(batch.id, len(batch.calls))
        return True

    def _questions(self, whole: KeptBatch | None) -> dict[str, Question]:
        scribe = self._follower.scribe
        calls = whole.calls if whole else ()
        return {call.work.key: call.course.question(scribe.question(call.work)) for call in calls}

    async def _visit(self) -> bool:
        """Look at each batch, and collect those that are done; say whether any was."""
        return any([await self._speak(self._advance(batch)) for batch in list(self._under_way.values())])

    async def _speak(self, talk: Coroutine[Any, Any, bool]) -> bool:
        """Do what needs the server; False where it is in trouble."""
        try:
            moved = await talk
        except CallTroubleError as error:
            log.warning("%s", error)
            self._troubles += 1
            self._pause = max(self._pause, min(error.retry_after or 0.0, self._batching.longest_look))
            return False
        self._troubles = 0
        return moved

    async def _advance(self, batch: UnderWay) -> bool:
        """Submit, look at, or collect a batch; say whether it is done with."""
        batch.calls = {key: call for key, call in batch.calls.items() if self._held.get(key)}
        if not batch.id and batch.calls:
            await self._submit(batch)
        if batch.calls:
            try:
                standing = await self._asker.look(batch.id)
            except CallRefusedError as error:
                log.warning("%s", error)
                await self._collector.lose(batch)
            else:
                if not standing.done:
                    return False
                await self._collector.collect(batch, standing)
                self._queue(full=standing.status == "failed")
        del self._under_way[batch.number]
        self._ahead.extendleft(reversed(batch.again))
        self._short = False
        return True

    def _queue(self, *, full: bool) -> None:
        """Have fewer batches under way where the server's queue had no room for one, and wait, longer each time."""
        others = len(self._under_way) - 1
        if not full:
            self._fulls, self._most = 0, min(self._batching.under_way, self._most + 1)
            return
        self._most = max(1, others)
        if not others:
            self._fulls += 1
            wait = min(self._batching.longest_look * 5, self._batching.first_look * 2**self._fulls)
            self._not_before = asyncio.get_running_loop().time() + wait
