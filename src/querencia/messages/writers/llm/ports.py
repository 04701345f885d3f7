"""What the writer needs of the world, as small Protocols: a model to ask, judges, and a ledger to keep all in.

The ledger's methods are synchronous and called from one thread of each worker; `reserve`, `settle` and `complete` take
many at once, so that one transaction serves many calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Answer, Question, Usage, Work

Outcome = Literal["accepted", "rejected", "refused", "trouble", "lost"]
State = Literal["pending", "leased", "written", "fallback"]


class Asker(Protocol):
    """Asks a model, once, over the network. Bound to the event loop that it was entered in."""

    async def ask(self, question: Question) -> Answer:
        """Return the answer. Raises CallTroubleError, CallRefusedError or ModelAccessError; retries nothing itself."""
        ...


class Scribe(Protocol):
    """Knows what to ask for a work, and whether a reply will do."""

    def question(self, work: Work) -> Question:
        """Return what is asked first."""
        ...

    def judge(self, work: Work, text: str) -> tuple[Reply | None, str]:
        """Return the reply in `text` and an empty complaint, or None and what is wrong, in words for the model.

        The complaint holds nothing of a customer that the prompt did not hold.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Commission:
    """One project's texts of one state of its data, and the money they may cost. `id` is a hash; a run that is started
    again, or on another machine, has the same."""

    id: str
    project: str
    budget: int  # nano-dollars; -1: no limit


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A work that is leased to one worker; a later lease of the same work has a higher `fence`."""

    work: Work
    fence: int


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """One call about to be made: `cost` (nano-dollars) is the most it may cost."""

    claim: Claim
    cost: int


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """One call that ended. `cost` is what it did cost; `detail` says why it failed, without any customer's datum."""

    attempt: int
    outcome: Outcome
    usage: Usage
    cost: int
    seconds: float
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A work that is done: its reply, or (`reply` None) the reason why the offline writer takes over.

    `final`: the same question would fail again, so that later runs do not ask it. `settlement` is the last call's,
    where it is to change in the same transaction: it counts also where the text is not stored.
    """

    claim: Claim
    reply: Reply | None
    reason: str = ""
    final: bool = True
    settlement: Settlement | None = None


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Where a commission stands. Money in nano-dollars; `reserved` is what calls under way (or lost) may cost.

    `elsewhere` are those of the leased works that whoever tells of it does not hold itself, where that is known.
    """

    pending: int
    leased: int
    written: int
    fallback: int
    calls: int
    input_tokens: int
    output_tokens: int
    spent: int
    reserved: int
    elsewhere: int = 0


class Ledger(Protocol):
    """Keeps works, leases, attempts, texts and money. Killed at any moment, nothing is lost or counted twice."""

    def open(self, commission: Commission) -> None:
        """Begin or go on with a commission; its budget becomes this one."""
        ...

    def enqueue(self, commission: str, works: Iterable[Work]) -> int:
        """Add works to a commission; those of a known key are shared, not doubled. Return how many are unfinished.

        Works that fell back for a passing reason (`final` False) are pending again.
        """
        ...

    def claim(self, commission: str, *, worker: str, limit: int, seconds: float) -> list[Claim]:
        """Lease up to `limit` works that are pending, or whose lease is over, in their order."""
        ...

    def renew(self, claims: Sequence[Claim], *, seconds: float) -> list[Claim]:
        """Lengthen the leases that still stand, and return them."""
        ...

    def reserve(self, commission: str, reservations: Sequence[Reservation]) -> list[int | None]:
        """Return an attempt's number for each call that the budget and the lease allow, None where not."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Turn reserved money into spent money, once for each attempt."""
        ...

    def complete(self, completions: Sequence[Completion]) -> list[bool]:
        """Store each text once; False where the lease had passed to another, and nothing was stored."""
        ...

    def release(self, claims: Sequence[Claim]) -> None:
        """Give works back unfinished, for others to claim."""
        ...

    def tally(self, commission: str) -> Tally:
        """Return where the commission stands."""
        ...

    def texts(self, keys: Sequence[str]) -> Mapping[str, Reply | str]:
        """Return what each finished key has: its reply, or why there is none. Unfinished keys are left out."""
        ...


@dataclass(frozen=True, kw_only=True)
class BatchCall:
    """One work's call in a batch: the `attempt` that its money is reserved by, and how the work had come there."""

    work: Work
    attempt: int
    course: Course


@dataclass(frozen=True, kw_only=True)
class KeptBatch:
    """A batch whose calls are not all done with. `id` is the server's, "" where none was kept: submitting it again,
    as the same `asking`, finds it at the server if it is there."""

    number: int
    id: str
    asking: str
    calls: tuple[BatchCall, ...]


class BatchBook(Protocol):
    """Remembers which works stand in which batch, so that whoever claims them next goes on with it.

    A work stands in one batch at most, and in none once its text is stored.
    """

    def prepare_batch(
        self, commission: str, calls: Sequence[tuple[Reservation, Course]]
    ) -> tuple[KeptBatch | None, list[int | None]]:
        """Reserve as `reserve` does, and keep the calls that were allowed as a batch, all at once; None: none was."""
        ...

    def name_batch(self, batch: int, name: str) -> None:
        """Keep the id that the server gave."""
        ...

    def batches(self, works: Sequence[Work]) -> list[KeptBatch]:
        """Return the batches that some of `works` stand in, each with the calls of these alone, in their order."""
        ...

    def whole_batch(self, batch: int) -> KeptBatch | None:
        """Return a batch with all of its calls, in their order; None where it has none left."""
        ...

    def forget_calls(self, works: Sequence[Work]) -> None:
        """Let works stand in no batch: they are asked for anew."""
        ...


class BatchLedger(Ledger, BatchBook, Protocol):
    """A ledger that keeps batches as well."""
