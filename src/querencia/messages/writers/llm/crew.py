"""Several workers as processes of one machine: each with its own event loop, ledger and connections.

None is needed by another. The parent only watches: a worker that is killed leaves leases that run out, and the others
do its works; what the parent knows comes from the ledger, as it does for workers on other machines.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from querencia.errors import InputError, QuerenciaError, StoreError, WorkError
from querencia.messages.writers.llm.askers import several_askers
from querencia.messages.writers.llm.failures import ModelAccessError
from querencia.messages.writers.llm.pace import Pace
from querencia.messages.writers.llm.ports import Asker, Commission, Ledger, Scribe, Tally
from querencia.messages.writers.llm.prices import Prices
from querencia.messages.writers.llm.worker import Ended, Shift, Shifts, work_off

STOPPING_SECONDS = 20.0  # to give works back; after it a process is killed, and its leases run out
ERRORS: dict[str, type[QuerenciaError]] = {
    kind.__name__: kind for kind in (ModelAccessError, InputError, StoreError, WorkError)
}
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class WorkerPlan:
    """What a worker needs, in a form that another process can be given (it is pickled).

    `ledger` and `asker` open a worker's own: functions that a module holds, or `functools.partial` of them. Limits
    (per minute, 0: unknown) and `concurrency` are the whole crew's.
    """

    commission: Commission
    ledger: Callable[[], AbstractContextManager[Ledger]]
    asker: Callable[[], AbstractAsyncContextManager[Asker]]
    scribe: Scribe
    prices: Prices
    concurrency: int = 64
    requests_per_minute: float = 0
    tokens_per_minute: float = 0
    shifts: Shifts = field(default_factory=Shifts)
    prepare: Callable[[], Any] | None = None  # called once in each worker process: logging, tracing

    def shared_by(self, workers: int) -> WorkerPlan:
        """Return the plan of one of so many workers."""
        return replace(
            self,
            concurrency=max(1, -(-self.concurrency // workers)),
            requests_per_minute=self.requests_per_minute / workers,
            tokens_per_minute=self.tokens_per_minute / workers,
        )


@dataclass(frozen=True, kw_only=True)
class Crew:
    """What became of the workers: the shifts of those that ended well, and how many were killed or failed."""

    ended: Ended
    shifts: tuple[Shift, ...]
    died: int = 0


def work_in_crew(
    plan: WorkerPlan,
    *,
    workers: int = 1,
    name: str = "worker",
    on_tally: Callable[[Tally], None] | None = None,
    every: float = 1.0,
) -> Crew:
    """Work off the plan's commission by so many processes (1: in this one) and return how that ended.

    `on_tally` is told where the commission stands, about `every` so many seconds. `name` tells this crew's workers from
    those of other machines. Raises ModelAccessError, StoreError or another WorkError where no worker could go on.
    """
    if workers == 1:
        shift = work_here(plan, name=f"{name}-1", on_tally=on_tally, every=every)
        return Crew(ended=shift.ended, shifts=(shift,))
    context = multiprocessing.get_context("spawn")
    share = plan.shared_by(workers)
    team = [_Member.start(context, share, f"{name}-{number}") for number in range(1, workers + 1)]
    try:
        _watch(plan, team, on_tally, every)
    finally:
        _stop(team)
    return _sum_up(team)


def work_here(
    plan: WorkerPlan, *, name: str, on_tally: Callable[[Tally], None] | None = None, every: float = 1.0
) -> Shift:
    """Work off the plan's commission in this process, in an event loop of its own."""
    with plan.ledger() as ledger:
        return asyncio.run(_work(plan, ledger, name, on_tally, every))


async def _work(
    plan: WorkerPlan, ledger: Ledger, name: str, on_tally: Callable[[Tally], None] | None, every: float
) -> Shift:
    _stop_when_told()
    pace = Pace(
        requests_per_minute=plan.requests_per_minute,
        tokens_per_minute=plan.tokens_per_minute,
        concurrency=plan.concurrency,
    )
    async with several_askers(plan.asker, concurrency=plan.concurrency) as asker:
        gc.freeze()  # libraries fill the heap by now: the collector need not walk through them again and again
        try:
            return await work_off(
                plan.commission,
                ledger=ledger,
                asker=asker,
                scribe=plan.scribe,
                pace=pace,
                prices=plan.prices,
                worker_id=name,
                shifts=plan.shifts,
                on_tally=on_tally,
                tally_seconds=every,
            )
        finally:
            gc.unfreeze()


