"""Several askers behind one: each call goes to one that has room."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from message_contest.scripted import ScriptedAsker, scripted_asker
from querencia.messages.writers.llm.askers import CALLS_EACH, SeveralAskers, several_askers
from querencia.messages.writers.llm.failures import ModelAccessError
from querencia.messages.writers.llm.work import Question

QUESTION = Question(instructions="i", prompt="p", max_tokens=1)


@pytest.mark.parametrize(("calls", "expected"), [(3, [3, 0, 0]), (20, [8, 8, 4]), (30, [10, 10, 10])])
def test_calls_fill_one_asker_after_the_other_and_then_all_alike(calls: int, expected: list[int]) -> None:
    askers = [ScriptedAsker(seconds=0.01) for _ in range(3)]

    async def ask_at_once() -> None:
        several = SeveralAskers(askers)
        await asyncio.gather(*(several.ask(QUESTION) for _ in range(calls)))

    asyncio.run(ask_at_once())
    assert [asker.most for asker in askers] == expected


def test_a_call_that_fails_makes_room_again() -> None:
    async def refused() -> None:
        async with several_askers(partial(scripted_asker, 0.0, access=False), concurrency=1) as asker:
            for _ in range(2 * CALLS_EACH):
                with pytest.raises(ModelAccessError):
                    await asker.ask(QUESTION)
            assert asker.under_way == 0

    asyncio.run(refused())
