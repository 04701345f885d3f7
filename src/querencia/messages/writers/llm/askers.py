"""Several askers as one: a pool of connections looks through all of them at each call, so small pools are cheaper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from querencia.messages.writers.llm.ports import Asker
from querencia.messages.writers.llm.work import Answer, Question

CALLS_EACH = 8


class SeveralAskers:
    """Gives each call to the first asker that has room: few calls use few connections."""

    def __init__(self, askers: Sequence[Asker]) -> None:
        self._askers = askers
        self._under_way = [0] * len(askers)

    @property
    def under_way(self) -> int:
        """How many calls are under way."""
        return sum(self._under_way)

    async def ask(self, question: Question) -> Answer:
        """Return the answer of one of the askers; raises what it raises."""
        free = next((place for place, calls in enumerate(self._under_way) if calls < CALLS_EACH), None)
        place = self._under_way.index(min(self._under_way)) if free is None else free
        self._under_way[place] += 1
        try:
            return await self._askers[place].ask(question)
        finally:
            self._under_way[place] -= 1


@asynccontextmanager
async def several_askers(
    open_asker: Callable[[], AbstractAsyncContextManager[Asker]], *, concurrency: int
) -> AsyncIterator[SeveralAskers]:
    """Open as many askers as serve so many calls at once."""
    async with AsyncExitStack() as stack:
        count = -(-concurrency // CALLS_EACH)
        yield SeveralAskers([await stack.enter_async_context(open_asker()) for _ in range(count)])
