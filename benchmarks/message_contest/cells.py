"""Cell mode at size: texts that a model wrote once are filled and checked for every customer, on one core.

uv run python benchmarks/messages.py --only cells --customers 1000000
"""

from __future__ import annotations

import json
import os
import random
import resource
import time
from collections.abc import Iterator
from decimal import Decimal

from message_contest.replies import sample_text
from querencia.data.products import Product
from querencia.messages.brief import Brand, Brief, Offer, UsageFact
from querencia.messages.briefs import Recipient
from querencia.messages.cell_plan import plan_cells
from querencia.messages.checks.rules import Rules
from querencia.messages.drafting import draft_messages
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.scribe import ModelScribe
from querencia.messages.writers.llm.works import cell_work
from querencia.messages.writers.llm.writer import LlmWriter
from querencia.messages.writers.offline import OfflineWriter

TELLS = 10
NAMES = (
    "Lucía",
    "Mateo",
    "Sofía",
    "Hugo",
    "Martina",
    "Daniel",
    "Julia",
    "Pablo",
    "Valeria",
    "Álvaro",
    "Emma",
    "Adrián",
)
SURNAMES = ("García", "Rodríguez", "González", "Fernández", "López", "Martínez", "Sánchez", "Pérez", "Gómez", "Ruiz")
BRAND = Brand(
    name="Telenova",
    product_line="telefonía móvil y fibra",
    sender_name="Equipo de Clientes",
    sender_role="Atención personal",
    contact_email="clientes@example.com",
    contact_phone="+34 900 123 456",
    website="https://example.com",
)
PRODUCTS = tuple(
    Product(
        sku=f"P{number:02d}",
        name=name,
        description=description,
        url=f"https://example.com/{number}",
        price=Decimal(price),
        currency="EUR",
        benefit=benefit,
    )
    for number, (name, description, price, benefit) in enumerate(
        [
            ("Fibra 600", "Conexión simétrica para toda la casa", "29.90", "trabajar desde casa sin esperas"),
            ("Fibra 1000", "La conexión más rápida de la casa", "39.90", "compartir la conexión sin cortes"),
            ("Móvil Esencial", "Llamadas y datos para el día a día", "12.00", "pagar solo lo que usa"),
            ("Móvil Familia", "Varias líneas en una factura", "45.00", "reunir las líneas de su familia"),
            ("Televisión Plus", "Series, cine y deporte", "15.50", "ver lo que quiera cuando quiera"),
            ("Roaming Mundo", "Datos fuera de la Unión Europea", "9.90", "viajar con la línea de siempre"),
            ("Seguro Móvil", "Reparación en su domicilio", "4.99", "olvidarse de las averías"),
            ("Nube Hogar", "Copias de sus fotos y documentos", "2.99", "conservar sus recuerdos"),
        ]
    )
)
RISKS = ((1, 0.02), (2, 0.08), (3, 0.35))


def make_recipients(customers: int, *, seed: int = 1) -> Iterator[Recipient]:
    """Yield so many customers of a made-up telecom, each with own figures, name and offers."""
    draw = random.Random(seed)
    for number in range(customers):
        group, rate = RISKS[draw.choices((0, 1, 2), (6, 3, 1))[0]]
        brief = Brief(
            customer_id=f"{number:08d}",
            language="es",
            locale="es_ES",
            currency="EUR",
            segment_name=draw.choice(("Premium", "Estables", "Emergentes", "Base")),
            risk_group=group,
            engagement=round(draw.random() * 100, 2),
            churn_probability=round(rate * (0.5 + draw.random()), 4),
            disclose="numbers",
            brand=BRAND,
            name=f"{draw.choice(NAMES)} {draw.choice(SURNAMES)} {draw.choice(SURNAMES)}",
            usage=(
                UsageFact(kind="sessions_30d", value=draw.randint(1, 60)),
                UsageFact(kind="events_30d", value=draw.randint(61, 900)),
                UsageFact(kind="distinct_items_90d", value=draw.randint(2, 40)),
            ),
            offers=tuple(
                Offer(product=product, reason=draw.choice(("segment_favourite", "popular")))
                for product in draw.sample(PRODUCTS, 2)
            ),
            records_language="es",
            base_rate=0.08,
        )
        yield Recipient(brief=brief, may_write=True)


def measure_cells(customers: int) -> None:
    """Print how fast messages are filled and checked, and what memory that takes as the customers grow."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rules = Rules()
    guidance = Guidance(rules=rules)
    scribe = ModelScribe(guidance)
    begun = time.perf_counter()
    plan = plan_cells(recipient.brief for recipient in make_recipients(customers))
    planning = time.perf_counter() - begun
    keys: list[str] = []
    texts: dict[str, Reply | str] = {}
    refused = 0
    for planned in plan.cells():
        work = cell_work(planned.cell, model="gpt-4.1-mini", guidance=guidance)
        reply, complaint = scribe.judge(work, sample_text(work.facts))
        refused += reply is None
        texts[work.key] = complaint if reply is None else reply
        keys.append(work.key)
    print(f"{customers:,} customers, {len(texts):,} texts ({refused} refused): planned in {planning:.1f} s", flush=True)
    writer = LlmWriter(
        key_of=lambda brief: keys[plan.place_of(brief)],
        texts=lambda wanted: {key: texts[key] for key in wanted},
    )
    making = _seconds_to_make(customers)
    begun = time.perf_counter()
    counts = {"ready": 0, "failed": 0, "withheld": 0}
    taken_over = 0
    size = 0
    drafts = draft_messages(make_recipients(customers), writer=writer, rules=rules, stand_in=OfflineWriter())
    for done, draft in enumerate(drafts, 1):
        counts[draft.status] += 1
        taken_over += bool(draft.taken_over)
        size += len(draft.text)
        if done % max(1, customers // TELLS) == 0:
            seconds = time.perf_counter() - begun - making * done / customers
            print(f"  {done:>9,}: {done / seconds:,.0f} messages a second, peak {_peak():.0f} MB", flush=True)
    seconds = time.perf_counter() - begun - making
    figures = {"messages_per_second": round(customers / seconds), "peak_mb": round(_peak()), "taken_over": taken_over}
    print(json.dumps({**figures, **counts, "characters": size // customers}))


def _seconds_to_make(customers: int) -> float:
    """Return how long making the customers takes alone, which is not the product's time."""
    begun = time.perf_counter()
    for _ in make_recipients(customers):
        pass
    return time.perf_counter() - begun


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
