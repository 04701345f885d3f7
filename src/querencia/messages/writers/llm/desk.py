"""The worker's way to its ledger: one thread, and one transaction for all that was asked in a few milliseconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

from querencia.errors import WorkError
from querencia.messages.writers.llm.ports import Claim, Completion, Ledger, Reservation, Settlement, Tally

GATHER_SECONDS = 0.004  # what is asked within it goes together
TALLY_SHARE = 20.0  # times what a tally takes pass until the next
RETRY_SECONDS = (0.2, 1.0, 5.0)

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Desk:
    """The ledger of one commission as coroutines: the event loop never waits for the database.

    Concurrent `reserve`, `settle` and `complete` are gathered and done together, money coming back first. A failure
    that the ledger calls passing (``error.passing``) is tried again a few times; any other ends what was asked.
    """

    def __init__(self, ledger: Ledger, commission: str, *, worker: str, lease: float) -> None:
        self._ledger, self._commission, self._worker, self._lease = ledger, commission, worker, lease
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="querencia-ledger")
        self._asked: dict[str, list[tuple[Any, asyncio.Future[Any]]]] = {"settle": [], "complete": [], "reserve": []}
        self._clerk: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.rest()
        self._thread.shutdown()

    async def rest(self) -> None:
        """Wait until all that was asked is done."""
        while self._clerk is not None and not self._clerk.done():
            await asyncio.wait([self._clerk])

    def reserve(self, reservation: Reservation) -> asyncio.Future[int | None]:
        """Return, when awaited, an attempt's number, or None where budget or lease do not allow the call."""
        return self._ask("reserve", reservation)

    def settle(self, settlement: Settlement) -> asyncio.Future[None]:
        """Turn reserved money into spent money."""
        return self._ask("settle", settlement)

    def complete(self, completion: Completion) -> asyncio.Future[bool]:
        """Store a text; False where the lease had passed on."""
        return self._ask("complete", completion)

    async def claim(self, limit: int) -> list[Claim]:
        """Lease up to `limit` works."""
        return await self._call(
            lambda: self._ledger.claim(self._commission, worker=self._worker, limit=limit, seconds=self._lease)
        )

    async def renew(self, claims: Sequence[Claim]) -> list[Claim]:
        """Lengthen the leases that still stand, and return them."""
        return await self._call(lambda: self._ledger.renew(claims, seconds=self._lease))

    async def release(self, claims: Sequence[Claim]) -> None:
        """Give works back."""
        await self._call(lambda: self._ledger.release(claims))

    async def tally(self) -> Tally:
        """Return where the commission stands."""
        return await self._call(lambda: self._ledger.tally(self._commission))

    async def keep_telling(self, on_tally: Callable[[Tally], None], *, every: float) -> None:
        """Tell where the commission stands, about `every` so many seconds, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            on_tally(await self.tally())
            # Counting a million works takes its time: it gets a small share of it.
            await asyncio.sleep(max(every, TALLY_SHARE * (loop.time() - begun)))

    async def do(self, job: Callable[[], Result]) -> Result:
        """Do a job of the ledger's in its thread."""
        return await self._call(job)

    def _ask(self, what: str, item: Any) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[what].append((item, answer))
        if self._clerk is None or self._clerk.done():
            self._clerk = asyncio.create_task(self._serve())
        return answer

    async def _serve(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        while any(self._asked.values()):
            for what in self._asked:  # settle frees the money that reserve may take
                asked, self._asked[what] = self._asked[what], []
                if asked:
                    await self._hand_in(what, asked)

    async def _hand_in(self, what: str, asked: list[tuple[Any, asyncio.Future[Any]]]) -> None:
        items = [item for item, _ in asked]
        done = asyncio.ensure_future(self._call(lambda: self._do(what, items)))
        await asyncio.wait([done])
        error = done.exception()
        results = [None] * len(asked) if error or done.result() is None else done.result()
        for (_, answer), result in zip(asked, results, strict=True):
            if answer.done():
                continue  # whoever asked was cancelled meanwhile
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)

    def _do(self, what: str, items: list[Any]) -> Any:
        if what == "settle":
            return self._ledger.settle(items)
        if what == "complete":
            return self._ledger.complete(items)
        return self._ledger.reserve(self._commission, items)

    async def _call(self, job: Callable[[], Result]) -> Result:
        loop = asyncio.get_running_loop()
        for seconds in RETRY_SECONDS:
            try:
                return await loop.run_in_executor(self._thread, job)
            except WorkError as error:
                if not getattr(error, "passing", False):
                    raise
                log.warning("the ledger failed for now, trying again in %s s: %s", seconds, error)
            await asyncio.sleep(seconds)
        return await loop.run_in_executor(self._thread, job)
