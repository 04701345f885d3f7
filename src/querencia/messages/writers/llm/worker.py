"""A worker: claims works of a commission, keeps many calls under way, and ends when all is done or nothing can be."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from querencia.messages.writers.llm.desk import Desk
from querencia.messages.writers.llm.errand import CANNOT_BE_ASKED, Bench, BudgetReachedError, Errand, Event, Patience
from querencia.messages.writers.llm.pace import Pace
from querencia.messages.writers.llm.ports import Asker, Claim, Commission, Ledger, Scribe, Tally
from querencia.messages.writers.llm.prices import Prices
from querencia.messages.writers.llm.purse import LeaseLostError, Purse

RENEWED_PER_LEASE = 3
TALLY_SHARE = 20.0  # times what a tally takes pass until the next
READ_AHEAD = 0.25  # of the width: works that are judged or stored, or wait their turn, while calls fill the width

Ended = Literal["finished", "budget", "trouble"]
HOPELESS = frozenset({"timeout", "rate_limited", "server", "connection", "cut_off", CANNOT_BE_ASKED})
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Shifts:
    """How a worker works. `lease` and `poll` in seconds.

    `hopeless` works in a row that fall back end the shift, or so many calls where none has ever reached the server.
    """

    lease: float = 120.0
    poll: float = 1.0
    hopeless: int = 20
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What one worker did, and why it ended: all was `finished`, the `budget` was reached, or the server in `trouble`.

    `lost` works passed to another worker before they ended. Money in nano-dollars.
    """

    ended: Ended
    written: int
    fallback: int
    lost: int
    calls: int
    input_tokens: int
    output_tokens: int
    spent: int


async def work_off(
    commission: Commission,
    *,
    ledger: Ledger,
    asker: Asker,
    scribe: Scribe,
    pace: Pace,
    prices: Prices,
    worker_id: str,
    shifts: Shifts | None = None,
    on_event: Callable[[Event], None] | None = None,
    on_tally: Callable[[Tally], None] | None = None,
    tally_seconds: float = 1.0,
) -> Shift:
    """Work until the commission has no unfinished text, or the budget or the server ends it; return what was done.

    `on_event` hears of each call and work of this worker, `on_tally` where the whole commission stands, at most
    every `tally_seconds`; both are called in the event loop.

    Whatever ends it, cancellation too, no work stays leased and no call unsettled. Raises ModelAccessError where the
    server takes none of our calls, and the ledger's WorkError where nothing can be stored.
    """
    shifts = shifts or Shifts()
    count = Count(on_event)
    async with Desk(ledger, commission.id, worker=worker_id, lease=shifts.lease) as desk:
        bench = Bench(
            desk=desk,
            purse=Purse(desk),
            asker=asker,
            scribe=scribe,
            pace=pace,
            prices=prices,
            patience=shifts.patience,
            on_event=count,
        )
        worker = _Worker(bench, shifts)
        if on_tally is not None:
            worker.tell(on_tally, every=tally_seconds)
        log.info("worker %s begins", worker_id)
        try:
            ended = await worker.run()
        finally:
            await to_its_end(worker.close())
    shift = count.shift(ended)
    log.info("worker %s ends (%s): %s written, %s fall back", worker_id, ended, shift.written, shift.fallback)
    return shift


async def to_its_end(closing: Coroutine[Any, Any, None]) -> None:
    """Await `closing`, also when cancelled meanwhile: a terminal's Ctrl-C may be followed by a SIGTERM."""
    task = asyncio.create_task(closing)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()


