"""Asking a server that others wrote, `@copilotkit/aimock`: what we take for Azure OpenAI is not of our own making."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from querencia.messages.writers.llm.asking import ModelAsker
from querencia.messages.writers.llm.azure_batch import BatchAsker, Result
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.failures import CallRefusedError, CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Answer, Question, Turn
from stand_in.aimock import AimockMissingError, aimock

KEY = "k3y-of-the-resource-0123456789"
REPLY = {
    "subject": "Gracias por su confianza",
    "greeting": "Estimada {{name}}:",
    "body": ["Le escribimos para agradecerle su confianza.", "Queremos seguir siéndole útiles."],
    "recommendations": ["Le ayudará a diario."],
    "call_to_action": "Responda a este mensaje.",
}
TEXT = json.dumps(REPLY, ensure_ascii=False)


def fixture(word: str, response: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"match": {"userMessage": word}, "response": response, **more}


def error(status: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"Foreseen: {kind}", "type": kind, "code": kind}, "status": status, **more}


FIXTURES = [
    {
        "match": {"userMessage": "greeting", "turnIndex": 1, "responseFormat": "json_schema"},
        "response": {"content": TEXT},
    },
    fixture("no greeting", {"content": json.dumps({"subject": "Only this"})}),
    fixture("reply please", {"content": TEXT}),
    fixture("limited", error(429, "rate_limit_error", retryAfter=3)),
    fixture("no money", error(429, "insufficient_quota")),
    fixture("broken", error(500, "server_error")),
    fixture("overloaded", error(503, "overloaded")),
    fixture("filtered prompt", error(400, "content_filter")),
    fixture("gone", error(404, "DeploymentNotFound")),
    fixture("filtered reply", {"content": TEXT, "finishReason": "content_filter"}),
    fixture("long", {"content": TEXT, "finishReason": "length"}),
    fixture("nothing", {"content": ""}),
    fixture("hangs up", {"content": TEXT}, chaos={"disconnectRate": 1}),
    fixture("garbled", {"content": TEXT}, chaos={"malformedRate": 1}),
    fixture("dropped", {"content": TEXT}, chaos={"dropRate": 1}),
    fixture("streamed half", {"content": TEXT}, truncateAfterChunks=2),
    fixture("streamed slowly", {"content": TEXT}, latency=2000),
]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    try:
        with aimock(FIXTURES, key=KEY) as url:
            yield url
    except AimockMissingError as missing:
        pytest.skip(f"aimock is absent: {missing}")


@pytest.fixture
def ask_mock(mock: str) -> Ask:
    def once(
        prompt: str,
        *,
        key: str = KEY,
        streaming: bool = False,
        kind: str = "azure_v1",
        turns: tuple[Turn, ...] = (),
        timeout: float = 10,
    ) -> Answer:
        connection = Connection(
            kind=kind,  # type: ignore[arg-type]
            url=f"{mock}/v1" if kind == "compatible" else mock,
            deployment="texts",
            family="gpt-4.1-mini",
            api_version="2024-10-21" if kind == "azure_legacy" else "",
            key=SecretStr(key),
            timeout=timeout,
        )

        async def call() -> Answer:
            async with ModelAsker(connection, streaming=streaming) as asker:
                question = Question(instructions="You write letters.", prompt=prompt, max_tokens=500, turns=turns)
                return await asker.ask(question)

        return asyncio.run(call())

    return once


@pytest.mark.parametrize("kind", ["azure_v1", "azure_legacy", "compatible"])
@pytest.mark.parametrize("streaming", [False, True])
def test_it_answers_by_every_api(ask_mock: Ask, kind: str, streaming: bool) -> None:
    answer = ask_mock("A reply please", kind=kind, streaming=streaming)
    assert Reply.model_validate_json(answer.text).body == REPLY["body"]
    assert answer.usage.input > 0
    assert answer.usage.output > 0


def test_a_complaint_is_the_second_turn(ask_mock: Ask) -> None:
    first = ask_mock("There is no greeting")
    turn = Turn(reply=first.text, complaint="The greeting is missing.")
    assert ask_mock("There is no greeting", turns=(turn,)).text == TEXT


@pytest.mark.parametrize(
    ("prompt", "kind", "wait"),
    [
        ("limited", "rate_limited", 3.0),
        ("broken", "server", None),
        ("overloaded", "server", None),
        ("dropped", "server", None),
        ("hangs up", "cut_off", None),
        ("garbled", "cut_off", None),
    ],
)
def test_its_troubles_are_told(ask_mock: Ask, prompt: str, kind: str, wait: float | None) -> None:
    with pytest.raises(CallTroubleError) as failure:
        ask_mock(prompt)
    assert failure.value.kind == kind
    if wait is not None:
        assert failure.value.retry_after == wait


def test_its_cut_and_slow_streams_are_told(ask_mock: Ask) -> None:
    for prompt, kind in {"streamed half": "cut_off", "streamed slowly": "timeout"}.items():
        with pytest.raises(CallTroubleError) as failure:
            ask_mock(prompt, streaming=True, timeout=1)
        assert failure.value.kind == kind


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("filtered prompt", "prompt_filtered"),
        ("filtered reply", "reply_filtered"),
        ("long", "too_long"),
        ("nothing", "empty"),
    ],
)
def test_its_refusals_are_told(ask_mock: Ask, prompt: str, kind: str) -> None:
    with pytest.raises(CallRefusedError) as failure:
        ask_mock(prompt)
    assert failure.value.kind == kind


@pytest.mark.parametrize(("prompt", "key"), [("reply please", "wrong"), ("gone", KEY), ("no money", KEY)])
def test_what_it_never_lets_pass_ends_the_asking(ask_mock: Ask, prompt: str, key: str) -> None:
    with pytest.raises(ModelAccessError):
        ask_mock(prompt, key=key)


def test_it_works_through_a_batch_and_finds_it_again(mock: str) -> None:
    connection = Connection(kind="compatible", url=f"{mock}/v1", deployment="texts", key=SecretStr(KEY), timeout=10)
    questions = {
        name: Question(instructions="You write letters.", prompt=f"Letter {name}", max_tokens=100) for name in "abc"
    }

    async def call() -> dict[str, Result]:
        async with BatchAsker(connection, pause=0.05) as asker:
            batch = await asker.submit(questions)
            assert await asker.submit(questions) == batch
            while not (await asker.look(batch)).done:
                await asyncio.sleep(0.05)
            return {name: result async for name, result in asker.collect(batch, questions)}

    results = asyncio.run(call())
    assert list(results) == list(questions)
    assert all(isinstance(result, Answer) and result.usage.output for result in results.values())
