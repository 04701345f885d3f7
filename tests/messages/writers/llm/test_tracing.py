"""Spans of works and calls: what they tell, and what they never do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from message_contest.memory_ledger import MemoryLedger
from message_contest.scripted import PlainScribe, ScriptedAsker, one_by_one, some_works, trouble
from querencia.messages.writers.llm.errand import Patience
from querencia.messages.writers.llm.pace import Pace
from querencia.messages.writers.llm.ports import Commission
from querencia.messages.writers.llm.prices import Prices
from querencia.messages.writers.llm.tracing import start_tracing
from querencia.messages.writers.llm.work import Question
from querencia.messages.writers.llm.worker import Shifts, work_off

PRICES = Prices.in_usd(input=1, output=1)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def write(script: Any, scribe: Any) -> None:
    ledger, commission = MemoryLedger(), Commission(id="c", project="p", budget=-1)
    ledger.enqueue("c", some_works(1))
    shifts = Shifts(patience=Patience(first=0.001))
    asker = ScriptedAsker(script)
    parts: dict[str, Any] = {"ledger": ledger, "asker": asker, "scribe": scribe, "pace": Pace(), "prices": PRICES}
    asyncio.run(work_off(commission, worker_id="w", shifts=shifts, **parts))


def test_each_call_is_a_span_in_the_span_of_its_work(spans: InMemorySpanExporter) -> None:
    write(one_by_one(trouble("server"), "bad"), PlainScribe())
    *calls, work = spans.get_finished_spans()
    assert work.name == "write text"
    assert [call.name for call in calls] == ["chat gpt-4.1-mini"] * 3
    assert {call.parent.span_id for call in calls if call.parent} == {work.context.span_id}
    assert [_told(call)["querencia.outcome"] for call in calls] == ["server", "answered", "answered"]
    assert (_told(calls[0])["error.type"], calls[0].status.is_ok) == ("server", False)
    assert _told(calls[2])["gen_ai.usage.input_tokens"] == 400
    assert _told(calls[2])["gen_ai.usage.output_tokens"] == 200
    assert _told(calls[2])["gen_ai.request.max_tokens"] == 300
    assert [_told(call)["querencia.turn"] for call in calls] == [1, 1, 2]
    assert _told(work)["querencia.outcome"] == "accepted"


def test_no_span_holds_what_was_asked_or_answered(spans: InMemorySpanExporter) -> None:
    class Telling(PlainScribe):
        def question(self, work: Any) -> Question:
            return Question(instructions="SECRET", prompt="SECRET", max_tokens=9)

    secret = trouble("server")
    secret.args = ("SECRET",)
    write(one_by_one("SECRET", secret, "SECRET", "SECRET"), Telling())
    told = "".join(span.to_json() for span in spans.get_finished_spans())
    assert json.loads(spans.get_finished_spans()[-1].to_json())["attributes"]["querencia.outcome"] == "rejected"
    assert "SECRET" not in told


def test_spans_are_sent_only_where_the_exporter_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert start_tracing() is False


def _told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})
