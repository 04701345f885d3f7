"""An event loop whose clock jumps to the next moment at which something happens, and servers that limit their rate."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from querencia.messages.writers.llm.pace import Pace


class _Jumping(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.now += timeout or 0.0
        return super().select(0)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Sleeps take no time, and the clock says that they did."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def simulate(main: Coroutine[Any, Any, Any]) -> Any:
    """Run `main` in simulated time."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(main)


class BucketLimit:
    """Allows `rate` a second, with a reserve of `burst`; says how long until the next, if it `tells`."""

    def __init__(self, rate: float, *, burst: float, tells: bool) -> None:
        self._rate, self._burst, self._tells = rate, burst, tells
        self._level, self._at = burst, 0.0

    def ask(self, now: float, amount: float = 1.0) -> tuple[bool, float | None]:
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level >= amount:
            self._level -= amount
            return True, None
        return False, (amount - self._level) / self._rate if self._tells else None


class WindowLimit:
    """Allows `rate` x `seconds` in each window of so many seconds; says when the next begins, if it `tells`."""

    def __init__(self, rate: float, *, seconds: float, tells: bool) -> None:
        self._most, self._seconds, self._tells = rate * seconds, seconds, tells
        self._window, self._count = -1, 0.0

    def ask(self, now: float, amount: float = 1.0) -> tuple[bool, float | None]:
        window = int(now // self._seconds)
        if window != self._window:
            self._window, self._count = window, 0.0
        if self._count + amount <= self._most:
            self._count += amount
            return True, None
        return False, (window + 1) * self._seconds - now if self._tells else None


class CoinLimit:
    """Refuses a share of calls, whatever their rate, and says to wait `after` seconds, if any."""

    def __init__(self, share: float, *, after: float | None = None, seed: int = 1) -> None:
        self._share, self._after, self._coin = share, after, random.Random(seed)

    def ask(self, now: float, amount: float = 1.0) -> tuple[bool, float | None]:
        return self._coin.random() >= self._share, self._after


@dataclass
class Seen:
    """When calls were taken and refused, in seconds."""

    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def rate(self, begin: float, end: float) -> float:
        return sum(begin <= at < end for at in self.taken) / (end - begin)

    def share_refused(self, begin: float, end: float) -> float:
        refused = sum(begin <= at < end for at in self.refused)
        return refused / max(1, refused + sum(begin <= at < end for at in self.taken))


async def keep_asking(
    pace: Pace,
    limit: Any,
    *,
    seconds: float,
    latency: Callable[[], float],
    tokens: int = 1,
    clients: int = 200,
    timeout: float = float("inf"),
) -> Seen:
    """Ask a server for so many seconds, with more to ask than it takes; a refusal comes after 20 ms.

    A call that would take longer than `timeout` ends by then, without an answer.
    """
    seen, loop = Seen(), asyncio.get_running_loop()

    async def client() -> None:
        while loop.time() < seconds:
            async with pace.turn(tokens):
                taken, after = limit.ask(loop.time(), tokens)
                takes = latency() if taken else 0.02
                if takes <= timeout:
                    (seen.taken if taken else seen.refused).append(loop.time())
                await asyncio.sleep(min(takes, timeout))
                if takes > timeout:
                    pace.slow()
                elif taken:
                    pace.answered()
                else:
                    pace.limited(after)
            # Whoever was told when to come back does: it is not another call that comes in its place.
            await asyncio.sleep(0 if taken else after or 0)

    await asyncio.gather(*(client() for _ in range(clients)))
    return seen
