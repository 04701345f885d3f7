"""OTTO-shaped event logs of any size: JSON lines, one session per line, made in bounded memory.

The shape follows the published figures of the OTTO recommender data set (training part): events per session mean 16.8,
median 6, p90 39, at most 500; clicks, carts and orders 0.8985, 0.078 and 0.0235; spans of median 2 days in four weeks
from 2022-08-01, Europe/Berlin; about 0.15 % exact duplicates; 1.86 million items whose commonest has 0.06 % of events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from querencia.data.datasets.made import Progress
from querencia.data.datasets.otto_lines import ITEMS, LineWriter, Sessions

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FIRST_MS = 1_659_304_800_000  # 2022-08-01 00:00 in Berlin
SPAN_MS = 28 * 24 * 3_600_000

# Sessions drawn from one stream of random numbers. Part of what a seed means: another value makes other data.
BLOCK = 4096

_GRID = 1 << 16
_SHOPPERS = 0.35  # sessions in which anything is carted or ordered at all
_NOT_FIRST = 1 - 1 / 16.8  # a session begins with a click: the other events carry the carts and orders
_CART = 0.078 / _SHOPPERS / _NOT_FIRST
_ORDER = 0.0235 / _SHOPPERS / _NOT_FIRST
_DUPLICATES = 0.0015 / _NOT_FIRST
_LONG_GAP = 0.30  # share of events that begin another visit, hours or days later
_CATEGORIES = 4096

# Popularity p(r) ~ (r + q)^-s, with s and q so that ranks 1 and 10 have the shares they have in the real log.
_POPULARITY = 0.65
_POPULARITY_SHIFT = 7.2


def write_otto(file: BinaryIO, *, sessions: int, seed: int, on_progress: Progress | None = None) -> int:
    """Write `sessions` sessions, ids from 0, and return how many events they hold."""
    lines, events = LineWriter(), 0
    for block in draw_sessions(sessions=sessions, seed=seed):
        file.write(lines.render(block))
        events += len(block.items)
        if on_progress is not None:
            on_progress("sessions", block.first_id + len(block.sizes), sessions)
    return events


def draw_sessions(*, sessions: int, seed: int) -> Iterator[Sessions]:
    """Yield the log block by block. The n-th session is the same however many follow it."""
    shape = _Shape()
    for block, first in enumerate(range(0, sessions, BLOCK)):
        random = np.random.Generator(np.random.SFC64(np.random.SeedSequence((seed, block))))
        yield _draw_block(random, shape, first_id=first, count=min(BLOCK, sessions - first))


def _draw_block(random: np.random.Generator, shape: _Shape, *, first_id: int, count: int) -> Sessions:
    # Always a whole block's worth, so that a shorter log is the beginning of a longer one.
    sizes = shape.sizes[random.integers(0, _GRID, BLOCK)]
    events = int(sizes.sum())
    starts = np.cumsum(sizes) - sizes
    is_first = np.zeros(events, dtype=bool)
    is_first[starts] = True
    times = _draw_times(random, shape, sizes=sizes, starts=starts, is_first=is_first)
    types = _draw_types(random, sizes=sizes, is_first=is_first)
    items = _draw_items(random, shape, sizes=sizes, is_first=is_first, types=types)
    twin = np.flatnonzero((random.random(events, dtype=np.float32) < _DUPLICATES) & ~is_first)
    for column in (times, types, items):
        column[twin] = column[twin - 1]
    kept = int(sizes[:count].sum())
    return Sessions(first_id=first_id, sizes=sizes[:count], items=items[:kept], times=times[:kept], types=types[:kept])


def _draw_times(
    random: np.random.Generator, shape: _Shape, *, sizes: Integers, starts: Integers, is_first: NDArray[np.bool_]
) -> Integers:
    """Draw times on an even clock, seconds within a visit and long gaps between, then bend it to day and night."""
    events, ends = len(is_first), starts + sizes - 1
    seconds = shape.gaps[random.integers(0, _GRID, events, dtype=np.uint16)]
    seconds[is_first] = 0
    pauses = random.standard_exponential(events, dtype=np.float32).astype(np.float64)
    pauses[(random.random(events, dtype=np.float32) >= _LONG_GAP) | is_first] = 0
    within, pausing = np.cumsum(seconds), np.cumsum(pauses)
    busy = within[ends] - within[starts]
    paused = pausing[ends] - pausing[starts]
    free = SPAN_MS - 1000 - busy
    # The power makes spans of median 2 days, p90 21 days, together with the sessions of one visit.
    span = np.where(paused > 0, random.random(BLOCK) ** 2.1, 0) * free
    begin = random.random(BLOCK) * (free - span)
    stretch = span / np.where(paused > 0, paused, 1)
    offset = begin - within[starts] - pausing[starts] * stretch
    even = np.repeat(offset, sizes) + within + pausing * np.repeat(stretch, sizes)
    return shape.bend(even)


def _draw_types(random: np.random.Generator, *, sizes: Integers, is_first: NDArray[np.bool_]) -> Integers:
    shops = np.repeat(random.random(BLOCK) < _SHOPPERS, sizes) & ~is_first
    chance = random.random(len(is_first), dtype=np.float32)
    return ((chance < _CART + _ORDER) & shops).astype(np.int64) + ((chance < _ORDER) & shops)


def _draw_items(
    random: np.random.Generator, shape: _Shape, *, sizes: Integers, is_first: NDArray[np.bool_], types: Integers
) -> Integers:
    """Draw items: some from all, some from the session's own category; what is carted was mostly just looked at."""
    events = len(is_first)
    ranks = shape.ranks(random.random(events, dtype=np.float32))
    home = np.repeat(shape.ranks(random.random(BLOCK, dtype=np.float32)) % _CATEGORIES, sizes)
    depth = random.random(events, dtype=np.float32)
    depth *= depth * depth
    depth *= depth  # the sixth power: a few items of a category draw most of its visits
    near = home + _CATEGORIES * (depth * (ITEMS // _CATEGORIES)).astype(np.int64)
    choice = random.random(events, dtype=np.float32)
    drawn = np.where(choice < 0.65, near, ranks)
    again = np.flatnonzero((choice < np.where(types > 0, 0.75, 0.25)) & ~is_first)
    items = drawn.copy()
    items[again] = drawn[again - 1]
    # A fixed shuffle, so that an id tells nothing of popularity: the factor shares no divisor with ITEMS.
    return (items * 1_000_003 + 1_460_571) % ITEMS


@dataclass(frozen=True)
class _Shape:
    """Inverse distribution functions as tables, made once."""

    @cached_property
    def sizes(self) -> Integers:
        """Events per session, by quantile: straight lines between the known quantiles, on a log scale."""
        quantiles = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]
        counts = [1.6, 3.0, 6.0, 15.2, 39, 67, 147, 290, 500]
        grid = (np.arange(_GRID) + 0.5) / _GRID
        return np.clip(np.rint(np.exp(np.interp(grid, quantiles, np.log(counts)))), 2, 500).astype(np.int64)

    @cached_property
    def gaps(self) -> Floats:
        """Milliseconds between events of one visit: lognormal, median 40 s."""
        normal = NormalDist(mu=float(np.log(40_000)), sigma=1.1)
        coarse = np.array([normal.inv_cdf((step + 0.5) / 1024) for step in range(1024)])
        milliseconds: Floats = np.exp(np.interp((np.arange(_GRID) + 0.5) / 64 - 0.5, np.arange(1024), coarse))
        return milliseconds

    @cached_property
    def clock(self) -> tuple[Floats, Floats]:
        """Where each step of the even clock falls in real time, and how long it lasts there (ms)."""
        by_hour = np.array(
            [24, 12, 7, 5, 5, 8, 18, 32, 46, 56, 62, 64, 66, 68, 68, 68, 72, 80, 90, 102, 115, 112, 84, 48]
        )
        by_weekday = np.array([1.04, 1.0, 0.98, 0.98, 0.94, 0.92, 1.16])
        busy = (by_weekday[:, None] * by_hour).ravel()
        passed = np.concatenate([[0], np.cumsum(np.tile(busy, 4))])
        hours = np.interp(np.linspace(0, passed[-1], _GRID + 1), passed, np.arange(len(passed)))
        real = hours * 3_600_000
        return real[:-1], np.diff(real)

    def bend(self, even: Floats) -> Integers:
        """Return epoch milliseconds for milliseconds of the even clock, order kept."""
        steps = even * (_GRID / SPAN_MS)
        whole = np.clip(steps.astype(np.int64), 0, _GRID - 1)
        begins, lasts = self.clock
        return FIRST_MS + (begins[whole] + (steps - whole) * lasts[whole]).astype(np.int64)

    def ranks(self, uniform: NDArray[np.float32]) -> Integers:
        """Return 0-based popularity ranks for numbers in [0, 1)."""
        power = 1 - _POPULARITY
        low, high = (1 + _POPULARITY_SHIFT) ** power, (ITEMS + _POPULARITY_SHIFT) ** power
        drawn = (low + uniform.astype(np.float64) * (high - low)) ** (1 / power) - (1 + _POPULARITY_SHIFT)
        ranks: Integers = np.minimum(drawn.astype(np.int64), ITEMS - 1)
        return ranks
