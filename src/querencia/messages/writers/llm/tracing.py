"""OpenTelemetry spans of works and calls: models, tokens and outcomes, never a text, a prompt or a key.

Attributes follow the semantic conventions for generative AI (``gen_ai.*``); our own begin with ``querencia.``. Where no
SDK is set up, a span costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from querencia.messages.writers.llm.work import Question, Usage, Work

NAME = "querencia.messages"


@contextmanager
def work_span(work: Work) -> Iterator[Span]:
    """Give the span of one work, from its claim to its end."""
    attributes = {
        "querencia.work": work.key,
        "querencia.mode": work.mode,
        "querencia.language": work.language,
        "querencia.prompt_version": work.prompt_version,
    }
    tracer = trace.get_tracer(NAME)
    # What went wrong is told by its kind alone: an exception's own words are not ours to pass on.
    with tracer.start_as_current_span(
        "write text", attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


@contextmanager
def call_span(work: Work, question: Question) -> Iterator[Span]:
    """Give the span of one call to a model."""
    attributes: dict[str, str | int] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": work.model,
        "gen_ai.request.max_tokens": question.max_tokens,
        "querencia.turn": len(question.turns) + 1,
    }
    tracer = trace.get_tracer(NAME)
    with tracer.start_as_current_span(
        f"chat {work.model}",
        kind=SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


def tell_usage(span: Span, usage: Usage) -> None:
    """Add what a call used to its span."""
    span.set_attribute("gen_ai.usage.input_tokens", usage.input)
    span.set_attribute("gen_ai.usage.output_tokens", usage.output)
    span.set_attribute("gen_ai.usage.cache_read.input_tokens", usage.cached)


def tell_outcome(span: Span, outcome: str, *, failed: bool = False) -> None:
    """Add how a call or a work ended: ``accepted``, ``rejected``, or the kind of its failure."""
    span.set_attribute("querencia.outcome", outcome)
    if failed:
        span.set_attribute("error.type", outcome)
        span.set_status(Status(StatusCode.ERROR, outcome))


def start_tracing(*, service: str = "querencia") -> bool:
    """Send spans to the endpoint that the OTEL_* variables name; False where the SDK or its exporter is not installed.

    The caller decides whether they are wanted (OTEL_EXPORTER_OTLP_ENDPOINT is set); each worker process calls it once.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found,unused-ignore]
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        return False
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True
