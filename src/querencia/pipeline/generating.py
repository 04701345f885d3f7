"""Asking a model, as part of the fourth step: texts are planned from briefs, asked for, and kept in the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from pydantic_core import to_jsonable_python

from querencia.language.notes import Note
from querencia.messages.brief import Brief
from querencia.messages.briefs import Recipient
from querencia.messages.cells import Cell
from querencia.messages.cell_plan import CellPlan, plan_cells
from querencia.messages.checks.rules import Rules
from querencia.messages.presentable import presentable
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.ports import Commission, Tally
from querencia.messages.writers.llm.prices import NANO, Prices, estimate, prices_of
from querencia.messages.writers.llm.scribe import ModelScribe
from querencia.messages.writers.llm.work import Work
from querencia.messages.writers.llm.works import cell_work, individual_work
from querencia.messages.writers.llm.writer import LlmWriter
from querencia.pipeline.plan import Generation, Plan
from querencia.pipeline.progress import Progress
from querencia.pipeline.results import Generated
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
        unfinished = _enqueue(ledger, commission, texts)
        stopped = ""
        if unfinished:
            progress.say(_announce(plan, generation, texts, unfinished, prices))
            stopped = _work_off(plan, generation, commission, ledger, prices, progress)
        tally = ledger.tally(commission.id)
        reasons = dict(ledger.reasons(commission.id))
        yield Asked(
            writer=LlmWriter(key_of=texts.key_of, texts=ledger.texts),
            generated=_sum_up(generation, tally, reasons, stopped),
            notes=_notes(generation, tally, stopped),
        )
