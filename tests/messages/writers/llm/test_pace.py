"""How fast is asked, in simulated time: declared limits kept, unknown ones found, pauses shared, time-outs answered."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from message_contest.simulated import BucketLimit, CoinLimit, Seen, WindowLimit, keep_asking, simulate
from querencia.messages.writers.llm.pace import Pace

SECONDS, SETTLED = 600, 200


def ask(limit: Any, *, seconds: float = SECONDS, tokens: int = 1, **options: Any) -> Seen:
    coin = random.Random(7)

    async def main() -> Seen:
        pace = Pace(**options)
        return await keep_asking(pace, limit, seconds=seconds, tokens=tokens, latency=lambda: coin.uniform(1, 3))

    seen: Seen = simulate(main())
    return seen


@pytest.mark.parametrize("tells", [True, False], ids=["told when", "not told"])
@pytest.mark.parametrize("rate", [5.0, 20.0])
@pytest.mark.parametrize("burst", [1.0, 60.0], ids=["a second's reserve", "a minute's reserve"])
def test_an_unknown_limit_is_found_and_used_with_few_refusals(rate: float, burst: float, tells: bool) -> None:
    seen = ask(BucketLimit(rate, burst=rate * burst, tells=tells))
    assert seen.rate(SETTLED, SECONDS) >= 0.9 * rate
    assert seen.share_refused(SETTLED, SECONDS) < 0.03


def test_a_limit_counted_in_windows_is_found_too() -> None:
    seen = ask(WindowLimit(20, seconds=10, tells=True))
    assert seen.rate(SETTLED, SECONDS) >= 18
    assert seen.share_refused(SETTLED, SECONDS) < 0.03


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_refusals_that_have_nothing_to_do_with_the_rate_do_not_stop_the_run(share: float) -> None:
    free = ask(CoinLimit(0)).rate(0, SECONDS)
    assert ask(CoinLimit(share)).rate(0, SECONDS) > 0.5 * free


@pytest.mark.parametrize("after", [0.2, 1.0])
def test_refusals_for_another_reason_that_ask_to_wait_and_time_outs_cost_less_than_half(after: float) -> None:
    def reach(limit: CoinLimit) -> float:
        coin = random.Random(3)

        async def main() -> Seen:
            latency = lambda: 60.0 if coin.random() < 0.05 else 0.3  # noqa: E731
            return await keep_asking(Pace(concurrency=32), limit, seconds=150, latency=latency, timeout=3.0)

        seen: Seen = simulate(main())
        return seen.rate(0, 150)

    # A refusal takes no more of the width than 20 ms: what it costs is the calls that are asked anew.
    assert reach(CoinLimit(0.3, after=after)) > 0.5 * reach(CoinLimit(0))


def test_a_declared_limit_of_requests_is_kept_and_used() -> None:
    seen = ask(BucketLimit(5.01, burst=6, tells=True), requests_per_minute=300)
    assert seen.refused == []
    assert seen.rate(SETTLED, SECONDS) == pytest.approx(5, rel=0.01)


def test_a_declared_limit_of_tokens_is_kept_and_used() -> None:
    seen = ask(BucketLimit(20_020, burst=21_000, tells=True), tokens=2_000, tokens_per_minute=1_200_000)
    assert seen.refused == []
    assert seen.rate(SETTLED, SECONDS) == pytest.approx(10, rel=0.01)


def test_a_call_of_more_tokens_than_a_second_allows_waits_its_share() -> None:
    async def main() -> list[float]:
        pace, moments = Pace(tokens_per_minute=6_000), []
        for _ in range(3):
            async with pace.turn(1_000):
                moments.append(asyncio.get_running_loop().time())
        return moments

    assert simulate(main()) == pytest.approx([0, 10, 20])


def test_what_the_server_asks_to_wait_all_calls_wait() -> None:
    async def main() -> list[float]:
        pace, moments = Pace(), []
        pace.limited(30.0)

        async def call() -> None:
            async with pace.turn(1):
                moments.append(asyncio.get_running_loop().time())

        await asyncio.gather(*(call() for _ in range(5)))
        return moments

    assert min(simulate(main())) >= 30


def test_time_outs_narrow_the_width_and_answers_widen_it_again() -> None:
    async def main() -> list[int]:
        pace, widths = Pace(concurrency=64), []
        for _ in range(3):
            pace.slow()
            pace.slow()  # of the same moment: it says nothing new
            widths.append(pace.width)
            await asyncio.sleep(10)
        for _ in range(5_000):
            pace.answered()
        return [*widths, pace.width]

    assert simulate(main()) == [44, 31, 21, 64]


def test_a_few_time_outs_among_many_answers_leave_the_width_alone() -> None:
    async def main() -> int:
        pace, narrowest = Pace(concurrency=64), 64
        for number in range(1, 1_000):
            await asyncio.sleep(1)
            if number % 20:
                pace.answered()
            else:
                pace.slow()
            narrowest = min(narrowest, pace.width)
        return narrowest

    assert simulate(main()) == 64


def test_no_more_calls_are_under_way_than_the_width() -> None:
    async def main() -> int:
        pace, under_way, most = Pace(concurrency=7), 0, 0

        async def call() -> None:
            nonlocal under_way, most
            async with pace.turn(1):
                under_way += 1
                most = max(most, under_way)
                await asyncio.sleep(1)
                under_way -= 1

        await asyncio.gather(*(call() for _ in range(50)))
        return most

    assert simulate(main()) == 7


def test_a_call_that_is_cancelled_in_the_queue_holds_nobody_up() -> None:
    async def main() -> float:
        pace = Pace(concurrency=1, requests_per_minute=60)

        async def call() -> None:
            async with pace.turn(1):
                await asyncio.sleep(5)

        calls = [asyncio.create_task(call()) for _ in range(4)]
        await asyncio.sleep(1)
        for cancelled in calls[:3]:
            cancelled.cancel()
        await calls[3]
        return asyncio.get_running_loop().time()

    assert simulate(main()) <= 8
