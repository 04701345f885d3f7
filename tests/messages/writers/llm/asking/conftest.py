"""Asking the stand-in: a question, and one call from a fresh event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
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


class Desk:
    """A server whose answers can be changed, and open askers to it: starting both anew for each call would be slow."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self.url = url
        self.app = StandIn()
        self._runner = runner
        self._askers: dict[tuple[Connection, bool], ModelAsker] = {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def ask(self, connection: Connection, question: Question, *, streaming: bool) -> Answer:
        asker = self._askers.get((connection, streaming))
        if asker is None:
            asker = self._askers[connection, streaming] = ModelAsker(connection, streaming=streaming)
            self._runner.run(asker.__aenter__())
        return self._runner.run(asker.ask(question))

    def close(self) -> None:
        for asker in self._askers.values():
            self._runner.run(asker.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        desk = Desk("", runner)
        with serving(desk) as desk.url:
            yield desk
            desk.close()


@pytest.fixture
def ask(desk: Desk, connect: Callable[..., Connection], question: Question) -> Callable[..., Answer]:
    """Ask `app` once, over loopback, and return the answer or raise the failure."""

    def once(app: StandIn, *, streaming: bool = False, **given: Any) -> Answer:
        desk.app = app
        return desk.ask(connect(desk.url, **given), question, streaming=streaming)

    return once
