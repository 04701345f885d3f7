"""Many questions as one batch: each comes back once, whatever becomes of the batch or of who submitted it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.messages.writers.llm.asking import ModelAsker
from querencia.messages.writers.llm.azure_batch import BatchAsker, Result, portions
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.failures import CallRefusedError, CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Answer, Question, Turn
from stand_in import faults
from stand_in.batches import BatchPlan
from stand_in.server import StandIn
from stand_in.serving import serving

KEY = "k3y-of-the-resource-0123456789"
Connect = Callable[..., Connection]
T = TypeVar("T")
QUESTIONS = {
    f"work-{number}": Question(
        instructions="You write letters.",
        prompt=f'Write letter {number}, señora. {{"offers": ["A"]}}',
        max_tokens=400,
        turns=(Turn(reply="{}", complaint="No greeting."),) if number == 3 else (),
    )
    for number in range(6)
}


@pytest.fixture
def batch(desk: Any, connect: Connect) -> Callable[..., Any]:
    """Do something with a BatchAsker at `app`, in a fresh event loop."""

    def do(app: StandIn, what: Callable[[BatchAsker], Awaitable[T]], **given: Any) -> T:
        async def run() -> T:
            async with BatchAsker(connect(desk.url, **given), pause=0.01) as asker:
                return await what(asker)

        desk.app = app
        return asyncio.run(run())

    return do


async def submitted(asker: BatchAsker) -> str:
    return await asker.submit(QUESTIONS)


async def collected(asker: BatchAsker) -> dict[str, Result]:
    """Submit, wait, and collect: no question comes back twice."""
    name = await asker.submit(QUESTIONS)
    while not (await asker.look(name)).done:
        await asyncio.sleep(0.01)
    pairs = [pair async for pair in asker.collect(name, QUESTIONS)]
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("azure_v1", "/chat/completions"),
        ("azure_legacy", "/chat/completions"),
        ("compatible", "/v1/chat/completions"),
    ],
)
def test_every_question_is_answered_once(batch: Any, kind: str, path: str) -> None:
    app = StandIn(key=KEY, batch_plan=BatchPlan(looks=3, file_looks=2))
    results = batch(app, collected, kind=kind)
    assert results.keys() == QUESTIONS.keys()
    for result in results.values():
        assert isinstance(result, Answer)
        assert Reply.model_validate_json(result.text).greeting == "Estimado cliente:"
        assert result.usage.input > 0
    [made] = app.batches.batches.values()
    lines = [json.loads(line) for line in app.batches.contents[made["input_file_id"]].splitlines()]
    assert {line["url"] for line in lines} == {made["endpoint"]} == {path}
    assert [line["custom_id"] for line in lines] == list(QUESTIONS)


@pytest.mark.parametrize("family", ["gpt-4.1-mini", "gpt-5-nano", "mistral-large-2411"])
def test_a_call_in_a_batch_is_the_call_that_would_be_made_alone(batch: Any, connect: Connect, family: str) -> None:
    app = StandIn()
    options = {"family": family, "temperature": 0.4, "effort": "low"}
    batch(app, submitted, **options)

    async def alone(url: str) -> None:
        async with ModelAsker(connect(url, **options)) as asker:
            for question in QUESTIONS.values():
                await asker.ask(question)

    with serving(app) as url:
        asyncio.run(alone(url))
    lines = app.batches.contents["file-0"].splitlines()
    for line, (_, _, body) in zip(lines, app.seen, strict=True):
        del body["stream"]
        assert json.loads(line)["body"] == body


def test_calls_that_failed_are_told_as_they_would_be_alone(batch: Any) -> None:
    met = {
        "work-0": faults.prompt_filtered(),
        "work-1": faults.FILTERED_TEXT,
        "work-2": faults.LENGTH,
        "work-3": faults.status(429),
        "work-4": faults.FILTERED_NO_MESSAGE,
    }
    results = batch(StandIn(batch_plan=BatchPlan(faults=met)), collected)
    kinds = {name: getattr(result, "kind", "answer") for name, result in results.items()}
    assert kinds == {
        "work-0": "prompt_filtered",
        "work-1": "reply_filtered",
        "work-2": "too_long",
        "work-3": "rate_limited",
        "work-4": "reply_filtered",
        "work-5": "answer",
    }
    paid = {name for name, result in results.items() if result.usage.input}
    assert paid == {"work-1", "work-2", "work-4", "work-5"}


@pytest.mark.parametrize(("end", "kind"), [("expired", "timeout"), ("cancelled", "cut_off")])
def test_what_a_batch_never_came_to_may_be_asked_again(batch: Any, end: str, kind: str) -> None:
    results = batch(StandIn(batch_plan=BatchPlan(end=end, asked=4, lost=frozenset({"work-0"}))), collected)
    answered = {name for name, result in results.items() if isinstance(result, Answer)}
    assert answered == {"work-1", "work-2", "work-3"}
    for name in QUESTIONS.keys() - answered:
        failure = results[name]
        assert isinstance(failure, CallTroubleError)
        assert failure.kind == kind


def test_lines_that_are_no_answers_and_lost_answers_do_no_harm(batch: Any) -> None:
    junk = 'not json\n\n[]\n{"custom_id": "stranger", "response": null}\n{"custom_id": ["work-1"]}\n' + json.dumps(
        {"custom_id": "work-1", "response": {"status_code": 200, "body": {}}}
    )
    results = batch(StandIn(batch_plan=BatchPlan(lost=frozenset({"work-2"}), junk=junk)), collected)
    assert results.keys() == QUESTIONS.keys()
    assert isinstance(results["work-1"], Answer)
    assert isinstance(results["work-2"], CallTroubleError)


def test_a_reply_may_hold_signs_that_elsewhere_end_a_line(batch: Any) -> None:
    said = "Uno\u2028dos\u2029tres\x85cuatro\x0bcinco\x1cseis"
    app = StandIn(reply=lambda _: {"subject": said})
    results = batch(app, collected)
    assert {json.loads(result.text)["subject"] for result in results.values()} == {said}


def test_a_batch_for_which_the_queue_is_full_may_be_submitted_later(batch: Any) -> None:
    app = StandIn(batch_plan=BatchPlan(end="failed", errors=[{"code": "token_limit_exceeded", "message": "Full."}]))
    results = batch(app, collected)
    assert {result.kind for result in results.values()} == {"rate_limited"}
    app.batches.plan = BatchPlan()
    results = batch(app, collected)
    assert all(isinstance(result, Answer) for result in results.values())
    assert len(app.batches.batches) == 2


def test_a_batch_that_is_refused_as_a_whole_ends_the_asking(batch: Any) -> None:
    plan = BatchPlan(end="failed", errors=[{"code": "model_mismatch", "message": f"{KEY} is no batch deployment"}])
    with pytest.raises(ModelAccessError, match=r"model_mismatch.*Global Batch") as failure:
        batch(StandIn(batch_plan=plan), collected)
    assert KEY not in str(failure.value)


@pytest.mark.parametrize("forgetful", [False, True], ids=["metadata kept", "metadata lost"])
def test_killed_after_it_submitted_it_finds_its_batch_again(batch: Any, forgetful: bool) -> None:
    app = StandIn(batch_plan=BatchPlan(forgetful=forgetful))
    first = batch(app, submitted)
    for number in range(4):  # others' batches, on several pages of the list
        batch(app, lambda asker, number=number: asker.submit(QUESTIONS, asking=f"other {number}"))
    assert batch(app, submitted) == first
    results = batch(app, collected)
    assert all(isinstance(result, Answer) for result in results.values())
    assert batch(app, submitted) == first
    assert len(app.batches.batches) == 5


def test_killed_between_file_and_batch_it_does_not_upload_twice(batch: Any) -> None:
    app = StandIn()
    batch(app, submitted)
    app.batches.batches.clear()
    batch(app, submitted)
    assert len(app.batches.files) == len(app.batches.batches) == 1


def test_other_questions_and_a_new_asking_are_new_batches(batch: Any) -> None:
    app = StandIn()
    names = {
        batch(app, submitted),
        batch(app, lambda asker: asker.submit(QUESTIONS, asking="second")),
        batch(app, lambda asker: asker.submit({"work-0": QUESTIONS["work-0"]})),
        batch(app, submitted, deployment="others"),
    }
    assert len(names) == 4


def test_a_batch_that_is_stopped_gives_what_it_has(batch: Any) -> None:
    async def stopped(asker: BatchAsker) -> dict[str, Result]:
        name = await asker.submit(QUESTIONS)
        with pytest.raises(CallTroubleError, match="not done"):
            await anext(asker.collect(name, QUESTIONS))
        await asker.cancel(name)
        assert (await asker.look(name)).status == "cancelled"
        return {name: result async for name, result in asker.collect(name, QUESTIONS)}

    results = batch(StandIn(batch_plan=BatchPlan(looks=2, asked=2)), stopped)
    assert [isinstance(result, Answer) for result in results.values()] == [True, True, False, False, False, False]


def test_where_it_stands_is_counted(batch: Any) -> None:
    async def watched(asker: BatchAsker) -> list[tuple[bool, int, int, int]]:
        name = await asker.submit(QUESTIONS)
        seen = [await asker.look(name) for _ in range(2)]
        return [(one.done, one.total, one.completed, one.failed) for one in seen]

    plan = BatchPlan(looks=2, faults={"work-0": faults.status(500)})
    assert batch(StandIn(batch_plan=plan), watched) == [(False, 0, 0, 0), (True, 6, 5, 1)]


def test_a_wrong_key_a_server_that_is_gone_and_an_unknown_batch_are_told(batch: Any, connect: Connect) -> None:
    with pytest.raises(ModelAccessError, match="HTTP 401"):
        batch(StandIn(key="another"), submitted)
    with pytest.raises(CallRefusedError, match="no batch 'batch_9'"):
        batch(StandIn(), lambda asker: asker.look("batch_9"))

    async def nobody() -> None:
        async with BatchAsker(connect("http://127.0.0.1:9")) as asker:
            await asker.submit(QUESTIONS)

    with pytest.raises(CallTroubleError) as failure:
        asyncio.run(nobody())
    assert failure.value.kind == "connection"


@given(sizes=st.lists(st.integers(1, 50), max_size=40), calls=st.integers(1, 10), most=st.integers(10, 120))
def test_portions_keep_order_and_limits(sizes: list[int], calls: int, most: int) -> None:
    named = [(f"{number:02}", size) for number, size in enumerate(sizes)]
    cut = list(portions(named, lambda size: size, calls=calls, most=most))
    assert [pair for portion in cut for pair in portion.items()] == named
    for portion in cut:
        assert 1 <= len(portion) <= calls
        assert len(portion) == 1 or sum(portion.values()) + 2 * len(portion) <= most
    for portion, following in pairwise(cut):  # none is cut before it must be
        weight = sum(portion.values()) + 2 * len(portion)
        assert len(portion) == calls or weight + next(iter(following.values())) + 2 > most
