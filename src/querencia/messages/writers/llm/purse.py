"""The money of one worker's calls: reserved before each, settled after, and told apart from a lease that passed on."""

from __future__ import annotations

import asyncio
from collections import deque

from querencia.messages.writers.llm.desk import Desk
from querencia.messages.writers.llm.ports import Claim, Reservation, Settlement
from querencia.messages.writers.llm.work import Usage


class LeaseLostError(Exception):
    """The work at hand is another worker's by now."""


class Purse:
    """Reserves and settles. When money is `short`, calls wait for what those under way give back.

    A call reserves the most that it may cost, and gives most of it back. So a refusal of the ledger's is the end of the
    budget (`empty`) only when none of this worker's own calls is under way.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[int, int] = {}
        self._asking = 0
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self.short = False
        self.empty = False

    async def reserve(self, claim: Claim, cost: int) -> int | None:
        """Return an attempt's number, or None where the budget does not allow the call now.

        Raises LeaseLostError where the work is no longer this worker's.
        """
        if self.empty:
            return None
        self._asking += 1
        asked = self._desk.reserve(Reservation(claim=claim, cost=cost))
        try:
            attempt = await asyncio.shield(asked)
        except asyncio.CancelledError:
            asked.add_done_callback(self._drop)
            raise
        finally:
            self._asking -= 1
        if attempt is None:
            if not await self._desk.renew([claim]):
                raise LeaseLostError
            self.short = True
            return None
        self._open[attempt] = cost
        if self.short:
            self._wake()
        return attempt

    async def wait(self) -> bool:
        """Wait until a call under way gave money back; False where none is: the budget is spent."""
        if self.empty or not (self._open or self._asking):
            self.empty = True
            self._wake(everyone=True)
            return False
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn

    async def settle(self, settlement: Settlement) -> None:
        """Settle a call."""
        settled = self._desk.settle(settlement)
        settled.add_done_callback(lambda _: self._give_back(settlement.attempt))
        await settled

    def settled(self, settlement: Settlement) -> None:
        """Say that the ledger has settled a call together with its text."""
        self._give_back(settlement.attempt)

    def abandon(self, attempt: int) -> None:
        """Settle a call that is not waited for: the server may bill it, so it counts as the most it may cost."""
        lost = Settlement(
            attempt=attempt,
            outcome="lost",
            usage=Usage(),
            cost=self._open.get(attempt, 0),
            seconds=0.0,
            detail="stopped",
        )
        settled = self._desk.settle(lost)
        settled.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._give_back(attempt)

    def forgo(self, attempt: int) -> None:
        """Settle a call that was never made: it cost nothing."""
        self._open[attempt] = 0
        self.abandon(attempt)

    def enough(self) -> None:
        """Say that no call waits for money any more: there may be some again."""
        self.short = False

    def _drop(self, done: asyncio.Future[int | None]) -> None:
        """Settle a reservation that was granted to a call that nobody makes any more: it cost nothing."""
        if done.cancelled() or done.exception() is not None:
            return
        attempt = done.result()
        if attempt is not None:
            self.forgo(attempt)

    def _give_back(self, attempt: int) -> None:
        self._open.pop(attempt, None)
        self._wake(everyone=not self._open)

    def _wake(self, *, everyone: bool = False) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(not self.empty)
                if not everyone:
                    return
