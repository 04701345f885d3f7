"""What VoiceFlip's customers did on its site in 90 days: clicks, carts and orders, by session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from querencia.data.datasets.made import Progress

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FIRST_DAY = np.datetime64("2025-04-02T00:00:00", "s")  # the 90 days end with June; the outcome is July and August
DAYS = 90
_DAY = 86_400
_LATEST = 85_000  # no session begins in the day's last minutes, so none runs past the end of the log by much

# Customers drawn from one stream of random numbers. Part of what a seed means: another value makes other data.
_BLOCK = 10_000
_SESSIONS = 12.0
_FAVOURED = 0.5
_DUPLICATES = 0.002

_TYPES = ("clicks", "carts", "orders")
_WEEKDAYS = np.array([1.12, 1.16, 1.13, 1.08, 0.9, 0.36, 0.34])
_WORKDAY = np.array(
    [2, 1, 1, 1, 1, 3, 8, 22, 55, 88, 96, 94, 84, 62, 40, 52, 78, 82, 66, 44, 30, 22, 12, 5], dtype=float
)
_WEEKEND = np.array(
    [4, 2, 1, 1, 1, 2, 4, 9, 20, 38, 50, 54, 50, 36, 26, 30, 40, 46, 48, 46, 42, 36, 22, 10], dtype=float
)

# What is looked at: item, name, and how it draws customers of the three plans. The first eight are the catalogue's.
ITEMS = (
    ("VF-TRANSCRIBE", "VoiceFlip Transcribe Pro", (12, 11, 8)),
    ("VF-INSIGHTS", "VoiceFlip Insights Pro", (5, 10, 14)),
    ("VF-API", "VoiceFlip API Connect", (2, 7, 15)),
    ("VF-LIVE", "VoiceFlip Live Subtítulos", (7, 6, 5)),
    ("VF-TRANSLATE", "VoiceFlip Traduce", (6, 6, 5)),
    ("VF-QUALITY", "VoiceFlip Calidad de Llamadas", (2, 6, 10)),
    ("VF-SHIELD", "VoiceFlip Privacidad", (1, 3, 9)),
    ("VF-COACH", "VoiceFlip Acompañamiento", (6, 5, 4)),
    ("VF-MIN-S", "Bolsa de minutos pequeña", (14, 6, 1)),
    ("VF-MIN-M", "Bolsa de minutos mediana", (6, 9, 4)),
    ("VF-MIN-L", "Bolsa de minutos grande", (1, 5, 8)),
    ("VF-SEAT", "Usuario adicional", (5, 7, 6)),
    ("VF-VOCAB", "Vocabulario propio", (3, 5, 4)),
    ("VF-CRM", "Conector para CRM", (1, 5, 6)),
    ("VF-MEET", "Conector para videollamadas", (5, 6, 3)),
    ("VF-MINUTES", "Plantillas de actas", (5, 4, 2)),
    ("VF-EXPORT", "Exportación de subtítulos", (4, 3, 1)),
    ("VF-STORAGE", "Almacenamiento ampliado", (3, 3, 3)),
    ("VF-BACKUP", "Copia de seguridad diaria", (1, 2, 3)),
    ("VF-PANEL", "Panel de uso por equipo", (1, 3, 4)),
    ("VF-REPORT", "Informe mensual de conversaciones", (1, 2, 3)),
    ("VF-TRAINING", "Formación en directo", (2, 2, 2)),
    ("VF-BRAND", "Marca propia en la entrega", (0.5, 1, 2)),
    ("VF-SUPPORT", "Soporte prioritario", (1, 2, 4)),
)


@dataclass(frozen=True, kw_only=True)
class Actors:
    """Who acts: ids, `engagement` (standard normal), `decline` (share of activity lost by the end of the 90 days;
    negative: gained), `plan` (0, 1, 2), hours their day lies behind Madrid's, and the first day they are there."""

    ids: pa.Array
    engagement: Floats
    decline: Floats
    plan: Integers
    hours_behind: Integers
    first_day: Integers


def write_events(file: BinaryIO, actors: Actors, *, seed: int, on_progress: Progress | None = None) -> int:
    """Write the log as CSV, customer by customer and in time order for each; return how many rows."""
    count, rows, sessions = len(actors.engagement), 0, 0
    for block, first in enumerate(range(0, count, _BLOCK)):
        random = np.random.default_rng(np.random.SeedSequence((seed, 2, block)))
        stop = min(first + _BLOCK, count)
        table, sessions = _draw(random, actors, rows=slice(first, stop), sessions_before=sessions)
        csv.write_csv(table, file, csv.WriteOptions(quoting_style="needed", include_header=block == 0))
        rows += table.num_rows
        if on_progress is not None:
            on_progress("customers", stop, count)
    return rows


