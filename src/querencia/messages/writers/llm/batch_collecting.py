"""Collecting a batch: each result is judged, paid and stored once, and what is asked again is set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar

from querencia.messages.writers.llm.azure_batch import BatchAsker, Result, Standing
from querencia.messages.writers.llm.batch_results import GONE, Followed, Follower, not_asked
from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.desk import Desk
from querencia.messages.writers.llm.errand import Event
from querencia.messages.writers.llm.failures import CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.ports import BatchCall, BatchLedger, Claim
from querencia.messages.writers.llm.tracing import tell_outcome, work_span
from querencia.messages.writers.llm.work import Question

CHUNK = 500  # results that are judged, settled and stored together
MANY = 5_000  # rows in one transaction
T = TypeVar("T")


def parts(items: Sequence[T]) -> list[Sequence[T]]:
    """Return `items` in as many parts as transactions are made of them."""
    return [items[start : start + MANY] for start in range(0, len(items), MANY)]


@dataclass(kw_only=True, eq=False)
class UnderWay:
    """One batch, and those of its calls whose works this worker holds and has no result of.

    `again` are works of it that are to be asked for once more; `fresh` its questions, until it was tried to submit it.
    """

    number: int
    id: str
    asking: str
    calls: dict[str, BatchCall] = field(default_factory=dict)
    again: list[tuple[Claim, Course]] = field(default_factory=list)
    fresh: dict[str, Question] | None = None


class Held:
    """The works that a worker holds, by key."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self._claims: dict[str, Claim] = {}
        self._on_event = on_event

    def all(self) -> list[Claim]:
        """Return all claims."""
        return list(self._claims.values())

    def get(self, key: str) -> Claim | None:
        """Return the claim of a work, None where it is not held."""
        return self._claims.get(key)

    def holds(self, claim: Claim) -> bool:
        """Say whether this very claim is held."""
        return self._claims.get(claim.work.key) == claim

    def add(self, claims: Sequence[Claim]) -> dict[str, Claim]:
        """Hold claims, and return them by key."""
        by_key = {claim.work.key: claim for claim in claims}
        self._claims |= by_key
        return by_key

    def keep(self, claims: Sequence[Claim], standing: Sequence[Claim]) -> None:
        """Drop those of `claims` whose leases are not among the `standing`: they are another worker's."""
        stand = {(claim.work.key, claim.fence) for claim in standing}
        for claim in claims:
            if (claim.work.key, claim.fence) not in stand and self.holds(claim):
                self.end(claim)
                self._on_event(Event(kind="lost", outcome="lost"))

    def end(self, claim: Claim) -> None:
        """Drop a claim."""
        self._claims.pop(claim.work.key, None)


@dataclass(frozen=True, kw_only=True)
class Collector:
    """Collects batches for one worker."""

    ledger: BatchLedger
    desk: Desk
    asker: BatchAsker
    follower: Follower
    held: Held
    on_event: Callable[[Event], None]

    async def collect(self, batch: UnderWay, standing: Standing) -> None:
        """Judge, settle and store all that came of a batch that is done; what it raises leaves the rest for later.

        Raises CallTroubleError where the server is in trouble, ModelAccessError where it takes no such calls.
        """
        refusals: list[ModelAccessError] = []
        chunk: dict[str, Result] = {}
        try:
            async with aclosing(self.asker.collect(batch.id, list(batch.calls))) as results:
                async for name, result in results:
                    chunk[name] = result
                    if len(chunk) >= CHUNK:
                        refusals += await self._take(batch, chunk, standing)
                        chunk = {}
        except ModelAccessError:
            if standing.status == "failed":
                await self.withdraw(batch)
                raise
            await self.lose(batch)  # the batch is there, and its file is not
            return
        refusals += await self._take(batch, chunk, standing)
        if refusals:
            raise refusals[0]

    async def withdraw(self, batch: UnderWay) -> None:
        """Let a batch that was never worked on cost nothing, and its works be asked for anew."""
        for calls in parts(list(batch.calls.values())):
            await self.desk.do(partial(self.ledger.settle, [not_asked(call) for call in calls]))
        await self.desk.do(partial(self.ledger.forget_calls, [call.work for call in batch.calls.values()]))

    async def lose(self, batch: UnderWay) -> None:
        """Ask again for all of a batch whose answers the server does not have any more: they count as paid."""
        lost = CallTroubleError(f"The answers of batch {batch.id!r} are gone.", kind="cut_off")
        for keys in parts(list(batch.calls)):
            await self._take(batch, dict.fromkeys(keys, lost), GONE)

    async def _take(self, batch: UnderWay, results: Mapping[str, Result], standing: Standing) -> list[ModelAccessError]:
        """Settle and store what follows from results, and return those that let no call through."""
        followed: list[Followed] = []
        for key, result in results.items():
            claim = self.held.get(key)
            if claim is not None:  # else whoever has it now collects it, too
                followed.append(self.follower.follow(claim, batch.calls[key], result, standing))
        await self._pay(followed)
        await self._store(followed)
        barred = [one.claim.work for one in followed if one.no_access is not None]
        if barred:
            await self.desk.do(partial(self.ledger.forget_calls, barred))
        for key in results:
            del batch.calls[key]
        batch.again.extend((one.claim, one.course) for one in followed if one.course is not None)
        return [one.no_access for one in followed if one.no_access is not None]

    async def _pay(self, followed: Sequence[Followed]) -> None:
        settlements = [one.settlement for one in followed]
        if settlements:
            await self.desk.do(partial(self.ledger.settle, settlements))
        for one in settlements:
            self.on_event(Event(kind="call", outcome=one.detail or one.outcome, usage=one.usage, cost=one.cost))

    async def _store(self, followed: Sequence[Followed]) -> None:
        completions = [one.completion for one in followed if one.completion is not None]
        stored = await self.desk.do(partial(self.ledger.complete, completions)) if completions else []
        for completion, its in zip(completions, stored, strict=True):
            self.held.end(completion.claim)
            written: Literal["written", "fallback"] = "fallback" if completion.reply is None else "written"
            outcome = completion.reason or "accepted" if its else "lost"
            with work_span(completion.claim.work) as span:
                tell_outcome(span, outcome, failed=completion.reply is None)
            self.on_event(Event(kind=written if its else "lost", outcome=outcome))