class _Worker:
    """The errands under way, the claims ahead of them, and the leases of both."""

    def __init__(self, bench: Bench, shifts: Shifts) -> None:
        self._bench, self._shifts = replace(bench, on_event=self._hear), shifts
        self._on_event = bench.on_event
        self._ahead: deque[Claim] = deque()
        self._under_way: dict[asyncio.Task[Any], Errand] = {}
        self._passed_on: set[Errand] = set()
        self._over: asyncio.Queue[asyncio.Task[Any] | None] = asyncio.Queue()  # None: the server is out of reach
        self._background: list[asyncio.Task[None]] = []
        self._hopeless = 0
        self._unreached = 0
        self._reached = False

    def tell(self, on_tally: Callable[[Tally], None], *, every: float) -> None:
        """Tell where the commission stands, as long as the worker works."""

        def tell_of_others(tally: Tally) -> None:
            on_tally(replace(tally, elsewhere=max(0, tally.leased - len(self._held()))))

        self._in_background(self._bench.desk.keep_telling(tell_of_others, every=every))

    def _hear(self, event: Event) -> None:
        """Count the calls that never reached the server, as long as none did, and pass the event on."""
        if event.kind == "call" and not self._reached:
            self._reached = event.outcome != "connection"
            self._unreached = 0 if self._reached else self._unreached + 1
            if self._unreached == self._shifts.hopeless:
                self._over.put_nowait(None)
        self._on_event(event)

    def _in_background(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        self._background.append(task)
        task.add_done_callback(self._over.put_nowait)

    async def run(self) -> Ended:
        self._in_background(self._renew())
        while True:
            await self._begin()
            if not self._under_way:
                if self._bench.purse.empty:
                    return "budget"
                if await self._all_done():
                    return "finished"
                await asyncio.sleep(self._shifts.poll)
                continue
            self._end(await self._over.get())
            while not self._over.empty():
                self._end(self._over.get_nowait())
            if max(self._hopeless, self._unreached) >= self._shifts.hopeless:
                return "trouble"

    async def close(self) -> None:
        """Stop what is under way, count its calls as made, and give back what is not done."""
        stopped: list[asyncio.Task[Any]] = [*self._background, *self._under_way]
        for task in stopped:
            task.cancel()
        await asyncio.gather(*stopped, return_exceptions=True)
        await self._bench.desk.rest()
        claims = self._held()
        if claims:
            await self._bench.desk.release(claims)

    async def _begin(self) -> None:
        """Begin errands up to the width, and claim a few more than there is room for."""
        width = self._bench.pace.width
        ahead = math.ceil(width * READ_AHEAD)
        room = width + ahead - len(self._under_way)
        if self._bench.purse.short:
            if self._under_way:
                return  # what is at hand comes first, while money is short
            self._bench.purse.enough()
        if self._bench.purse.empty or room <= 0:
            return
        if len(self._ahead) < room:
            claiming = asyncio.ensure_future(self._bench.desk.claim(room - len(self._ahead) + ahead))
            try:
                await asyncio.shield(claiming)
            finally:
                self._ahead.extend(await claiming)  # also when stopped meanwhile: to be given back
        for _ in range(min(room, len(self._ahead))):
            claim = self._ahead.popleft()
            errand = Errand(claim, self._bench)
            task = asyncio.create_task(errand.run())
            self._under_way[task] = errand
            task.add_done_callback(self._over.put_nowait)

    def _end(self, task: asyncio.Task[Any] | None) -> None:
        if task is None:
            return
        if task in self._background:
            task.result()  # it ends by its error alone
            return
        errand = self._under_way.pop(task)
        try:
            _, outcome = task.result()
        except (LeaseLostError, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and errand not in self._passed_on:
                raise
            self._passed_on.discard(errand)
            self._bench.on_event(Event(kind="lost", outcome="lost"))
        except BudgetReachedError:
            self._ahead.append(errand.claim)
        except BaseException:
            self._ahead.append(errand.claim)  # to be given back
            raise
        else:
            # Works that the server could do nothing for, in a row, mean that it is down.
            self._hopeless = self._hopeless + 1 if outcome in HOPELESS else 0

    def _held(self) -> list[Claim]:
        return [*(errand.claim for errand in self._under_way.values()), *self._ahead]

    async def _all_done(self) -> bool:
        tally = await self._bench.desk.tally()
        return tally.pending + tally.leased == 0

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._shifts.lease / RENEWED_PER_LEASE)
            held = self._held()
            if not held:
                continue
            stand = {(claim.work.key, claim.fence) for claim in await self._bench.desk.renew(held)}
            gone = {claim for claim in held if (claim.work.key, claim.fence) not in stand}
            self._ahead = deque(claim for claim in self._ahead if claim not in gone)
            for task, errand in self._under_way.items():
                if errand.claim in gone and not errand.ending:
                    self._passed_on.add(errand)
                    task.cancel()


class Count:
    """Counts a worker's events, and passes them on."""

    def __init__(self, on_event: Callable[[Event], None] | None) -> None:
        self._on_event = on_event
        self._counts = {"call": 0, "written": 0, "fallback": 0, "lost": 0}
        self._input = self._output = self._spent = 0

    def __call__(self, event: Event) -> None:
        """Count an event."""
        self._counts[event.kind] += 1
        self._input += event.usage.input
        self._output += event.usage.output
        self._spent += event.cost
        if self._on_event is not None:
            self._on_event(event)

    def shift(self, ended: Ended) -> Shift:
        """Return the shift that ended so, with what was counted."""
        return Shift(
            ended=ended,
            written=self._counts["written"],
            fallback=self._counts["fallback"],
            lost=self._counts["lost"],
            calls=self._counts["call"],
            input_tokens=self._input,
            output_tokens=self._output,
            spent=self._spent,
        )
