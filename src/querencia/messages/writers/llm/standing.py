"""Where a commission stands, in one line: texts written, those that fell back, tokens, money, and the time left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from querencia.messages.writers.llm.ports import Tally
from querencia.messages.writers.llm.prices import NANO

WATCHED_SECONDS = 60.0
STILL_SECONDS = 15.0  # without a text done, the time left is not known


class Standing:
    """Turns one tally after the other into a line, and knows from their pace how long the rest takes."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()
        self._last = (0.0, -1)  # when the number of texts done last changed, and to what

    def see(self, tally: Tally) -> tuple[int, int, str]:
        """Return how many texts are done, of how many, and the line."""
        done = tally.written + tally.fallback
        total = done + tally.pending + tally.leased
        waits = tally.elsewhere if not tally.pending and tally.elsewhere == tally.leased else 0
        parts = [
            f"{tally.written:,} written",
            f"{tally.fallback:,} fall back" if tally.fallback else "",
            f"{tally.calls:,} calls",
            f"{_short(tally.input_tokens + tally.output_tokens)} tokens",
            f"${tally.spent / NANO:,.2f}",
            self._left(done, total) if not waits else f"{waits:,} held by a worker that stopped or works elsewhere",
        ]
        return done, total, ", ".join(part for part in parts if part)

    def _left(self, done: int, total: int) -> str:
        now = self._clock()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - WATCHED_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        if done != self._last[1]:
            self._last = now, done
        if done in {before, total} or now - self._last[0] > STILL_SECONDS:
            return ""
        return f"{_duration((total - done) * (now - since) / (done - before))} left"


def _short(count: int) -> str:
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return str(count)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
