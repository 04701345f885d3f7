"""Signing in without a key."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable

import pytest

from querencia.messages.writers.llm.asking import ModelAsker
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.entra import entra_token
from querencia.messages.writers.llm.failures import CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.work import Question
from stand_in.server import StandIn
from stand_in.serving import serving


@pytest.mark.parametrize("kind", ["azure_v1", "azure_legacy"])
def test_each_call_bears_the_token_of_its_moment(
    connect: Callable[..., Connection], question: Question, kind: str
) -> None:
    app, given = StandIn(), iter(["first", "second"])

    async def token() -> str:
        return next(given)

    async def call(url: str) -> None:
        async with ModelAsker(connect(url, kind=kind, key=None), token=token) as asker:
            await asker.ask(question)
            await asker.ask(question)

    with serving(app) as url:
        asyncio.run(call(url))
    assert [headers["authorization"] for _, headers, _ in app.seen] == ["Bearer first", "Bearer second"]
    assert not any("api-key" in headers for _, headers, _ in app.seen)


def test_a_compatible_server_without_a_key_is_sent_none_of_azures(
    connect: Callable[..., Connection], question: Question
) -> None:
    app = StandIn()

    async def call(url: str) -> None:
        async with ModelAsker(connect(url, kind="compatible", key=None)) as asker:
            await asker.ask(question)

    with serving(app) as url:
        asyncio.run(call(url))
    assert app.seen[0][1]["authorization"] == "Bearer none"


def test_no_identity_ends_the_asking_and_says_how_to_get_one(
    connect: Callable[..., Connection], question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_USERNAME", "AZURE_PASSWORD"):
        monkeypatch.delenv(name, raising=False)

    async def call(url: str) -> None:
        async with ModelAsker(connect(url, key=None)) as asker:
            await asker.ask(question)

    with serving(StandIn()) as url, pytest.raises(ModelAccessError, match="az login"):
        asyncio.run(call(url))


def test_an_entra_id_that_is_gone_when_the_token_runs_out_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.credentials import AccessTokenInfo
    from azure.core.exceptions import ServiceRequestError
    from azure.identity import EnvironmentCredential

    def give(*_: object, **__: object) -> AccessTokenInfo:
        if given:
            raise ServiceRequestError("https://login.example.com/secret-tenant")
        given.append(1)
        return AccessTokenInfo("first", int(time.time()) + 10)  # so soon over that it is asked for again

    given: list[int] = []
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    monkeypatch.setattr(EnvironmentCredential, "get_token_info", give)
    token = entra_token()
    assert asyncio.run(token()) == "first"
    with pytest.raises(CallTroubleError) as failure:
        asyncio.run(token())
    assert failure.value.kind == "connection"
    assert "secret-tenant" not in "".join(traceback.format_exception(failure.value))