def _draw(random: np.random.Generator, actors: Actors, *, rows: slice, sessions_before: int) -> tuple[pa.Table, int]:
    engagement = actors.engagement[rows]
    level = _level(actors.decline[rows], actors.first_day[rows])
    # A gamma share on top of the lognormal trait: a few customers live on the site.
    pace = _SESSIONS * np.exp(0.62 * engagement - 0.19) * random.gamma(3, 1 / 3, len(engagement))
    visits = random.poisson(pace * level.mean(axis=1))
    customer = np.repeat(np.arange(len(engagement)), visits)
    begin = _begin(random, level, customer=customer, hours_behind=actors.hours_behind[rows][customer])
    order = np.lexsort((begin, customer))
    customer, begin = customer[order], begin[order]

    size = np.clip(1 + np.exp(0.85 + 0.95 * random.standard_normal(len(customer))).astype(np.int64), 1, 60)
    session = np.repeat(np.arange(len(customer)), size)
    firsts = np.cumsum(size) - size
    place = np.arange(len(session)) - firsts[session]
    pause = np.exp(np.log(38) + 0.9 * random.standard_normal(len(session)))
    passed = np.cumsum(np.where(place == 0, 0, np.clip(pause, 1, 1500)))
    seconds = begin[session] + (passed - passed[firsts][session]).astype(np.int64)
    item, kind = _doings(random, actors.plan[rows], customer=customer, session=session, place=place)

    kept = np.flatnonzero(seconds < DAYS * _DAY)
    twice = np.repeat(kept, 1 + (random.random(len(kept)) < _DUPLICATES))
    final = twice[np.lexsort((twice, seconds[twice], customer[session[twice]]))]
    table = pa.table(
        {
            "customer_id": actors.ids.take(pa.array(rows.start + customer[session[final]])),
            "session_id": pa.array(sessions_before + 1 + session[final]),
            "item": pa.array([item_id for item_id, _, _ in ITEMS]).take(pa.array(item[final])),
            "item_name": pa.array([name for _, name, _ in ITEMS]).take(pa.array(item[final])),
            "ts": pa.array(FIRST_DAY + seconds[final].astype("timedelta64[s]")),
            "type": pa.array(_TYPES).take(pa.array(kind[final])),
        }
    )
    return table, sessions_before + len(customer)


def _level(decline: Floats, first_day: Integers) -> Floats:
    """Return how active each customer is on each day, as customers x days: weekdays, a slide, and a first day."""
    day = np.arange(DAYS)
    weekday = _WEEKDAYS[(day + 2) % 7]  # 2 April 2025 was a Wednesday
    slide = np.clip((day - 30) / 40, 0, 1)
    level = weekday * (1 - decline[:, None] * slide)
    level[day < first_day[:, None]] = 0
    return level


def _begin(random: np.random.Generator, level: Floats, *, customer: Integers, hours_behind: Integers) -> Integers:
    """Draw when sessions begin, in seconds from the first day's midnight."""
    cumulated = np.cumsum(level, axis=1)
    cumulated /= cumulated[:, -1:]
    # One search for all: the n-th customer's distribution stands between n and n + 1.
    ladder = (cumulated + np.arange(len(level))[:, None]).ravel()
    spot = np.searchsorted(ladder, customer + random.random(len(customer)), side="right")
    day = np.clip(spot - customer * DAYS, 0, DAYS - 1)
    weekend = (day + 2) % 7 >= 5
    chance = random.random(len(customer))
    hour = np.where(weekend, _hours(chance, _WEEKEND), _hours(chance, _WORKDAY))
    second = (hour + hours_behind) % 24 * 3600 + random.integers(0, 3600, len(customer))
    begin: Integers = day * _DAY + np.minimum(second, _LATEST)
    return begin


def _hours(chance: Floats, weights: Floats) -> Integers:
    cumulated = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(cumulated, chance, side="right"), 23)


def _doings(
    random: np.random.Generator, plan: Integers, *, customer: Integers, session: Integers, place: Integers
) -> tuple[Integers, Integers]:
    """Draw what each event is about (an index of `ITEMS`) and its type (an index of `_TYPES`)."""
    favourite = _items(random, plan)
    topic = np.where(random.random(len(customer)) < _FAVOURED, favourite[customer], _items(random, plan[customer]))
    on_topic = random.random(len(session)) < 0.6
    item = np.where(on_topic, topic[session], _items(random, plan[customer[session]]))
    chance = random.random(len(session))
    ripe = on_topic & (place > 0)
    kind = (ripe & (chance < 0.30)).astype(np.int64) + (ripe & (place > 1) & (chance < 0.085))
    return item, kind


def _items(random: np.random.Generator, plan: Integers) -> Integers:
    cumulated = np.cumsum(np.array([weights for _, _, weights in ITEMS], dtype=float), axis=0)
    cumulated /= cumulated[-1]
    ladder = (cumulated + np.arange(3)).T.ravel()
    spot = np.searchsorted(ladder, plan + random.random(len(plan)), side="right")
    item: Integers = np.clip(spot - plan * len(ITEMS), 0, len(ITEMS) - 1)
    return item
