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
from typing import Any

OPENING_SECONDS = 0.6  # over which calls begin till one comes back: begun at once, they come back at once, ever again
BURST_SECONDS = 1.0  # so much of a minute's requests or tokens may go at once
LEARNED_BURST_SECONDS = 0.1  # of a rate that was found out: after a pause it begins evenly, too
EASE = 0.93  # of the rate, after a 429 that comes alone
EASE_AGAIN = 0.8  # of it, after one that follows soon
IDLE = 2.0  # times what goes through: a rate that is not what holds calls back
CLIMB = 0.10  # of the rate, gained back in so many answers:
CLIMB_ANSWERS = 150
CALM_SECONDS = 40.0  # without a 429, after which the rate climbs by time instead:
CALM_CLIMB = 0.05  # of it per second
WATCHED_SECONDS = 5.0  # over which answers and refusals are counted
CROWDED = 0.1  # share of 429s from which the rate falls to what really went through
REACTION_SECONDS = 0.5  # a decrease answers all the 429s of calls that were under way
SLOWEST = 0.2  # calls per second
LONGEST_PAUSE = 120.0
LOWERED = 0.7  # a rate that fell to so much of itself should be refused less often
FEWER = 0.85  # of what went through before: less, by the rate alone
SAME = 0.6  # a share of 429s between so much of it and the inverse has not changed
ALMOST_ALL = 0.9  # a share from which nothing can be told of it
TRIED_CALLS = 40  # that a lowered rate is tried with, or
TRIED_SECONDS = 5.0  # for which, if there were
TRIED_LEAST = 10  # calls
DEAF_SECONDS = 60.0  # at first; twice as long each time that it shows again,
DEAF_LONGEST = 960.0
REGAINED = 0.30  # of the rate per second, while refusals say nothing of it
FLOOR = 0.25  # of what went through at best: no lower, till a trial shows that the server takes less
PROBES = 10  # calls that come first after the pause the server asked for; refused again
PROBES_REFUSED = 0.2  # so often, they show that waiting does not help
KEPT = 4096
FEW = 40  # calls that tell nothing of a rate yet
NARROW = 0.7  # of the width, after a time-out
NARROWING_SECONDS = 5.0
OFTEN = 0.15  # share of time-outs from which the width is their reason
REMEMBERED = 200  # answers, after which older ones count half


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The moment at which a rate began to fall, what was refused and went through till then, and the counts so far."""

    at: float = 0.0
    rate: float = 0.0
    share: float = 0.0
    through: float = 0.0
    calls: int = 0
    refusals: int = 0


class Bucket:
    """A token bucket: `rate` a second, holding `burst` seconds of it, or what one call takes where that is more."""

    def __init__(self, rate: float, *, burst: float = BURST_SECONDS) -> None:
        self.rate = rate
        self._burst = burst
        self._level: float | None = None
        self._seen = 0.0

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until `amount` may be taken."""
        most = max(self.rate * self._burst, amount)
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
        self._paused_until = float("-inf")
        self._reacted_at = self._narrowed_at = float("-inf")
        self._deaf_until = float("-inf")
        self._deaf_seconds = DEAF_SECONDS
        self._best = 0.0  # calls per second that went through, over a watched window
        self._after_pause = False  # whether the next call is the first since a pause
        self._probing: set[asyncio.Task[Any] | None] = set()
        self._probes = self._probes_refused = 0
        self._sent: deque[float] = deque()
        self._refused: deque[float] = deque()
        self._calls = self._refusals = 0
        self._answered = self._timed_out = 0.0
        self._began: float | None = None
        self._trial: Trial | None = None

    @property
    def width(self) -> int:
        """How many calls may be under way."""
        return max(1, int(self._width))

    @property
    def rate(self) -> float | None:
        """Calls per second that the server is believed to take; None: no limit was met yet."""
        return self._learned.rate if self._learned else None

    @property
    def _is_opening(self) -> bool:
        """Whether no call has come back yet, nor as many have begun as may be under way."""
        return 0 < len(self._sent) == self._calls < self._most and not (self._answered or self._refusals)

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
            self._probing.discard(asyncio.current_task())
            self._room.set()

    def answered(self) -> None:
        """Say that the server took a call, whatever it made of it."""
        self._width = min(self._most, self._width + 1 / self._width)
        self._answered += 1
        if self._answered > REMEMBERED:
            self._answered, self._timed_out = self._answered / 2, self._timed_out / 2
        if self._learned is None:
            return
        now = asyncio.get_running_loop().time()
        _, through = self._look_back(now)
        if self._learned.rate > IDLE * max(through, SLOWEST):
            return  # something else is slower: nothing is learned of the server's limit
        calm = now - self._reacted_at > CALM_SECONDS
        by_time = REGAINED if now < self._deaf_until else CALM_CLIMB if calm else 0.0
        self._learned.rate *= 1 + (min(by_time / self._learned.rate, 0.25) if by_time else CLIMB / CLIMB_ANSWERS)

    def limited(self, retry_after: float | None) -> None:
        """Say that the server refused a call for its rate (429), in the task of its `turn`.

        All calls wait as long as it asks for, unless it showed that it refuses them for another reason than the rate.
        """
        now = asyncio.get_running_loop().time()
        self._refused.append(now)
        self._refusals += 1
        self._probes_refused += asyncio.current_task() in self._probing
        if now < self._deaf_until:
            return
        if retry_after is not None:
            self._paused_until = max(self._paused_until, now + min(retry_after, LONGEST_PAUSE))
            self._after_pause = True
        since = now - self._reacted_at
        if since < REACTION_SECONDS:
            return
        share, through = self._look_back(now)
        if self._learned is None:
            if self._began is None or now - self._began < REACTION_SECONDS or len(self._sent) < FEW:
                return
            self._learned = Bucket(max(SLOWEST, through), burst=LEARNED_BURST_SECONDS)
        elif not self._is_not_ours(now):
            eased = self._learned.rate * (EASE if since > WATCHED_SECONDS else EASE_AGAIN)
            # What went through is what the server can take: a refusal says no more than that.
            self._learned.rate = max(self._slowest, min(eased, through) if share > CROWDED else eased)
        self._reacted_at = now

    def _look_back(self, now: float) -> tuple[float, float]:
        """Return the share of calls that were refused lately, and the calls per second that were not."""
        for times in (self._sent, self._refused):
            while times and times[0] < now - WATCHED_SECONDS:
                times.popleft()
        seconds = min(WATCHED_SECONDS, max(now - self._sent[0] if self._sent else 0.0, REACTION_SECONDS))
        sent, refused = len(self._sent), len(self._refused)
        through = max(0, sent - refused) / seconds
        if sent >= FEW and seconds >= WATCHED_SECONDS / 2:
            self._best = max(self._best, through)
        return min(1.0, refused / max(sent, 1)), through

    @property
    def _slowest(self) -> float:
        return max(SLOWEST, FLOOR * self._best)

    def _is_not_ours(self, now: float) -> bool:
        """Tell whether the server refuses calls for another reason than our rate, and put the rate back if so.

        A rate that is too high, lowered, is refused less often, and as much as before goes through. Where the share
        refused stays and less goes through, lowering does not help; where calls are refused right after the pause that
        was asked for, waiting does not. For a while, refusals then neither lower the rate nor hold up other calls.
        """
        assert self._learned is not None  # the caller lowers a rate that was learned
        trial, rate = self._trial, self._learned.rate
        if self._probes >= PROBES and self._probes_refused >= PROBES_REFUSED * self._probes:
            self._stop_listening(now, max(rate, trial.rate if trial else 0.0))
            return True
        if trial is not None and rate <= trial.rate:
            calls = self._calls - trial.calls
            tried = calls >= TRIED_CALLS or (calls >= TRIED_LEAST and now - trial.at >= TRIED_SECONDS)
            if not tried or rate > LOWERED * trial.rate:
                return False
            share, through = self._count_since(trial, now)
            same = SAME < share / max(trial.share, 1e-6) < 1 / SAME and share < ALMOST_ALL
            if same and through < FEWER * trial.through:
                self._stop_listening(now, trial.rate)
                return True
            self._best = max(through, self._best / 2)
        share, through = self._count_since(trial or Trial(), now)
        self._trial = Trial(at=now, rate=rate, share=share, through=through, calls=self._calls, refusals=self._refusals)
        return False

    def _stop_listening(self, now: float, rate: float) -> None:
        assert self._learned is not None
        self._learned.rate = max(rate, self._best)
        self._trial, self._probes, self._probes_refused = None, 0, 0
        self._paused_until, self._after_pause = now, False
        self._deaf_until = now + self._deaf_seconds
        self._deaf_seconds = min(2 * self._deaf_seconds, DEAF_LONGEST)

    def _count_since(self, trial: Trial, now: float) -> tuple[float, float]:
        """Return the share of calls refused since, and the calls per second that were not."""
        calls, refusals = self._calls - trial.calls, self._refusals - trial.refusals
        return refusals / max(calls, 1), (calls - refusals) / max(now - trial.at, REACTION_SECONDS)

    def slow(self) -> None:
        """Say that a call ran out of time: fewer at once, where it is not one of few among many that were answered."""
        now = asyncio.get_running_loop().time()
        self._timed_out += 1
        often = self._timed_out > OFTEN * (self._timed_out + self._answered)
        if often and now - self._narrowed_at >= NARROWING_SECONDS:
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
            opening = self._sent[-1] + OPENING_SECONDS / self._most - now if self._is_opening else 0.0
            seconds = max(
                [self._paused_until - now, opening, *(bucket.wait(amount, now) for bucket, amount in buckets)]
            )
            if seconds <= 0:
                break
            await asyncio.sleep(seconds)
        for bucket, amount in buckets:
            bucket.take(amount)
        self._sent.append(now)
        self._calls += 1
        if self._after_pause:
            self._probe()
        if self._began is None:
            self._began = now
        if len(self._sent) > KEPT:
            self._look_back(now)

    def _probe(self) -> None:
        """Remember that this task's call is the first after a pause; what was seen long ago counts less."""
        self._after_pause = False
        self._probing.add(asyncio.current_task())
        self._probes += 1
        if self._probes > 4 * PROBES:
            self._probes, self._probes_refused = self._probes // 2, self._probes_refused // 2
