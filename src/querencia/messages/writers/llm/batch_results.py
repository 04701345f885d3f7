"""What follows from each result of a batch: money to settle, a text or its fallback, or another asking."""

from __future__ import annotations

from dataclasses import dataclass

from querencia.messages.writers.llm.azure_batch import Result, Standing
from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.errand import fall_back
from querencia.messages.writers.llm.failures import CallRefusedError, CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.ports import BatchCall, Claim, Completion, Outcome, Scribe, Settlement
from querencia.messages.writers.llm.prices import Prices
from querencia.messages.writers.llm.work import Answer, Turn, Usage

GONE = Standing(done=True, status="gone")  # of a batch whose answers the server does not have any more


@dataclass(frozen=True, kw_only=True)
class Batching:
    """How a worker asks by batches: of `size` works at most, so many `under_way` at once.

    Times in seconds. A work is mended `repairs` times, and asked `tries` times amid trouble. Where the server cannot be
    spoken to, or its queue is full, it is tried `patience` times with growing pauses.
    """

    size: int = 10_000
    under_way: int = 10
    lease: float = 120.0
    first_look: float = 1.0
    longest_look: float = 60.0
    repairs: int = 2
    tries: int = 3
    patience: int = 12


@dataclass(frozen=True, kw_only=True)
class Followed:
    """One call that ended, and its work: done (`completion`), asked again (`course`), or (neither) not to be asked
    as things stand (`no_access`)."""

    claim: Claim
    settlement: Settlement
    completion: Completion | None = None
    course: Course | None = None
    no_access: ModelAccessError | None = None


@dataclass(frozen=True, kw_only=True)
class Follower:
    """Knows what follows from a result."""

    scribe: Scribe
    prices: Prices
    batching: Batching

    def follow(self, claim: Claim, call: BatchCall, result: Result, standing: Standing) -> Followed:
        """Return what follows from a call's result in a batch that stands (is done) so."""
        if isinstance(result, Answer):
            return self._answered(claim, call, result)
        if isinstance(result, ModelAccessError):
            settlement = _settlement(call, "refused", detail="no access")
            return Followed(claim=claim, settlement=settlement, no_access=result)
        course: Course | None
        cost = self.prices.of(result.usage)
        if isinstance(result, CallRefusedError):
            settlement = _settlement(call, "refused", usage=result.usage, cost=cost, detail=result.kind)
            course = call.course.after_refusal(result.kind)
        else:
            kind = result.kind if isinstance(result, CallTroubleError) else "server"
            if result.usage == Usage() and (standing is GONE or (standing.status == "completed" and kind == "cut_off")):
                # It was answered, and billed, and the answer is lost.
                cost = self.prices.most(call.course.question(self.scribe.question(claim.work)))
            settlement = _settlement(call, "trouble", usage=result.usage, cost=cost, detail=kind)
            # The server never began a batch that failed as a whole: its queue was full.
            course = (
                call.course if standing.status == "failed" else call.course.after_trouble(tries=self.batching.tries)
            )
        if course is not None:
            return Followed(claim=claim, settlement=settlement, course=course)
        return Followed(claim=claim, settlement=settlement, completion=fall_back(claim, result))

    def _answered(self, claim: Claim, call: BatchCall, answer: Answer) -> Followed:
        reply, complaint = self.scribe.judge(claim.work, answer.text)
        outcome: Outcome = "rejected" if reply is None else "accepted"
        settlement = _settlement(call, outcome, usage=answer.usage, cost=self.prices.of(answer.usage))
        if reply is not None:
            completion = Completion(claim=claim, reply=reply)
            return Followed(claim=claim, settlement=settlement, completion=completion)
        turn = Turn(reply=answer.text, complaint=complaint)
        course = call.course.after_rejection(turn, repairs=self.batching.repairs)
        if course is not None:
            return Followed(claim=claim, settlement=settlement, course=course)
        return Followed(claim=claim, settlement=settlement, completion=fall_back(claim, None))


def not_asked(call: BatchCall) -> Settlement:
    """Return the settlement of a call that was never made: it cost nothing."""
    return _settlement(call, "refused", detail="no access")


def _settlement(
    call: BatchCall, outcome: Outcome, *, usage: Usage | None = None, cost: int = 0, detail: str = ""
) -> Settlement:
    return Settlement(
        attempt=call.attempt, outcome=outcome, usage=usage or Usage(), cost=cost, seconds=0.0, detail=detail
    )
