"""Asking a model, as part of the fourth step: texts are planned from briefs, asked for, and kept in the store."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest
from itertools import islice
from typing import Protocol

from pydantic_core import to_jsonable_python

from querencia.language.notes import Note
from querencia.messages.brief import Brief
from querencia.messages.briefs import Recipient
from querencia.messages.cell_plan import CellPlan, plan_cells
from querencia.messages.presentable import presentable
from querencia.messages.writers.llm.crew import WorkerPlan, work_in_crew
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.ports import Commission, Tally
from querencia.messages.writers.llm.prices import NANO, Prices, estimate, prices_of
from querencia.messages.writers.llm.scribe import ModelScribe
from querencia.messages.writers.llm.standing import Standing
from querencia.messages.writers.llm.tracing import start_tracing
from querencia.messages.writers.llm.work import Work
from querencia.messages.writers.llm.worker import HOPELESS, Ended
from querencia.messages.writers.llm.works import cell_work, individual_work
from querencia.messages.writers.llm.writer import LlmWriter
from querencia.pipeline.plan import Generation, Plan
from querencia.pipeline.progress import Progress, Task
from querencia.pipeline.results import Generated
from querencia.pipeline.workers import dead_workers, own_name
from querencia.store.ledger import SqlLedger, open_ledger

SAMPLED = 200  # works that the estimate is made from
Recipients = Callable[[], Iterator[Recipient]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A model's texts, ready to be filled: the writer that does it, and what asking for them came to."""

    writer: LlmWriter
    generated: Generated
    notes: tuple[Note, ...]


@contextmanager
def asking(plan: Plan, generation: Generation, recipients: Recipients, *, progress: Progress) -> Iterator[Asked]:
    """Ask for every text that the recipients need and the store does not have, and give the writer that fills them.

    `recipients` starts the stream of recipients anew each time it is called. Raises ModelAccessError where the server
    takes no call of ours, StoreError where the store cannot be used; what was written until then is kept.
    """
    prices = _prices(generation)
    with progress.task("Planning texts"):
        commission = Commission(
            id=commission_id(plan, generation),
            project=plan.name,
            budget=round(generation.budget_usd * NANO),
        )
        texts = _plan_texts(plan, generation, recipients)
    with open_ledger(generation.store_url, folder=plan.folder) as ledger:
        ledger.open(commission)
        if dead := dead_workers(ledger.holders(commission.id)):
            ledger.release_workers(commission.id, dead)
        unfinished = _enqueue(ledger, commission, texts)
        stopped = ""
        if unfinished:
            progress.say(_announce(plan, generation, texts, unfinished, prices))
            work_off = _work_off_in_batches if generation.batch else _work_off
            ended = work_off(plan, generation, commission, prices, progress)
            stopped = "" if ended == "finished" else ended
        tally = ledger.tally(commission.id)
        reasons = dict(ledger.reasons(commission.id))
        yield Asked(
            writer=LlmWriter(key_of=texts.key_of, texts=ledger.texts),
            generated=_sum_up(generation, tally, reasons, stopped),
            notes=_notes(generation, tally, reasons, stopped),
        )


def require_means(plan: Plan, generation: Generation) -> None:
    """SettingsError where the model has no known price or the store's address is wrong, StoreError where it is away."""
    _prices(generation)
    with open_ledger(generation.store_url, folder=plan.folder):
        pass


class _Texts(Protocol):
    """The texts of one mode: which works there are, and which one serves a brief."""

    def works(self) -> Iterator[Work]:
        """Yield each work once, the first to be written first."""
        ...

    def key_of(self, brief: Brief) -> str | None:
        """Return the key of the work that serves a (presentable) brief; None: it is written to offline."""
        ...


class _CellTexts:
    """One text for each cell of customers."""

    def __init__(self, cells: CellPlan, *, model: str, guidance: Guidance) -> None:
        self._cells = cells
        self._works = [
            cell_work(planned.cell, model=model, guidance=guidance, position=position)
            for position, planned in enumerate(cells.cells())
        ]

    def works(self) -> Iterator[Work]:
        yield from self._works

    def key_of(self, brief: Brief) -> str | None:
        return self._works[self._cells.place_of(brief)].key


