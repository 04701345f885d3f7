"""What a real Azure OpenAI answered once, answered again: each ends as it should.

The recordings (VCR cassettes of another project's tests) hold the older API of 2024 to 2026. They are read where they
are, and not kept here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from querencia.messages.writers.llm.failures import CallRefusedError, ModelAccessError
from querencia.messages.writers.llm.work import Answer

Ask = Callable[..., Answer]
OF_THE_WAY = {"content-length", "transfer-encoding", "content-encoding"}  # of how it travelled then


class Replay:
    """Answers every request with one recorded response, and keeps the path that it was asked by."""

    def __init__(self, interaction: dict[str, Any]) -> None:
        response = interaction["response"]
        self.request = json.loads(interaction["request"]["body"])
        self.uri = urlsplit(interaction["request"]["uri"])
        self.status = response["status"]["code"]
        self.body = response["body"]["string"].encode()
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, values in response["headers"].items()
            for value in values
            if name.lower() not in OF_THE_WAY
        ]
        self.asked = ""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        self.asked = f"{scope['path']}?{scope['query_string'].decode()}"
        length = (b"content-length", str(len(self.body)).encode())
        await send({"type": "http.response.start", "status": self.status, "headers": [*self._headers, length]})
        await send({"type": "http.response.body", "body": self.body})

    def events(self) -> list[dict[str, Any]]:
        lines = [line.removeprefix("data: ") for line in self.body.decode().splitlines() if line]
        assert lines.pop() == "[DONE]"
        return [json.loads(line) for line in lines]


def recorded(folder: Path, name: str) -> list[Replay]:
    text = (folder / "azure_openai" / f"{name}.yaml").read_text(encoding="utf-8")
    replays = [Replay(interaction) for interaction in yaml.safe_load(text)["interactions"]]
    assert replays
    return replays


def replayed(ask: Ask, replay: Replay) -> Answer:
    """Ask as it was asked: by the older API, streamed where it was."""
    model = replay.request["model"]
    version = replay.uri.query.removeprefix("api-version=")
    streaming = replay.request.get("stream", False)
    try:
        return ask(
            replay, kind="azure_legacy", deployment=model, family=model, api_version=version, streaming=streaming
        )
    finally:
        assert replay.asked == f"{replay.uri.path}?{replay.uri.query}"


def answered_whole(ask: Ask, replay: Replay) -> None:
    told = json.loads(replay.body)
    answer = replayed(ask, replay)
    assert answer.text == told["choices"][0]["message"]["content"]
    assert answer.model == told["model"]
    assert (answer.usage.input, answer.usage.output) == (
        told["usage"]["prompt_tokens"],
        told["usage"]["completion_tokens"],
    )


def test_plain_texts_are_answers(ask: Ask, shared_data: Path) -> None:
    for replay in recorded(shared_data, "test_chat"):
        answered_whole(ask, replay)


def test_streamed_texts_are_answers(ask: Ask, shared_data: Path) -> None:
    for replay in recorded(shared_data, "test_chat_streaming"):
        deltas = [choice["delta"].get("content") or "" for event in replay.events() for choice in event["choices"]]
        answer = replayed(ask, replay)
        assert answer.text == "".join(deltas)
        assert answer.text.count(" ") > 10


def test_a_text_that_took_thinking_is_an_answer_and_its_thoughts_are_paid(ask: Ask, shared_data: Path) -> None:
    first, *later = recorded(shared_data, "test_chat_reasoning")
    answered_whole(ask, first)
    assert replayed(ask, first).usage.output == 203  # of which 192 were thoughts
    for replay in later:  # by then the deployment was gone
        with pytest.raises(ModelAccessError, match="DeploymentNotFound"):
            replayed(ask, replay)


def test_a_completion_that_the_filter_stopped_is_refused_and_paid(ask: Ask, shared_data: Path) -> None:
    first, *later = recorded(shared_data, "test_chat_content_filtering")
    with pytest.raises(CallRefusedError) as failure:
        replayed(ask, first)
    assert failure.value.kind == "reply_filtered"
    assert (failure.value.usage.input, failure.value.usage.output) == (15, 19)
    for replay in later:  # the newer model's filter had nothing against it
        answered_whole(ask, replay)


def test_a_prompt_that_the_filter_stopped_is_refused(ask: Ask, shared_data: Path) -> None:
    first, *later = recorded(shared_data, "test_prompt_content_filtering")
    # The recording has the error with the status 200, Azure sends it with 400: both are understood.
    for status in (first.status, 400):
        first.status = status
        with pytest.raises(CallRefusedError) as failure:
            replayed(ask, first)
        assert failure.value.kind == "prompt_filtered"
    for replay in later:
        answered_whole(ask, replay)