def _stop_when_told() -> None:
    """In a worker process, take SIGTERM and the parent's death as a wish to stop: works are given back."""
    parent, task = multiprocessing.parent_process(), asyncio.current_task()
    if parent is None or task is None or threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows: such a process ends at once, and its leases run out
        loop.add_signal_handler(signal.SIGTERM, task.cancel)

    def see_parent_off() -> None:
        parent.join()
        with suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(task.cancel)

    threading.Thread(target=see_parent_off, daemon=True).start()


@dataclass(kw_only=True)
class _Member:
    """One worker process, and what it sent before it ended: its shift, or an error's name and message."""

    process: BaseProcess
    pipe: Connection
    result: Shift | tuple[str, str] | None = None

    @classmethod
    def start(cls, context: Any, plan: WorkerPlan, name: str) -> _Member:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_serve, args=(plan, name, theirs), name=name, daemon=True)
        process.start()
        theirs.close()
        return cls(process=process, pipe=ours)

    def listen(self) -> None:
        """Take what the process sent, if it did."""
        with suppress(EOFError, OSError):
            if self.result is None and self.pipe.poll():
                self.result = self.pipe.recv()

    @property
    def without_access(self) -> bool:
        """Whether the server took no call of this worker's: it takes none of the others' either."""
        return isinstance(self.result, tuple) and self.result[0] == ModelAccessError.__name__


def _serve(plan: WorkerPlan, name: str, pipe: Connection) -> None:
    if plan.prepare is not None:
        plan.prepare()
    result: Shift | tuple[str, str]
    try:
        result = work_here(plan, name=name)
    except QuerenciaError as error:
        kind = next(known for known, cls in ERRORS.items() if isinstance(error, cls))
        result = (kind, str(error))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return
    pipe.send(result)
    pipe.close()


def _watch(plan: WorkerPlan, team: Sequence[_Member], on_tally: Callable[[Tally], None] | None, every: float) -> None:
    with plan.ledger() as ledger:
        working = list(team)
        while working:
            wait([member.process.sentinel for member in working], timeout=every)
            for member in working:
                member.listen()
                if not member.process.is_alive():
                    member.listen()
                    member.process.join()
                    if member.result is None:
                        log.warning("%s died (exit code %s)", member.process.name, member.process.exitcode)
            if any(member.without_access for member in working):
                return
            working = [member for member in working if member.process.is_alive()]
            if on_tally is not None:
                on_tally(ledger.tally(plan.commission.id))


def _stop(team: Sequence[_Member]) -> None:
    """End what still runs: asked first, so that works are given back, then by force."""
    for member in team:
        if member.process.is_alive():
            member.process.terminate()
    for member in team:
        member.process.join(STOPPING_SECONDS)
        if member.process.is_alive():
            member.process.kill()
            member.process.join()
        member.pipe.close()


def _sum_up(team: Sequence[_Member]) -> Crew:
    shifts = tuple(member.result for member in team if isinstance(member.result, Shift))
    errors = [member.result for member in team if isinstance(member.result, tuple)]
    fatal = [error for error in errors if error[0] == ModelAccessError.__name__]
    if fatal or (errors and not shifts):
        kind, message = (fatal or errors)[0]
        raise ERRORS[kind](message)
    if not shifts:
        codes = ", ".join(str(member.process.exitcode) for member in team)
        raise WorkError(
            f"All {len(team)} worker processes died (exit codes {codes}): the system may have been out of memory. "
            "Nothing stored is lost; run it again, with fewer workers if it repeats."
        )
    ends = {shift.ended for shift in shifts}
    ended: Ended = "finished" if "finished" in ends else "budget" if "budget" in ends else "trouble"
    return Crew(ended=ended, shifts=shifts, died=len(team) - len(shifts))