class _IndividualTexts:
    """One text for each customer, or for the `top` ones by contact rank."""

    def __init__(self, recipients: Recipients, *, top: int, model: str, guidance: Guidance) -> None:
        self._recipients, self._top, self._model, self._guidance = recipients, top, model, guidance
        self._served: set[str] = set()

    def works(self) -> Iterator[Work]:
        last = max(nsmallest(self._top, (rank for rank, _ in self._ranked())), default=0) if self._top else 0
        for rank, recipient in self._ranked():
            if self._top and rank > last:
                continue
            brief = presentable(recipient.brief)
            if self._top:
                self._served.add(brief.customer_id)
            yield individual_work(brief, model=self._model, guidance=self._guidance, position=rank)

    def _ranked(self) -> Iterator[tuple[int, Recipient]]:
        """Yield those who may be written to, each with a rank: where none is known, their place."""
        for place, recipient in enumerate(self._recipients(), 1):
            if recipient.may_write:
                yield recipient.contact_rank or place, recipient

    def key_of(self, brief: Brief) -> str | None:
        if self._top and brief.customer_id not in self._served:
            return None
        return individual_work(brief, model=self._model, guidance=self._guidance).key


def _plan_texts(plan: Plan, generation: Generation, recipients: Recipients) -> _Texts:
    guidance = guidance_of(plan, generation)
    model = generation.connection.model
    if generation.mode == "individual":
        return _IndividualTexts(recipients, top=generation.top, model=model, guidance=guidance)
    briefs = (presentable(recipient.brief) for recipient in recipients() if recipient.may_write)
    cells = plan_cells(briefs, most=generation.cells, least=generation.cell_customers, variants=generation.variants)
    return _CellTexts(cells, model=model, guidance=guidance)


def guidance_of(plan: Plan, generation: Generation) -> Guidance:
    """Return what the project asks of its texts."""
    return Guidance(voice=generation.voice, examples=generation.examples, rules=plan.writing.rules)


def _scribe(plan: Plan, generation: Generation) -> ModelScribe:
    return ModelScribe(guidance_of(plan, generation), reasoning_tokens=generation.reasoning_tokens)


def commission_id(plan: Plan, generation: Generation) -> str:
    """Return a hash of what is to be written: the same on every machine that scored the same customers."""
    digest = hashlib.sha256()
    for path in (plan.output / "customers.parquet", plan.offers_file):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    asked = (plan.name, plan.language, plan.locale, plan.writing, generation.wanted, generation.connection.model)
    digest.update(json.dumps(to_jsonable_python(asked), sort_keys=True).encode())
    return digest.hexdigest()[:32]


def _enqueue(ledger: SqlLedger, commission: Commission, texts: _Texts) -> int:
    return ledger.enqueue(commission.id, texts.works())


def _prices(generation: Generation) -> Prices:
    input_usd, cached_usd, output_usd = generation.price or (None, None, None)
    prices = prices_of(
        generation.connection.model,
        azure=generation.connection.kind != "compatible",
        input_usd=input_usd,
        cached_usd=cached_usd,
        output_usd=output_usd,
    )
    return prices.halved() if generation.batch else prices


def _announce(plan: Plan, generation: Generation, texts: _Texts, unfinished: int, prices: Prices) -> str:
    """Return what is about to be asked, and what it may cost."""
    scribe = _scribe(plan, generation)
    cost = estimate(map(scribe.question, islice(texts.works(), SAMPLED)), texts=unfinished, prices=prices)
    return (
        f"Asking {generation.connection.model} at {generation.connection.host} for {unfinished:,} texts: about "
        f"${cost.likely / NANO:,.2f}, never more than ${min(cost.most / NANO, generation.budget_usd):,.2f} "
        f"(budget ${generation.budget_usd:,.2f})"
    )


