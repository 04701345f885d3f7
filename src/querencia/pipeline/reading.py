"""First step: read the customer table, the event log and the catalogue, each once."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis

from querencia.data.activity import overlap
from querencia.data.catalogue import catalogue_from_log, read_catalogue
from querencia.data.customers import read_customers
from querencia.data.events import read_events
from querencia.data.products import Product
from querencia.data.tables import CustomerTable, EventLog
from querencia.language.notes import Note
from querencia.messages.presentable import presentable_product
from querencia.pipeline.engines import Engines
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import BytesRead, Progress, watching
from querencia.pipeline.results import Sources

# Bytes of an event log from which reading it takes longer than the start of what draws.
LONG_READING = 50_000_000

# Clocks differ, and time zones: an event of tomorrow is no sign of a wrong time.
A_DAY = timedelta(days=1)

SKUS_TOLD = 5
SKU_TOLD = 40  # characters of each

# Share of the log's customers that are not in the table from which it is worth a warning.
MANY_MISSING = 0.5


def read_sources(plan: Plan, engines: Engines, progress: Progress) -> Sources:
    """Read what the project names into the workspace. Rejected rows go to ``output/rejected``."""
    shutil.rmtree(plan.output / "rejected", ignore_errors=True)
    customers = _read_customers(plan, engines.con, progress)
    log = _read_events(plan, engines, progress)
    notes: list[Note] = []
    joined = log is not None
    if customers is not None and log is not None:
        both = overlap(engines.log_con, customers, log)
        joined = both > 0
        notes.append(_tell_overlap(engines.log_con, customers, log, both=both))
    if log is not None:
        notes += _tell_future(engines.log_con, log, now=datetime.now(UTC).replace(tzinfo=None))
    products = _read_products(plan, engines.con, log, notes)
    return Sources(customers=customers, log=log, products=products, joined=joined, notes=tuple(notes))


def _tell_future(con: Any, log: EventLog, *, now: datetime) -> list[Note]:
    """Return a warning where events lie in the future (`now`: UTC, without zone): they move the end of the log."""
    if datetime.fromisoformat(log.end) <= now + A_DAY:
        return []
    events = log.table(con)
    later = int(con.to_pyarrow(events.count(where=events.time > ibis.literal(now + A_DAY))).as_py())
    return [Note(code="events_in_future", values={"events": later, "end": log.end[:10]}, level="warning")]


def _tell_overlap(con: Any, customers: CustomerTable, log: EventLog, *, both: int) -> Note:
    if not both:
        return Note(code="sources_differ", level="warning")
    actors = int(con.to_pyarrow(log.table(con).customer.nunique()).as_py())
    missing = actors - both
    return Note(
        code="sources_overlap",
        values={"customers": customers.rows, "both": both, "actors": actors, "missing": missing},
        level="warning" if missing > MANY_MISSING * actors else "info",
    )


def _read_customers(plan: Plan, con: Any, progress: Progress) -> CustomerTable | None:
    if plan.customers is None:
        return None
    with progress.task("Reading customers") as task, watching(con, task):
        return read_customers(
            con,
            plan.customers,
            into=plan.workspace / "customers.parquet",
            rejected=plan.output / "rejected",
            max_rejected=plan.max_rejected,
            timezone=plan.timezone,
        )


def _read_events(plan: Plan, engines: Engines, progress: Progress) -> EventLog | None:
    if plan.events is None:
        return None
    with progress.task("Reading events") as task:
        read = BytesRead(task)

        def begin(before: int, size: int, total: int) -> None:
            read.begin(before, size, total)
            if not before and total > LONG_READING:
                # Meanwhile, as a single thread: the report is drawn once this is read.
                threading.Thread(target=_get_ready_to_draw).start()

        with watching(engines.log_con, read):
            return read_events(
                engines.con,
                plan.events,
                into=plan.workspace / "events",
                rejected=plan.output / "rejected",
                max_rejected=plan.max_rejected,
                timezone=plan.timezone,
                log_con=engines.log_con,
                on_file=begin,
            )


def _get_ready_to_draw() -> None:
    from querencia.report.drawing import get_ready

    get_ready()


def _read_products(plan: Plan, con: Any, log: EventLog | None, notes: list[Note]) -> tuple[Product, ...]:
    products = _named_products(plan, con, log, notes)
    return keep_presentable(products, notes)


def keep_presentable(products: tuple[Product, ...], notes: list[Note]) -> tuple[Product, ...]:
    """Return the products whose names can be shown to customers; a note tells how many cannot, and some of them."""
    kept = tuple(product for product in products if presentable_product(product) is not None)
    if len(kept) < len(products):
        shown = {product.sku for product in kept}
        hidden = [product.sku for product in products if product.sku not in shown]
        named = ", ".join(repr(sku[:SKU_TOLD]) for sku in hidden[:SKUS_TOLD])
        more = ", …" if len(hidden) > SKUS_TOLD else ""
        values: dict[str, str | int | float] = {"products": len(hidden), "total": len(products), "skus": named + more}
        notes.append(Note(code="products_not_shown", values=values, level="warning"))
    return kept


def _named_products(plan: Plan, con: Any, log: EventLog | None, notes: list[Note]) -> tuple[Product, ...]:
    if plan.catalogue is not None:
        return read_catalogue(plan.catalogue, default_currency=plan.currency)
    if log is not None and log.has_item_names:
        products = catalogue_from_log(con, log, currency=plan.currency)
        notes.append(Note(code="catalogue_from_log", values={"products": len(products)}))
        return products
    return ()
