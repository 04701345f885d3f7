"""What a chat completion holds: a text of the model's own, or a reason why it is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.failures import (
    CallError,
    CallRefusedError,
    CallTroubleError,
    ModelAccessError,
    Refusal,
)
from querencia.messages.writers.llm.vendor_errors import status_failure
from querencia.messages.writers.llm.work import Answer, Usage

_REFUSALS: dict[Refusal, str] = {
    "prompt_filtered": "The server's content filter did not let the prompt pass.",
    "reply_filtered": "The server's content filter stopped the reply.",
    "refused": "The model refused to write the text.",
    "too_long": "The reply was cut at the token limit.",
    "empty": "The reply is empty.",
    "not_accepted": "The reply ended for a reason that is not known.",
}


def refusal(finish: str | None, text: str, *, refused: bool = False) -> Refusal | None:
    """Return why a reply is no text, None where it is one. `finish` is its ``finish_reason``.

    A filtered reply may have a text: it is refused all the same, for nobody knows what is missing of it.
    """
    if refused:
        return "refused"
    if finish == "content_filter":
        return "reply_filtered"
    if finish == "length":
        return "too_long"
    if not text.strip():
        return "empty"
    return None if finish == "stop" else "not_accepted"


def refused(kind: Refusal, usage: Usage) -> CallRefusedError:
    """Return the failure of a reply that is no text, and what it cost."""
    return CallRefusedError(_REFUSALS[kind], kind=kind, usage=usage)


def read_completion(body: object, connection: Connection, *, seconds: float) -> Answer:
    """Return the answer in the JSON of a chat completion. Raises CallError or ModelAccessError where it holds none."""
    failure: CallError | ModelAccessError | None = None
    if not isinstance(body, Mapping):
        raise CallTroubleError("What came is no chat completion.", kind="cut_off")
    message = message_of(body)
    if message is None or isinstance(body.get("error"), Mapping):
        failure = failure_in(body, connection)
    else:
        content = message.get("content")
        text = content if isinstance(content, str) else ""
        kind = refusal(_first(body).get("finish_reason"), text, refused=bool(message.get("refusal")))
        if kind is None:
            return Answer(text=text, usage=usage_of(body), model=str(body.get("model") or ""), seconds=seconds)
        failure = refused(kind, usage_of(body))
    raise failure


def failure_in(body: Mapping[str, Any], connection: Connection) -> CallError | ModelAccessError:
    """Return the failure of a chat completion without a message: an error object in its place, a filter, or nothing."""
    error = body.get("error")
    if isinstance(error, Mapping):
        status = error.get("status") or error.get("code")
        return status_failure(status if isinstance(status, int) and status >= 400 else 500, error, connection)
    filtered = _first(body).get("finish_reason") == "content_filter"
    return refused("reply_filtered" if filtered else "empty", usage_of(body))


def message_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the first choice's message, None where there is none."""
    message = _first(body).get("message")
    return message if isinstance(message, Mapping) else None


def usage_of(body: Mapping[str, Any]) -> Usage:
    """Return the tokens that a chat completion says it took; zero where it says nothing."""
    usage = body.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    details = usage.get("prompt_tokens_details")
    return Usage(
        input=_count(usage.get("prompt_tokens")),
        cached=_count(details.get("cached_tokens")) if isinstance(details, Mapping) else 0,
        output=_count(usage.get("completion_tokens")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _first(body: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice if isinstance(choice, Mapping) else {}