def _work_off(plan: Plan, generation: Generation, commission: Commission, prices: Prices, progress: Progress) -> Ended:
    """Ask until all is written, or the budget or the server ends it; return how it ended."""
    from querencia.messages.writers.llm.asking import ModelAsker

    crew_plan = WorkerPlan(
        commission=commission,
        ledger=partial(open_ledger, generation.store_url, folder=plan.folder),
        asker=partial(ModelAsker, generation.connection),
        scribe=_scribe(plan, generation),
        prices=prices,
        concurrency=generation.concurrency,
        requests_per_minute=generation.requests_per_minute,
        tokens_per_minute=generation.tokens_per_minute,
        prepare=start_tracing if generation.traced else None,
    )
    if generation.traced:
        start_tracing()
    standing = Standing()
    with progress.task(f"Asking {generation.connection.model}") as task:
        crew = work_in_crew(
            crew_plan,
            workers=generation.workers,
            name=own_name(),
            on_tally=lambda tally: task.update(*standing.see(tally)),
        )
    if crew.died:
        progress.say(f"{crew.died} of {generation.workers} worker processes died; the others did their texts")
    return crew.ended


def _work_off_in_batches(
    plan: Plan, generation: Generation, commission: Commission, prices: Prices, progress: Progress
) -> Ended:
    """Ask by batches, as `_work_off`, from this process alone: it is the server that works."""
    from querencia.messages.writers.llm.azure_batch import BatchAsker
    from querencia.messages.writers.llm.batch_worker import work_off_in_batches

    if generation.workers > 1:
        progress.say(f"[llm] batch = true: one process submits and collects, not {generation.workers}")
    if generation.traced:
        start_tracing()
    standing = Standing()

    async def work(task: Task, ledger: SqlLedger) -> Ended:
        async with BatchAsker(generation.connection) as asker:
            shift = await work_off_in_batches(
                commission,
                ledger=ledger,
                asker=asker,
                scribe=_scribe(plan, generation),
                prices=prices,
                worker_id=own_name(),
                on_batch=lambda batch, calls: progress.say(_under_way(batch, calls)),
                on_tally=lambda tally: task.update(*standing.see(tally)),
            )
        return shift.ended

    with (
        progress.task(f"Asking {generation.connection.model} by batches") as task,
        open_ledger(generation.store_url, folder=plan.folder) as ledger,
    ):
        return asyncio.run(work(task, ledger))


def _under_way(batch: str, calls: int) -> str:
    return (
        f"Batch {batch} is under way with {calls:,} calls; answers come within 24 hours. You may stop the command: "
        "the next one collects it"
    )


def _sum_up(generation: Generation, tally: Tally, reasons: dict[str, int], stopped: str) -> Generated:
    return Generated(
        mode=generation.mode,
        model=generation.connection.model,
        works=tally.pending + tally.leased + tally.written + tally.fallback,
        written=tally.written,
        pending=tally.pending + tally.leased,
        fallbacks=reasons,
        calls=tally.calls,
        input_tokens=tally.input_tokens,
        output_tokens=tally.output_tokens,
        spent_usd=tally.spent / NANO,
        reserved_usd=tally.reserved / NANO,
        budget_usd=generation.budget_usd,
        stopped=stopped,
        passing=_passing(reasons),
    )


def _passing(reasons: dict[str, int]) -> int:
    """Return how many works fell back for a reason that passes: they are asked for again, not given up."""
    return sum(times for reason, times in reasons.items() if reason in HOPELESS)


def _notes(generation: Generation, tally: Tally, reasons: dict[str, int], stopped: str) -> tuple[Note, ...]:
    left = tally.pending + tally.leased
    away = _passing(reasons)
    notes = []
    if left and stopped == "budget":
        values: dict[str, str | int | float] = {"texts": left, "budget": generation.budget_usd}
        notes.append(Note(code="budget_reached", values=values, level="warning"))
        left = 0
    if left + away:
        notes.append(Note(code="model_away", values={"texts": left + away}, level="warning"))
    if tally.fallback > away:
        notes.append(Note(code="texts_given_up", values={"texts": tally.fallback - away}, level="warning"))
    return tuple(notes)
