"""A Ledger in memory, with the rules of the real one: the oracle that workers are tried on, and what it was told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from querencia.messages.writers.llm.ports import Claim, Commission, Completion, Reservation, Settlement, Tally
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Work


@dataclass
class Job:
    """One work and its state."""

    work: Work
    state: str = "pending"
    fence: int = 0
    until: float = 0.0
    text: Reply | str = ""
    final: bool = True
    stored: int = 0


@dataclass
class Attempt:
    """One call that was reserved."""

    key: str
    fence: int
    cost: int
    settlement: Settlement | None = None


class MemoryLedger:
    """One commission's works. `clock` in seconds; `peak` is the most that was ever spent and reserved."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.budget = -1
        self.jobs: dict[str, Job] = {}
        self.attempts: list[Attempt] = []
        self.peak = 0
        self.threads: set[str] = set()
        self.transactions = 0

    def open(self, commission: Commission) -> None:
        self.budget = commission.budget

    def enqueue(self, commission: str, works: Iterable[Work]) -> int:
        for work in works:
            job = self.jobs.setdefault(work.key, Job(work=work))
            if job.state == "fallback" and not job.final:
                job.state = "pending"
        return sum(job.state in {"pending", "leased"} for job in self.jobs.values())

    def claim(self, commission: str, *, worker: str, limit: int, seconds: float) -> list[Claim]:
        claims = []
        with self._begin():
            now = self._clock()
            free = [
                job
                for job in self.jobs.values()
                if job.state == "pending" or (job.state == "leased" and job.until < now)
            ]
            for job in sorted(free, key=lambda job: job.work.position)[:limit]:
                job.state, job.until, job.fence = "leased", now + seconds, job.fence + 1
                claims.append(Claim(work=job.work, fence=job.fence))
        return claims

    def renew(self, claims: Sequence[Claim], *, seconds: float) -> list[Claim]:
        with self._begin():
            standing = [claim for claim in claims if self._stands(claim)]
            for claim in standing:
                self.jobs[claim.work.key].until = self._clock() + seconds
        return standing

    def reserve(self, commission: str, reservations: Sequence[Reservation]) -> list[int | None]:
        numbers: list[int | None] = []
        with self._begin():
            for reservation in reservations:
                taken = self._spent() + self._reserved() + reservation.cost
                if not self._stands(reservation.claim) or -1 < self.budget < taken:
                    numbers.append(None)
                    continue
                self.peak = max(self.peak, taken)
                claim = reservation.claim
                self.attempts.append(Attempt(key=claim.work.key, fence=claim.fence, cost=reservation.cost))
                numbers.append(len(self.attempts) - 1)
        return numbers

    def settle(self, settlements: Sequence[Settlement]) -> None:
        with self._begin():
            for settlement in settlements:
                attempt = self.attempts[settlement.attempt]
                attempt.settlement = attempt.settlement or settlement
            self.peak = max(self.peak, self._spent() + self._reserved())

    def complete(self, completions: Sequence[Completion]) -> list[bool]:
        self.settle([one.settlement for one in completions if one.settlement is not None])
        with self._begin():
            stored = [self._stands(completion.claim) for completion in completions]
            for completion, stands in zip(completions, stored, strict=True):
                job = self.jobs[completion.claim.work.key]
                if stands:
                    job.state = "written" if completion.reply else "fallback"
                    job.text = completion.reply or completion.reason
                    job.final = completion.final
                    job.stored += 1
        return stored

    def release(self, claims: Sequence[Claim]) -> None:
        with self._begin():
            for claim in claims:
                if self._stands(claim):
                    self.jobs[claim.work.key].state = "pending"

    def tally(self, commission: str) -> Tally:
        states = [job.state for job in self.jobs.values()]
        settled = [attempt.settlement for attempt in self.attempts if attempt.settlement]
        return Tally(
            pending=states.count("pending"),
            leased=states.count("leased"),
            written=states.count("written"),
            fallback=states.count("fallback"),
            calls=len(self.attempts),
            input_tokens=sum(settlement.usage.input for settlement in settled),
            output_tokens=sum(settlement.usage.output for settlement in settled),
            spent=self._spent(),
            reserved=self._reserved(),
        )

    def texts(self, keys: Sequence[str]) -> Mapping[str, Reply | str]:
        return {key: self.jobs[key].text for key in keys if self.jobs[key].state in {"written", "fallback"}}

    def _begin(self) -> threading.Lock:
        self.threads.add(threading.current_thread().name)
        self.transactions += 1
        return self._lock

    def _stands(self, claim: Claim) -> bool:
        job = self.jobs[claim.work.key]
        return job.state == "leased" and job.fence == claim.fence

    def _spent(self) -> int:
        return sum(attempt.settlement.cost for attempt in self.attempts if attempt.settlement)

    def _reserved(self) -> int:
        return sum(attempt.cost for attempt in self.attempts if attempt.settlement is None)
