"""VoiceFlip: a voice-processing company that does not exist, with customers who leave for reasons one can find.

Behind each customer stand two hidden traits, engagement and satisfaction. They drive usage, tickets, answers to surveys
and how activity changes over 90 days; a logistic of what can be seen, and of falling activity, drives who leaves in the
two months that follow. Contact is drawn by lot and keeps a few.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from querencia.data.datasets import voiceflip_names as names
from querencia.data.datasets.delivery import Delivery, read_text
from querencia.data.datasets.made import MadeDataset, Progress
from querencia.data.datasets.voiceflip_events import DAYS, Actors, write_events

Floats = NDArray[np.float64]

CHURN_RATE = 0.135
CONTACT_RATE = 0.75
CONTACT_EFFECT = -0.18  # on the log-odds of leaving: nearly two points of a hundred
WITHOUT_CONSENT = 1 / 12

_COUNTRIES = (
    # country, share, language, hours behind Madrid
    ("España", 0.55, "es", 0),
    ("México", 0.12, "es", 8),
    ("Colombia", 0.09, "es", 7),
    ("Argentina", 0.06, "es", 5),
    ("Chile", 0.04, "es", 6),
    ("Perú", 0.03, "es", 7),
    ("Portugal", 0.03, "pt", 1),
    ("Brasil", 0.03, "pt", 5),
    ("Estados Unidos", 0.05, "en", 6),
)
_PLANS = (
    # plan, fee, fee per seat, mean seats (EUR per month)
    ("Inicio", 29.0, 9.0, 2),
    ("Profesional", 79.0, 14.0, 6),
    ("Empresa", 249.0, 17.0, 22),
)
_PAYMENTS = ("tarjeta", "domiciliación", "transferencia", "paypal")
_BILLINGS = ("mensual", "anual")


def make_voiceflip(
    folder: Path, *, customers: int = 5000, seed: int = 42, force: bool = False, on_progress: Progress | None = None
) -> MadeDataset:
    """Make a project that runs as it is: customers, events, catalogue, project file, and a README that says so.

    Raises InputError where a file of another content stands in the way and `force` is not given.
    """
    with Delivery(folder, force=force) as delivery:
        company = draw_company(customers=customers, seed=seed)
        with delivery.open("data/customers.csv") as file:
            _write_customers(file, company)
        with delivery.open("data/events.csv") as file:
            events = write_events(file, company.actors, seed=seed, on_progress=on_progress)
        values = {"customers": str(customers), "seed": str(seed), "events": str(events)}
        delivery.write_text("catalogue.csv", read_text("voiceflip_catalogue.csv"))
        delivery.write_text("querencia.toml", read_text("voiceflip.toml", **values))
        delivery.write_text("README.md", read_text("voiceflip.md", **values))
    rows = {
        "customers": customers,
        "events": events,
        "products": len(read_text("voiceflip_catalogue.csv").split("\n")) - 2,
    }
    return MadeDataset(name="voiceflip", files=delivery.files, rows=rows, project=delivery.folder)


@dataclass(frozen=True, kw_only=True)
class Company:
    """The customer table as Arrow `columns`, the `actors` behind the events, and the true `risk` of each (0-1)."""

    columns: dict[str, pa.Array]
    actors: Actors
    risk: Floats


def draw_company(*, customers: int, seed: int) -> Company:
    """Draw the customers. Each value depends on `customers` and `seed` only."""
    random = np.random.default_rng(np.random.SeedSequence((seed, 1)))
    n = customers
    engagement = random.standard_normal(n)
    satisfaction = 0.35 * engagement + 0.94 * random.standard_normal(n)
    country = random.choice(len(_COUNTRIES), n, p=[share for _, share, _, _ in _COUNTRIES])
    plan = np.clip(np.floor(0.9 + 0.45 * engagement + random.standard_normal(n) * 0.75), 0, 2).astype(np.int64)
    seats = 1 + random.poisson(np.array([mean - 1 for *_, mean in _PLANS])[plan] * np.exp(0.2 * engagement))
    tenure = np.clip(np.rint(random.gamma(1.3, 15, n)), 1, 96).astype(np.int64)
    annual = random.random(n) < 0.22 + 0.13 * plan
    payment = random.choice(4, n, p=[0.48, 0.3, 0.14, 0.08])
    tickets = random.poisson(np.exp(-0.35 - 0.55 * satisfaction + 0.12 * plan))
    integrations = random.poisson(0.6 + 0.8 * plan)
    api_share = np.where(integrations > 0, random.beta(1.2 + 0.5 * integrations, 3.5), random.beta(0.4, 12, n)).round(3)
    decline = np.clip(0.08 - 0.24 * satisfaction + 0.3 * random.standard_normal(n), -0.4, 0.97)
    minutes_before = 60 * seats * np.exp(0.7 * engagement + 0.3 * random.standard_normal(n))
    minutes = minutes_before * (1 - 0.75 * decline) * np.exp(0.15 * random.standard_normal(n))
    fee, per_seat = (np.array([row[k] for row in _PLANS])[plan] for k in (1, 2))
    charges = (fee + per_seat * seats + 0.012 * minutes_before) * np.where(annual, 0.85, 1.0)
    nps = np.clip(np.rint(6.6 + 1.9 * satisfaction + 1.2 * random.standard_normal(n)), 0, 10)
    unanswered = random.random(n) < 0.38 - 0.07 * engagement
    contacted = random.random(n) < CONTACT_RATE

    log_odds = (
        2.9 * decline
        - 0.62 * engagement
        - 0.35 * satisfaction
        + 0.3 * np.log1p(tickets)
        - 0.75 * annual
        + 0.45 * (payment == 2)
        - 0.45 * (np.log(tenure) - 2.6)
        - 1.6 * np.minimum(api_share, 0.5)
        + 0.7 * ((tickets >= 3) & (integrations == 0))
        + CONTACT_EFFECT * contacted
        + 0.3 * random.standard_normal(n)
    )
    risk = _at_rate(log_odds, rate=CHURN_RATE)
    churned = random.random(n) < risk
    columns = {
        **_identities(random, country=country),
        "country": _pick([row[0] for row in _COUNTRIES], country),
        "plan": _pick([row[0] for row in _PLANS], plan),
        "billing": _pick(_BILLINGS, annual.astype(np.int64)),
        "payment_method": _pick(_PAYMENTS, payment),
        "tenure_months": pa.array(tenure),
        "seats": pa.array(seats),
        "minutes_last_month": pa.array(np.rint(minutes).astype(np.int64)),
        "minutes_previous_month": pa.array(np.rint(minutes_before).astype(np.int64), mask=tenure < 2),
        "api_share": pa.array(api_share, mask=random.random(n) < 0.015),
        "integrations": pa.array(integrations),
        "support_tickets": pa.array(tickets),
        "nps": pa.array(nps.astype(np.int64), mask=unanswered),
        "data_region": pa.array(["UE"] * n),
        "monthly_charges": pa.array(charges.round(2)),
        "contacted": pa.array(contacted.astype(np.int64)),
        "churned": pa.array(churned.astype(np.int64)),
    }
    actors = Actors(
        ids=columns["customer_id"],
        engagement=engagement,
        decline=decline,
        plan=plan,
        hours_behind=np.array([row[3] for row in _COUNTRIES])[country],
        # Whoever signed up during the 90 days has no event before.
        first_day=np.clip(DAYS - 30 * tenure, 0, DAYS - 20),
    )
    return Company(columns=columns, actors=actors, risk=risk)


def _identities(random: np.random.Generator, *, country: NDArray[np.int64]) -> dict[str, pa.Array]:
    n = len(country)
    width = max(5, len(str(n)))
    native = np.array([row[2] for row in _COUNTRIES])[country]
    spoken = np.where(random.random(n) < 0.02, "en", native)
    people = [_person(random.integers(0, 1 << 30, 3), language=language) for language in native.tolist()]
    refused = np.zeros(n, dtype=bool)
    refused[random.permutation(n)[: round(n * WITHOUT_CONSENT)]] = True
    domains = np.array(["example.com", "example.org"])[(random.random(n) < 0.3).astype(np.int64)].tolist()
    return {
        "customer_id": pa.array([f"VF{number:0{width}d}" for number in range(1, n + 1)]),
        "name": pa.array(people),
        "email": pa.array(
            [
                f"{_address(name)}.{at}@{domain}"
                for at, (name, domain) in enumerate(zip(people, domains, strict=True), 1)
            ]
        ),
        "language": pa.array(spoken.tolist()),
        "consent": pa.array(~refused),
    }


def _person(draws: NDArray[np.int64], *, language: str) -> str:
    known = {"es": names.SPANISH, "pt": names.PORTUGUESE, "en": names.ENGLISH}[language]
    first, *surnames = (int(draw) for draw in draws)
    parts = [known.surnames[draw % len(known.surnames)] for draw in surnames[: known.surname_count]]
    return " ".join([known.first[first % len(known.first)], *parts])


@cache
def _address(name: str) -> str:
    return names.slug(name)


def _pick(values: tuple[str, ...] | list[str], index: NDArray[np.int64]) -> pa.Array:
    return pa.array(values).take(pa.array(index))


def _at_rate(log_odds: Floats, *, rate: float) -> Floats:
    """Return probabilities with these differences in log-odds and this mean, by halving the interval of intercepts."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(np.mean(1 / (1 + np.exp(-log_odds - middle)))) < rate:
            low = middle
        else:
            high = middle
    return 1 / (1 + np.exp(-log_odds - low))


def _write_customers(file: BinaryIO, company: Company) -> None:
    csv.write_csv(pa.table(company.columns), file, csv.WriteOptions(quoting_style="needed"))
