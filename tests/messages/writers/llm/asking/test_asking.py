"""One call, by every path and with every way to go wrong: an answer, or the failure that says what follows."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.errors import QuerenciaError
from querencia.messages.writers.llm.asking import ModelAsker
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.failures import CallRefusedError, CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.vendor_errors import retry_after
from querencia.messages.writers.llm.work import Answer, Question, Usage
from stand_in import faults
from stand_in.faults import Fault
from stand_in.limits import Limits
from stand_in.server import StandIn
from stand_in.serving import address, serving

KEY = "k3y-of-the-resource-0123456789"
Ask = Callable[..., Answer]
Connect = Callable[..., Connection]
WAYS = [pytest.param(False, id="whole"), pytest.param(True, id="streamed")]


def failing(fault: Fault) -> StandIn:
    return StandIn(plan=faults.always(fault))


def said(status: int, error: dict[str, Any]) -> Fault:
    return Fault(name=f"said_{status}", status=status, body={"error": error})


@pytest.mark.parametrize("streaming", WAYS)
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("azure_v1", "/openai/v1/chat/completions?"),
        ("azure_legacy", "/openai/deployments/texts/chat/completions?api-version=2024-10-21"),
        ("compatible", "/v1/chat/completions?"),
    ],
)
def test_every_api_is_asked_in_its_own_way(ask: Ask, kind: str, path: str, streaming: bool) -> None:
    app = StandIn(key=KEY, deployments=frozenset({"texts"}))
    answer = ask(app, kind=kind, streaming=streaming)
    reply = Reply.model_validate_json(answer.text)
    assert reply.subject == "Gracias por su confianza"
    assert len(reply.recommendations) == 2
    assert answer.model == "gpt-4.1-mini-2025-04-14"
    [(asked, _, body)] = app.seen
    letters = sum(len(message["content"]) for message in body["messages"])
    assert answer.usage == Usage(input=letters // 4, cached=letters // 4 // 2, output=len(answer.text) // 4)
    assert 0 < answer.seconds < 10
    assert asked == path


def test_a_deployment_may_have_any_name(ask: Ask) -> None:
    app = StandIn(deployments=frozenset({"my texts/new?", "my texts"}))
    ask(app, kind="azure_v1", deployment="my texts/new?")
    ask(app, kind="azure_legacy", deployment="my texts")
    assert app.outcomes == {"ok": 2}


def test_the_question_arrives_as_it_was_put(ask: Ask, question: Question) -> None:
    app = StandIn()
    ask(app)
    [(_, headers, body)] = app.seen
    assert body["model"] == "texts"
    assert body["max_completion_tokens"] == 700
    assert "max_tokens" not in body
    assert [(message["role"], message["content"]) for message in body["messages"]] == [
        ("system", question.instructions),
        ("user", question.prompt),
        ("assistant", '{"subject": "First try"}'),
        ("user", "The greeting is missing."),
    ]
    assert headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("streaming", WAYS)
def test_the_reply_is_bound_to_a_strict_schema(ask: Ask, streaming: bool) -> None:
    app = StandIn()
    ask(app, streaming=streaming)
    form = app.seen[0][2]["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True
    schema = form["json_schema"]["schema"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == list(schema["properties"]) == list(Reply.model_fields)


@pytest.mark.parametrize(
    ("family", "sent"),
    [
        ("gpt-4.1-mini", {"temperature": 0.4, "max_completion_tokens": 700}),
        ("gpt-5-nano", {"reasoning_effort": "low", "max_completion_tokens": 700}),
        ("mistral-large-2411", {"temperature": 0.4, "max_tokens": 700}),
    ],
)
def test_a_family_is_sent_only_what_it_takes(ask: Ask, family: str, sent: dict[str, Any]) -> None:
    app = StandIn()
    ask(app, family=family, temperature=0.4, effort="low")
    body = app.seen[0][2]
    options = ("temperature", "reasoning_effort", "max_completion_tokens", "max_tokens")
    assert {name: body[name] for name in options if name in body} == sent


TROUBLES = [
    (faults.status(408), "timeout"),
    (faults.status(409), "server"),
    (faults.status(429), "rate_limited"),
    (faults.status(500), "server"),
    (faults.status(502), "server"),
    (faults.status(503), "server"),
    (faults.status(504), "timeout"),
    (Fault(name="gateway", status=502, headers={"content-type": "text/html"}, body=b"<html>Bad gateway"), "server"),
    (faults.CUT, "cut_off"),
    (faults.NOT_JSON, "cut_off"),
    (faults.HTML, "cut_off"),
    (Fault(name="list", body=[]), "cut_off"),
    (Fault(name="nothing", body=b""), "cut_off"),
    (Fault(name="unpackable", headers={"content-encoding": "gzip"}, body=b"not packed"), "cut_off"),
]
REFUSALS = [
    (faults.prompt_filtered(), "prompt_filtered", False),
    (faults.prompt_filtered(inner_only=True), "prompt_filtered", False),
    (faults.FILTERED_EMPTY, "reply_filtered", True),
    (faults.FILTERED_TEXT, "reply_filtered", True),
    (faults.REFUSAL, "refused", True),
    (faults.LENGTH, "too_long", True),
    (Fault(name="thought", choice={"finish_reason": "length"}, message={"content": ""}), "too_long", True),
    (faults.EMPTY, "empty", True),
    (faults.NULL, "empty", True),
    (faults.BLANK, "empty", True),
    (Fault(name="guard", choice={"finish_reason": "guardrail_intervened"}), "not_accepted", True),
    (faults.status(400, error="context_length_exceeded", param="messages"), "not_accepted", False),
    (faults.status(413), "not_accepted", False),
    (faults.status(422), "not_accepted", False),
    (
        said(400, {"message": "Too long: 9,000 of 8,192 tokens, 700 of them by max_completion_tokens"}),
        "not_accepted",
        False,
    ),
    (said(400, {"message": "temperature is not supported " * 99}), "not_accepted", False),
]


@pytest.mark.parametrize("streaming", WAYS)
@pytest.mark.parametrize(("fault", "kind"), TROUBLES, ids=[fault.name for fault, _ in TROUBLES])
def test_trouble_that_may_pass_is_told_by_its_kind(ask: Ask, fault: Fault, kind: str, streaming: bool) -> None:
    with pytest.raises(CallTroubleError, match=r"'texts' at '127\.0\.0\.1") as failure:
        ask(failing(fault), streaming=streaming)
    assert failure.value.kind == kind
    assert failure.value.retry_after is None


@pytest.mark.parametrize("kind", ["azure_v1", "azure_legacy", "compatible"])
@pytest.mark.parametrize("streaming", WAYS)
@pytest.mark.parametrize(("fault", "refusal", "paid"), REFUSALS, ids=[fault.name for fault, *_ in REFUSALS])
def test_an_answer_that_is_no_text_is_refused_and_still_paid(
    ask: Ask, fault: Fault, refusal: str, paid: bool, streaming: bool, kind: str
) -> None:
    with pytest.raises(CallRefusedError) as failure:
        ask(failing(fault), streaming=streaming, kind=kind)
    assert failure.value.kind == refusal
    assert (failure.value.usage.input > 0) is paid


def test_a_completion_without_choices_or_message_is_refused_and_still_paid(ask: Ask) -> None:
    cases = {faults.NO_CHOICES: "empty", faults.NO_MESSAGE: "empty", faults.FILTERED_NO_MESSAGE: "reply_filtered"}
    for fault, kind in cases.items():
        with pytest.raises(CallRefusedError) as failure:
            ask(failing(fault))
        assert failure.value.kind == kind
        assert failure.value.usage.input > 0


@pytest.mark.parametrize(
    "fault", [faults.SCHEMA, faults.MALFORMED_REPLY, faults.WRONG_LANGUAGE], ids=lambda one: one.name
)
def test_what_the_model_wrote_is_handed_over_as_it_is(ask: Ask, fault: Fault) -> None:
    assert ask(failing(fault)).text == fault.message["content"]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "1500"}, 1.5),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "2.5"}, 2.5),
        ({"retry_after_ms": "250", "retry_after": "7"}, 0.25),
        ({"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("code", [429, 503])
def test_the_server_says_when_to_come_again(
    ask: Ask, code: int, headers: dict[str, str], seconds: float | None
) -> None:
    with pytest.raises(CallTroubleError) as failure:
        ask(failing(faults.status(code, **headers)))
    assert failure.value.retry_after == seconds


@given(
    st.text(max_size=30) | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,9} [A-Z][a-z]{2} \d{1,6} \d\d?:\d\d:\d\d [A-Z+-]\w*\Z")
)
def test_a_time_to_wait_is_none_or_some_seconds_whatever_was_sent(value: str) -> None:
    for name in ("retry-after", "retry-after-ms"):
        wait = retry_after({name: value}, now=0)
        assert wait is None or 0 <= wait < math.inf


def test_a_date_to_come_again_is_counted_from_now() -> None:
    # 21 October 2015, 07:28:00 UTC is 1,445,412,480 seconds after 1970 began.
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert retry_after(headers, now=1_445_412_480 - 90) == 90


def test_a_limit_of_tokens_counts_what_the_reply_may_take(ask: Ask) -> None:
    # The question may take 700 tokens and more; the bucket holds a second's worth, and is refilled in six.
    app = StandIn(limits=Limits(tokens=7200))
    ask(app)
    assert app.limits.admit(700, now=time.monotonic()) == pytest.approx(700 / 120, abs=0.5)


@pytest.mark.parametrize("kind", ["azure_v1", "azure_legacy", "compatible"])
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (faults.status(401), "AZURE_OPENAI_API_KEY"),
        (faults.status(402), "billing"),
        (faults.status(403), "role"),
        (faults.status(404, error="DeploymentNotFound"), "deployment's name"),
        (faults.status(429, error="insufficient_quota"), "quota"),
        (faults.status(307, location="http://127.0.0.1:9/elsewhere"), "redirect"),
        (faults.status(400, error="unsupported_value", param="temperature"), "model family 'gpt-4.1-mini'"),
        (faults.status(400, error="invalid_request_error", param="response_format"), "JSON schemas"),
        (
            said(
                400, {"code": "BadRequest", "message": "response_format json_schema is enabled only for newer versions"}
            ),
            "API",
        ),
        (said(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"]}]}), "API"),
    ],
    ids=lambda one: one.name if isinstance(one, Fault) else "",
)
def test_what_no_call_will_get_past_ends_the_asking(ask: Ask, fault: Fault, says: str, kind: str) -> None:
    with pytest.raises(ModelAccessError, match=r"'texts' at '127\.0\.0\.1") as failure:
        ask(failing(fault), kind=kind)
    assert says in str(failure.value)
    assert "Expected" in str(failure.value)


def test_a_wrong_key_and_an_unknown_deployment_are_told_without_the_key(ask: Ask) -> None:
    for app in (StandIn(key="another"), StandIn(deployments=frozenset({"other"}))):
        with pytest.raises(ModelAccessError) as failure:
            ask(app)
        assert KEY[:4] not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize("fault", [faults.HANG, faults.DRIBBLE], ids=lambda one: one.name)
@pytest.mark.parametrize("streaming", WAYS)
def test_no_call_takes_longer_than_it_may(ask: Ask, fault: Fault, streaming: bool) -> None:
    start = time.perf_counter()
    with pytest.raises(CallTroubleError, match=r"within 0.3 seconds") as failure:
        ask(failing(fault), timeout=0.3, streaming=streaming)
    assert failure.value.kind == "timeout"
    assert time.perf_counter() - start < 5


def test_a_server_that_is_not_there_is_no_connection(connect: Connect, question: Question) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = address(taken)
    for address_of in (url, url.replace("http:", "https:")):
        with pytest.raises(CallTroubleError) as failure:
            asyncio.run(_ask_once(connect(address_of), question))
        assert failure.value.kind == "connection"


def test_a_server_without_tls_is_no_connection(connect: Connect, question: Question) -> None:
    with serving(StandIn()) as url, pytest.raises(CallTroubleError) as failure:
        asyncio.run(_ask_once(connect(url.replace("http:", "https:")), question))
    assert failure.value.kind == "connection"


def test_a_host_that_has_no_address_is_no_connection(
    connect: Connect, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(CallTroubleError, match=r"'nowhere\.example\.com'") as failure:
        asyncio.run(_ask_once(connect("https://nowhere.example.com"), question))
    assert failure.value.kind == "connection"


def test_a_connection_that_is_reset_is_no_connection(connect: Connect, question: Question) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.transport.abort()

    async def call() -> None:
        async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
            await _ask_once(connect(address(server.sockets[0])), question)  # type: ignore[arg-type]

    with pytest.raises(CallTroubleError) as failure:
        asyncio.run(call())
    assert failure.value.kind in {"connection", "cut_off"}


def test_a_prompt_that_is_no_unicode_is_not_sent(connect: Connect) -> None:
    app, question = StandIn(), Question(instructions="Write.", prompt="half of a sign: \ud83d", max_tokens=9)
    with serving(app) as url, pytest.raises(CallRefusedError) as failure:
        asyncio.run(_ask_once(connect(url), question))
    assert failure.value.kind == "not_accepted"
    assert app.calls == 0


def test_a_long_prompt_and_a_long_reply_arrive_whole(connect: Connect) -> None:
    letters = "ñandú {{engagement}} " * 500_000  # 10.5 MB
    app = StandIn(plan=faults.always(Fault(name="long", message={"content": letters})))
    with serving(app) as url:
        answer = asyncio.run(_ask_once(connect(url), Question(instructions="", prompt=letters, max_tokens=9)))
    assert app.seen[0][2]["messages"][-1]["content"] == letters
    assert answer.text == letters


@pytest.mark.parametrize("kind", ["azure_v1", "azure_legacy", "compatible"])
def test_credentials_of_the_environment_are_not_sent_in_place_of_the_connections(
    connect: Connect, question: Question, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "hunter2")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:9/")
    app = StandIn(key=KEY)
    with serving(app) as url:
        asyncio.run(_ask_once(connect(url, kind=kind), question))
    assert "hunter2" not in str(app.seen[0][1])


def test_an_asker_belongs_to_one_event_loop(connect: Connect, question: Question) -> None:
    with serving(StandIn()) as url:
        asker = ModelAsker(connect(url))
        with pytest.raises(RuntimeError, match="async with"):
            asyncio.run(asker.ask(question))
        asyncio.run(asker.__aenter__())
        with pytest.raises(RuntimeError, match="event loop"):
            asyncio.run(asker.ask(question))


def test_sixty_four_calls_are_under_way_at_once(connect: Connect, question: Question) -> None:
    app = StandIn(latency=0.5)

    async def call(url: str) -> float:
        async with ModelAsker(connect(url)) as asker:
            await asker.ask(question)  # imports and the first connection are not what is timed
            start = time.perf_counter()
            await asyncio.gather(*(asker.ask(question) for _ in range(64)))
            return time.perf_counter() - start

    with serving(app) as url:
        seconds = asyncio.run(call(url))
    assert app.most_in_flight == 64
    assert seconds < 5  # one after the other they would take 32


def test_a_cancelled_call_is_no_failure_of_the_server(connect: Connect, question: Question) -> None:
    async def call(url: str) -> None:
        async with ModelAsker(connect(url)) as asker:
            task = asyncio.create_task(asker.ask(question))
            await asyncio.sleep(0.2)
            task.cancel()
            await task

    with serving(failing(faults.HANG)) as url, pytest.raises(asyncio.CancelledError):
        asyncio.run(call(url))


@pytest.mark.parametrize("streaming", WAYS)
def test_logs_hold_no_key_and_above_debug_nothing_of_the_conversation(
    ask: Ask, question: Question, caplog: pytest.LogCaptureFixture, streaming: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = ask(StandIn(), streaming=streaming)
    for fault in (faults.status(401), faults.status(500), faults.CUT):
        with pytest.raises(QuerenciaError):
            ask(failing(fault), streaming=streaming)
    assert {record.name.partition(".")[0] for record in caplog.records} >= {"openai", "httpx2"}
    assert KEY not in caplog.text
    shown = [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]
    private = [question.prompt[:40], question.instructions, "1,234", answer.text[:40], "Gracias por"]
    assert [line for line in shown for word in private if word in line] == []


@pytest.mark.parametrize("code", [400, 401, 404, 422, 429, 500])
def test_a_server_that_quotes_prompt_and_key_is_not_quoted(ask: Ask, question: Question, code: int) -> None:
    said = f"Bad call by {KEY}: {question.prompt}"
    body = {"error": {"code": said, "type": said, "param": said, "message": said}}
    with pytest.raises(QuerenciaError) as failure:
        ask(failing(Fault(name="quoting", status=code, body=body)))
    shown = "".join(traceback.format_exception(failure.value)) + repr(failure.value)
    assert KEY not in shown
    assert "1,234" not in shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "finish_reason", "usage", "error", "code", "delta", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def test_whatever_a_server_answers_ends_as_an_answer_or_a_failure_of_ours(connect: Connect, question: Question) -> None:
    now: list[Fault] = []
    app = StandIn(plan=lambda _number, _body: now[0])
    with serving(app) as url, asyncio.Runner() as runner:
        asker = ModelAsker(connect(url))
        runner.run(asker.__aenter__())

        @settings(max_examples=40, deadline=None)
        @given(body=json_values, status=st.sampled_from([200, 200, 200, 201, 400, 404, 429, 500, 599]))
        def answered(body: object, status: int) -> None:
            now[:] = [Fault(name="any", status=status, body=json.dumps(body).encode())]
            try:
                answer = runner.run(asker.ask(question))
            except QuerenciaError:
                return
            assert answer.text.strip()

        answered()
        runner.run(asker.__aexit__(None, None, None))


async def _ask_once(connection: Connection, question: Question) -> Answer:
    async with ModelAsker(connection) as asker:
        return await asker.ask(question)
