"""A whole commission with all its real parts: made-up customers, the store, workers, and a server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from message_contest.cells import make_recipients
from querencia.messages.presentable import presentable
from querencia.messages.writers.llm.asking import ModelAsker
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.crew import WorkerPlan
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.ports import Commission
from querencia.messages.writers.llm.prices import prices_of
from querencia.messages.writers.llm.scribe import ModelScribe
from querencia.messages.writers.llm.work import Work
from querencia.messages.writers.llm.works import individual_work
from querencia.store.ledger import SqlLedger, open_ledger

MODEL = "gpt-4.1-mini"
REPLIES = ("--reply", "message_contest.replies:sample_reply")
GUIDANCE = Guidance()
KEY = "k3y-of-the-stand-in-0123456789"


def customers_works(count: int) -> Iterator[Work]:
    """Yield the individual works of so many customers."""
    for position, recipient in enumerate(make_recipients(count)):
        yield individual_work(presentable(recipient.brief), model=MODEL, guidance=GUIDANCE, position=position)


def whole_plan(
    url: str, store: str, folder: Path, *, timeout: float = 60.0, budget: int = -1, **given: Any
) -> WorkerPlan:
    """Return the plan of workers that ask the server at `url`, with `store` (a URL, counted from `folder`)."""
    connection = Connection(
        kind="azure_v1", url=url, deployment="texts", family=MODEL, key=SecretStr(KEY), timeout=timeout
    )
    return WorkerPlan(
        commission=Commission(id="whole", project="benchmark", budget=budget),
        ledger=partial(open_ledger, store, folder=folder),
        asker=partial(ModelAsker, connection),
        scribe=ModelScribe(GUIDANCE),
        prices=prices_of(MODEL),
        **given,
    )


def enqueue(plan: WorkerPlan, count: int) -> list[str]:
    """Open the plan's commission with the works of so many customers, and return their keys."""
    works = list(customers_works(count))
    with plan.ledger() as ledger:
        ledger.open(plan.commission)
        ledger.enqueue(plan.commission.id, works)
    return [work.key for work in works]


def opened(plan: WorkerPlan) -> SqlLedger:
    """Open the plan's store."""
    ledger = plan.ledger()
    assert isinstance(ledger, SqlLedger)
    return ledger
