"""Asking the stand-in: a question, and one call from a fresh event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from querencia.messages.writers.llm.asking import ModelAsker
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.work import Answer, Question, Turn
from stand_in.server import StandIn
from stand_in.serving import serving

KEY = "k3y-of-the-resource-0123456789"
PROMPT = 'Write to a customer who used 1,234 minutes of transcription. {"offers": ["A", "B"], "minutes": 1234}'


@pytest.fixture
def question() -> Question:
    """A question whose first reply did not pass."""
    turn = Turn(reply='{"subject": "First try"}', complaint="The greeting is missing.")
    return Question(instructions="You write letters.", prompt=PROMPT, max_tokens=700, turns=(turn,))


@pytest.fixture
def connect() -> Callable[..., Connection]:
    """Make a connection to the server at `url`, of any kind."""

    def make(url: str, **given: Any) -> Connection:
        kind = given.pop("kind", "azure_v1")
        facts: dict[str, Any] = {"deployment": "texts", "family": "gpt-4.1-mini", "key": SecretStr(KEY), "timeout": 10}
        if kind == "azure_legacy":
            facts["api_version"] = "2024-10-21"
        return Connection(kind=kind, url=f"{url}/v1" if kind == "compatible" else url, **{**facts, **given})

    return make


@pytest.fixture
def ask(connect: Callable[..., Connection], question: Question) -> Callable[..., Answer]:
    """Ask `app` once, over loopback, and return the answer or raise the failure."""

    def once(app: StandIn, *, streaming: bool = False, **given: Any) -> Answer:
        async def call(url: str) -> Answer:
            async with ModelAsker(connect(url, **given), streaming=streaming) as asker:
                return await asker.ask(question)

        with serving(app) as url:
            return asyncio.run(call(url))

    return once
