"""How fast a server is asked: declared limits, smoothed, and a rate and width that learn what the server allows.

The rate rises a little with each answer and falls with a 429 (increase and decrease as of Chiu and Jain 1989), so that
it swings just under the server's own limit. Calls are let through one by one and evenly, since Azure counts requests
over seconds, not minutes. The width, how many calls are under way, falls with time-outs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

BURST_SECONDS = 1.0  # so much of a minute's requests or tokens may go at once
EASE = 0.93  # of the rate, after a 429 that comes alone
CLIMB = 0.10  # of the rate, gained back in so many answers:
CLIMB_ANSWERS = 150
WATCHED_SECONDS = 5.0  # over which answers and refusals are counted
CROWDED = 0.1  # share of 429s from which the rate falls to what really went through
REACTION_SECONDS = 0.5  # a decrease answers all the 429s of calls that were under way
SLOWEST = 0.2  # calls per second
LONGEST_PAUSE = 120.0
LOWERED = 0.8  # a rate that fell by so much should be refused less often
SAME = 0.6  # a share of 429s between so much of it and the inverse has not changed
ALMOST_ALL = 0.9  # a share from which nothing can be told of it
TRIED_SECONDS = 20.0
DEAF_SECONDS = 60.0
KEPT = 4096
NARROW = 0.7  # of the width, after a time-out
NARROWING_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What share of calls was refused, at which rate, before the rate fell."""

    at: float
    share: float
    rate: float


class Bucket:
    """A token bucket: `rate` a second, holding `BURST_SECONDS` of it, or what one call takes where that is more."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._level: float | None = None
        self._seen = 0.0

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until `amount` may be taken."""
        most = max(self.rate * BURST_SECONDS, amount)
        if self._level is None:
            self._level = most
        else:
            self._level = min(most, self._level + (now - self._seen) * self.rate)
        self._seen = now
        # A hair is forgiven: floating point would else ask for ever shorter waits.
        return max(0.0, (amount - self._level) / self.rate) if self._level < amount - 1e-6 * amount else 0.0

    def take(self, amount: float) -> None:
        """Take `amount`, after `wait` said 0."""
        self._level = (self._level or 0.0) - amount


class Pace:
    """Lets calls through: ``async with pace.turn(tokens)`` waits for its turn, and holds one place of the width.

    `tokens` is what the server counts on arrival: the prompt and the cap of the reply. Limits are of this worker
    alone, per minute; 0: unknown, found out by asking. Bound to the event loop that it is used in.
    """

    def __init__(self, *, requests_per_minute: float = 0, tokens_per_minute: float = 0, concurrency: int = 64) -> None:
        self._limits = [Bucket(limit / 60) if limit > 0 else None for limit in (requests_per_minute, tokens_per_minute)]
        self._learned: Bucket | None = None  # no 429 yet: nothing is known
        self._queue = asyncio.Lock()  # first come, first served
        self._room = asyncio.Event()
        self._most = concurrency
        self._width = float(concurrency)
        self._under_way = 0
        self._paused_until = 0.0
        self._reacted_at = self._narrowed_at = float("-inf")
        self._deaf_until = float("-inf")
        self._sent: deque[float] = deque()
        self._refused: deque[float] = deque()
        self._before: Trial | None = None

    @property
    def width(self) -> int:
        """How many calls may be under way."""
        return max(1, int(self._width))

    @property
    def rate(self) -> float | None:
        """Calls per second that the server is believed to take; None: no limit was met yet."""
        return self._learned.rate if self._learned else None

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait for the turn of one call, then hold its place until it ends."""
        async with self._queue:
            while self._under_way >= self.width:
                self._room.clear()
                await self._room.wait()
            await self._wait(tokens)
            self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._room.set()

    def answered(self) -> None:
        """Say that the server took a call, whatever it made of it."""
        if self._learned is not None:
            self._learned.rate *= 1 + CLIMB / CLIMB_ANSWERS
        self._width = min(self._most, self._width + 1 / self._width)

    def limited(self, retry_after: float | None) -> None:
        """Say that the server refused a call for its rate (429). All calls wait as long as it asks for."""
        now = asyncio.get_running_loop().time()
        self._refused.append(now)
        if retry_after is not None:
            self._paused_until = max(self._paused_until, now + min(retry_after, LONGEST_PAUSE))
        if now - self._reacted_at < REACTION_SECONDS or now < self._deaf_until:
            return
        self._reacted_at = now
        share, through = self._look_back(now)
        if self._learned is None:
            self._learned = Bucket(max(SLOWEST, through))
        elif share <= CROWDED:
            self._learned.rate = max(SLOWEST, self._learned.rate * EASE)
        elif not self._is_not_ours(share, now):
            # What went through is what the server can take: a refusal says no more than that.
            self._learned.rate = max(SLOWEST, min(self._learned.rate * EASE, through))

    def _look_back(self, now: float) -> tuple[float, float]:
        """Return the share of calls that were refused lately, and the calls per second that were not."""
        for times in (self._sent, self._refused):
            while times and times[0] < now - WATCHED_SECONDS:
                times.popleft()
        seconds = min(WATCHED_SECONDS, max(now - self._sent[0] if self._sent else 0.0, REACTION_SECONDS))
        sent, refused = len(self._sent), len(self._refused)
        return min(1.0, refused / max(sent, 1)), max(0, sent - refused) / seconds

    def _is_not_ours(self, share: float, now: float) -> bool:
        """Tell whether the server refuses as large a share as before the rate fell: then its reason is not our rate.

        The rate is put back, and refusals lower it no more for a while. What the server asks us to wait, we wait.
        """
        assert self._learned is not None  # the caller lowers a rate that was learned
        if self._before is None or now - self._before.at > TRIED_SECONDS:
            self._before = Trial(at=now, share=share, rate=self._learned.rate)
            return False
        if now - self._before.at < WATCHED_SECONDS:
            return False
        before, self._before = self._before, None
        changed = not SAME < share / before.share < 1 / SAME
        if changed or share > ALMOST_ALL or self._learned.rate > LOWERED * before.rate:
            return False
        self._learned.rate = before.rate
        self._deaf_until = now + DEAF_SECONDS
        return True

    def slow(self) -> None:
        """Say that a call ran out of time: fewer at once."""
        now = asyncio.get_running_loop().time()
        if now - self._narrowed_at >= NARROWING_SECONDS:
            self._narrowed_at = now
            self._width = max(1.0, self._most / 8, self._width * NARROW)

    async def _wait(self, tokens: int) -> None:
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            buckets = [
                (bucket, amount)
                for bucket, amount in zip((*self._limits, self._learned), (1, tokens, 1), strict=True)
                if bucket is not None
            ]
            seconds = max([self._paused_until - now, *(bucket.wait(amount, now) for bucket, amount in buckets)])
            if seconds <= 0:
                break
            await asyncio.sleep(seconds)
        for bucket, amount in buckets:
            bucket.take(amount)
        self._sent.append(now)
        if len(self._sent) > KEPT:
            self._look_back(now)
