"""One work from claim to end: ask, judge, let the model mend, and try again what may yet succeed."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from opentelemetry.trace import Span

from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.desk import Desk
from querencia.messages.writers.llm.failures import CallError, CallRefusedError, CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.pace import Pace
from querencia.messages.writers.llm.ports import Asker, Claim, Completion, Outcome, Scribe, Settlement
from querencia.messages.writers.llm.prices import Prices, likely_tokens
from querencia.messages.writers.llm.purse import Purse
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.tracing import call_span, tell_outcome, tell_usage, work_span
from querencia.messages.writers.llm.work import Answer, Question, Turn, Usage

MAYBE_BILLED = frozenset({"timeout", "cut_off"})  # the server may have written, and billed, what never arrived
CANNOT_BE_ASKED = "not_accepted"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one work is tried. Delays are full jitter (Brooker 2015): anything up to `first` doubled at each try."""

    repairs: int = 2
    tries: int = 8  # calls in trouble, 429s aside
    seconds: float = 600.0  # from a work's first trouble to giving it up
    first: float = 1.0
    longest: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, for whoever counts: a call that ended, or a work. `cost` in nano-dollars."""

    kind: Literal["call", "written", "fallback", "lost"]
    outcome: str
    usage: Usage = field(default_factory=Usage)
    cost: int = 0


@dataclass(frozen=True, kw_only=True)
class Bench:
    """All that the errands of one worker share."""

    desk: Desk
    purse: Purse
    asker: Asker
    scribe: Scribe
    pace: Pace
    prices: Prices
    patience: Patience
    on_event: Callable[[Event], None]


class BudgetReachedError(Exception):
    """No call is under way that could give money back, and what is left does not pay the next one."""


def fall_back(claim: Claim, error: CallError | None) -> Completion:
    """Return the end of a work that the offline writer takes over: its last call failed (None: was never mended)."""
    if error is None:
        return Completion(claim=claim, reply=None, reason="rejected", final=True)
    kind = error.kind if isinstance(error, (CallTroubleError, CallRefusedError)) else "trouble"
    final = isinstance(error, CallRefusedError) and error.kind != CANNOT_BE_ASKED
    return Completion(claim=claim, reply=None, reason=kind, final=final)


class Errand:
    """One claimed work."""

    def __init__(self, claim: Claim, bench: Bench) -> None:
        self.claim, self._bench = claim, bench
        self.ending = False  # its text is on the way to the ledger: too late to stop it
        self._troubles = 0
        self._limits = 0
        self._gives_up_at = float("inf")

    async def run(self) -> tuple[bool, str]:
        """Do the work; return whether its text was written, and how it ended.

        Raises BudgetReachedError and LeaseLostError with the work unfinished, ModelAccessError, the ledger's errors.
        """
        with work_span(self.claim.work) as span:
            completion = await self._complete()
            self.ending = True
            stored = await self._bench.desk.complete(completion)
            if completion.settlement is not None:
                self._bench.purse.settled(completion.settlement)
                self._tell(completion.settlement)
            outcome = "lost" if not stored else completion.reason or "accepted"
            tell_outcome(span, outcome, failed=completion.reply is None)
        written = stored and completion.reply is not None
        kind: Literal["written", "fallback", "lost"] = "lost" if not stored else "written" if written else "fallback"
        self._bench.on_event(Event(kind=kind, outcome=outcome))
        log.info("work %.12s: %s (%s)", self.claim.work.key, kind, outcome)
        return written, outcome

    async def _complete(self) -> Completion:
        first, course = self._bench.scribe.question(self.claim.work), Course()
        while True:
            on: Course | None
            failure: CallRefusedError | None = None
            try:
                reply, answer, complaint, settlement = await self._call(course.question(first))
            except CallTroubleError as error:
                if not self._may_try_again(error):
                    return fall_back(self.claim, error)
                await asyncio.sleep(self._delay(error))
                continue
            except CallRefusedError as error:
                failure, on = error, course.after_refusal(error.kind)
            else:
                if reply is not None:
                    return Completion(claim=self.claim, reply=reply, settlement=settlement)
                turn = Turn(reply=answer.text, complaint=complaint)
                on = course.after_rejection(turn, repairs=self._bench.patience.repairs)
            if on is None:
                return fall_back(self.claim, failure)
            course = on

    async def _call(self, question: Question) -> tuple[Reply | None, Answer, str, Settlement]:
        """Ask once, when pace and budget allow; return the reply, or None with what is wrong, beside the answer.

        A call whose reply will do is not settled here: that is one thing with storing the text.
        """
        bench = self._bench
        cost = bench.prices.most(question)
        tokens = likely_tokens(question) + question.max_tokens
        # Reserved before its turn comes, so that no place of the width waits for the ledger.
        while (attempt := await bench.purse.reserve(self.claim, cost)) is None:
            if not await bench.purse.wait():
                raise BudgetReachedError
        begun = False
        try:
            async with bench.pace.turn(tokens):
                begun = True
                with call_span(self.claim.work, question) as span:
                    answer = await self._ask(question, attempt, cost, span)
        finally:
            if not begun:
                bench.purse.forgo(attempt)
        reply, complaint = bench.scribe.judge(self.claim.work, answer.text)
        settlement = Settlement(
            attempt=attempt,
            outcome="rejected" if reply is None else "accepted",
            usage=answer.usage,
            cost=bench.prices.of(answer.usage),
            seconds=answer.seconds,
        )
        if reply is None:
            await bench.purse.settle(settlement)
            self._tell(settlement)
        return reply, answer, complaint, settlement

    async def _ask(self, question: Question, attempt: int, cost: int, span: Span) -> Answer:
        bench, loop = self._bench, asyncio.get_running_loop()
        begun = loop.time()
        try:
            answer = await bench.asker.ask(question)
        except ModelAccessError:
            await self._settle(attempt, "refused", Usage(), loop.time() - begun, detail="no access")
            raise
        except CallTroubleError as error:
            self._feel(error)
            tell_outcome(span, error.kind, failed=True)
            unknown = error.kind in MAYBE_BILLED and error.usage == Usage()
            full = cost if unknown else None
            await self._settle(attempt, "trouble", error.usage, loop.time() - begun, detail=error.kind, cost=full)
            raise
        except CallRefusedError as error:
            bench.pace.answered()
            tell_outcome(span, error.kind, failed=True)
            await self._settle(attempt, "refused", error.usage, loop.time() - begun, detail=error.kind)
            raise
        except BaseException:
            bench.purse.abandon(attempt)
            raise
        bench.pace.answered()
        span.set_attribute("gen_ai.response.model", answer.model)
        tell_usage(span, answer.usage)
        tell_outcome(span, "answered")
        return answer

    async def _settle(
        self, attempt: int, outcome: Outcome, usage: Usage, seconds: float, *, detail: str = "", cost: int | None = None
    ) -> None:
        spent = self._bench.prices.of(usage) if cost is None else cost
        settlement = Settlement(
            attempt=attempt, outcome=outcome, usage=usage, cost=spent, seconds=seconds, detail=detail
        )
        await self._bench.purse.settle(settlement)
        self._tell(settlement)

    def _tell(self, settlement: Settlement) -> None:
        outcome = settlement.detail or settlement.outcome
        self._bench.on_event(Event(kind="call", outcome=outcome, usage=settlement.usage, cost=settlement.cost))

    def _feel(self, error: CallTroubleError) -> None:
        if error.kind == "rate_limited":
            self._bench.pace.limited(error.retry_after)
        elif error.kind == "timeout":
            self._bench.pace.slow()

    def _may_try_again(self, error: CallTroubleError) -> bool:
        now = asyncio.get_running_loop().time()
        self._gives_up_at = min(self._gives_up_at, now + self._bench.patience.seconds)
        if error.kind == "rate_limited":
            self._limits += 1
        else:
            self._troubles += 1
        return self._troubles < self._bench.patience.tries and now < self._gives_up_at

    def _delay(self, error: CallTroubleError) -> float:
        patience = self._bench.patience
        doubled = patience.first * 2 ** min(self._troubles + self._limits - 1, 30)
        jitter = random.uniform(0, min(patience.longest, doubled))
        if error.retry_after is None:
            return jitter
        # All were told the same moment: they come back one after the other, and none before it.
        return min(error.retry_after, patience.seconds) + min(jitter, patience.first)
