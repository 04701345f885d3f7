"""The stand-in itself: an ASGI application that answers as Azure OpenAI's chat completions do, on all its paths."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from stand_in import batches
from stand_in.batches import Batches, BatchPlan
from stand_in.faults import Fault, Plan
from stand_in.limits import Limits

Reply = Callable[[str], Mapping[str, Any]]
"""Makes a reply from the JSON document of facts that a prompt ends with."""
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

_CHAT = re.compile(r"(/openai/v1|/v1|/openai/deployments/(?P<deployment>[^/]+))?/chat/completions")
_DECODER = json.JSONDecoder()
_JSON = {"content-type": "application/json"}


class StandIn:
    """Answers with what `reply` makes of the facts, after `latency` seconds, unless `plan` has a fault for the call.

    `calls` counts the calls that reached it, `outcomes` how they ended ("ok" or the fault's name), `seen` holds the
    latest of them (path, headers, body). With `key`, every other is turned away; with `deployments`, every other model.
    """

    def __init__(
        self,
        *,
        reply: Reply | None = None,
        latency: float = 0.0,
        plan: Plan | None = None,
        limits: Limits | None = None,
        key: str | None = None,
        deployments: frozenset[str] | None = None,
        batch_plan: BatchPlan | None = None,
    ) -> None:
        self.reply = reply or plain_reply
        self.latency = latency
        self.plan = plan
        self.limits = limits or Limits()
        self.key = key
        self.deployments = deployments
        self.batches = Batches(self._complete, batch_plan)
        self.calls = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.outcomes: Counter[str] = Counter()
        self.seen: deque[tuple[str, dict[str, str], dict[str, Any]]] = deque(maxlen=1000)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path == "/counts":
            counts = {"calls": self.calls, "outcomes": dict(self.outcomes), "most_in_flight": self.most_in_flight}
            await _respond(send, 200, counts)
            return
        if (asked := batches.PATH.fullmatch(path)) is not None:
            await self._batch(scope, asked, receive, send)
            return
        chat = _CHAT.fullmatch(path)
        if scope["method"] != "POST" or chat is None:
            await _respond(send, 404, _error("404", "Resource not found"))
            return
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self._chat(scope, chat["deployment"], receive, send)
        finally:
            self.in_flight -= 1

    async def _batch(self, scope: dict[str, Any], asked: re.Match[str], receive: Receive, send: Send) -> None:
        headers, data = _headers(scope), await _read(receive)
        fault, query = self._wrong_key(headers), scope["query_string"].decode()
        if fault is not None:
            await _respond(send, fault.status, fault.body)
            return
        kind = headers.get("content-type", "")
        await _respond(send, *self.batches.answer(scope["method"], asked, query, kind, data))

    async def _chat(self, scope: dict[str, Any], deployment: str | None, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        body = json.loads(await _read(receive))
        number, self.calls = self.calls, self.calls + 1
        self.seen.append((f"{scope['path']}?{scope['query_string'].decode()}", headers, body))
        fault = self._turned_away(headers, deployment or body.get("model", ""), body)
        if fault is None and self.plan is not None:
            fault = self.plan(number, body)
        self.outcomes[fault.name if fault else "ok"] += 1
        if fault is not None and fault.hang:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if self.latency and (fault is None or fault.status == 200):
            await asyncio.sleep(self.latency)
        await self._answer(send, body, fault or _SOUND)

    def _wrong_key(self, headers: Mapping[str, str]) -> Fault | None:
        given = headers.get("api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if self.key is not None and given != self.key:
            said = f"Incorrect API key provided: {given[:8]}***. Access denied due to invalid subscription key."
            return Fault(name="status_401", status=401, body=_error("401", said))
        return None

    def _turned_away(self, headers: Mapping[str, str], model: str, body: Mapping[str, Any]) -> Fault | None:
        if (fault := self._wrong_key(headers)) is not None:
            return fault
        if self.deployments is not None and model not in self.deployments:
            said = "The API deployment for this resource does not exist."
            return Fault(name="status_404", status=404, body=_error("DeploymentNotFound", said))
        # Azure counts the prompt and all of the tokens that the reply may have, before anything is written.
        wait = self.limits.admit(_tokens(body) + int(body.get("max_completion_tokens") or 0), now=time.monotonic())
        if wait:
            waits = {"retry-after-ms": str(max(1, round(wait * 1000))), "retry-after": str(int(wait) + 1)}
            return Fault(name="limit", status=429, headers=waits, body=_error("429", "Rate limit is exceeded."))
        return None

    async def _answer(self, send: Send, body: Mapping[str, Any], fault: Fault) -> None:
        if fault.body is not None:
            await _respond(send, fault.status, fault.body, headers=fault.headers, fault=fault)
            return
        completion = self._complete(body, fault)
        if body.get("stream"):
            await _stream(
                send, completion, usage=bool((body.get("stream_options") or {}).get("include_usage")), fault=fault
            )
        else:
            await _respond(send, fault.status, completion, headers=fault.headers, fault=fault)

    def _complete(self, body: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
        if fault is not None and "content" in fault.message:
            return complete(body, fault.message["content"], fault)
        return complete(body, json.dumps(self.reply(facts_in(body)), ensure_ascii=False), fault)


def complete(body: Mapping[str, Any], content: str | None, fault: Fault | None = None) -> dict[str, Any]:
    """Return the chat completion for a request's `body` that says `content`, as `fault` changes it."""
    fault = fault or _SOUND
    message = {"role": "assistant", "content": content, "refusal": None, **fault.message}
    safe = {"filtered": False, "severity": "safe"}
    choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": message, **fault.choice}
    choice["content_filter_results"] = dict.fromkeys(("hate", "self_harm", "sexual", "violence"), safe)
    read, written = _tokens(body), len(content or "") // 4
    return {
        "id": "chatcmpl-stand-in",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [] if "" in choice else [{key: value for key, value in choice.items() if value is not None}],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
            "prompt_tokens_details": {"cached_tokens": read // 2},
        },
    }


def facts_in(body: Mapping[str, Any]) -> str:
    """Return the JSON document that the first prompt holds, as text; an empty one where it holds none."""
    prompt = next((str(one["content"]) for one in body.get("messages", ()) if one["role"] == "user"), "")
    at = prompt.find("{")
    while at >= 0:
        try:
            _, end = _DECODER.raw_decode(prompt, at)
        except ValueError:
            at = prompt.find("{", at + 1)
        else:
            return prompt[at:end]
    return "{}"


def plain_reply(facts: str) -> dict[str, Any]:
    """Return a reply of the right form that says nothing of anyone."""
    offers = json.loads(facts).get("offers") or ("", "")
    return {
        "subject": "Gracias por su confianza",
        "greeting": "Estimado cliente:",
        "body": ["Le escribimos para agradecerle su confianza.", "Queremos que nuestro servicio le siga siendo útil."],
        "recommendations": ["Le ayudará en su trabajo diario." for _ in offers],
        "call_to_action": "Responda a este mensaje y le atenderemos con gusto.",
    }


_SOUND = Fault(name="ok")


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _tokens(body: Mapping[str, Any]) -> int:
    return sum(len(str(message.get("content") or "")) for message in body.get("messages", ())) // 4


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        event = await receive()
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


async def _respond(
    send: Send, status: int, body: Any, *, headers: Mapping[str, str] | None = None, fault: Fault | None = None
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    given = {**_JSON, "content-length": str(len(data)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": _raw(given)})
    await _send_all(send, data, fault or _SOUND)


async def _send_all(send: Send, data: bytes, fault: Fault) -> None:
    if fault.dribble:
        for index in range(len(data)):
            await send({"type": "http.response.body", "body": data[index : index + 1], "more_body": True})
            await asyncio.sleep(fault.dribble)
    elif fault.sent < 1:
        # Returning without the rest makes the server hang up.
        await send({"type": "http.response.body", "body": data[: int(len(data) * fault.sent)], "more_body": True})
        return
    else:
        await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _stream(send: Send, completion: Mapping[str, Any], *, usage: bool, fault: Fault) -> None:
    headers = {"content-type": "text/event-stream", **fault.headers}
    await send({"type": "http.response.start", "status": fault.status, "headers": _raw(headers)})
    data = b"".join([event async for event in _events(completion, usage=usage)])
    await _send_all(send, data, fault)


async def _events(completion: Mapping[str, Any], *, usage: bool) -> AsyncIterator[bytes]:
    """The completion as server-sent events, some letters each."""
    same = {"id": completion["id"], "object": "chat.completion.chunk", "created": completion["created"]}
    same["model"] = completion["model"]
    for choice in completion["choices"]:
        message = choice.get("message", {})
        for name in ("content", "refusal"):
            text = message.get(name) or ""
            for at in range(0, len(text), 40):
                delta = {"role": "assistant", name: text[at : at + 40]}
                yield _event({**same, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        yield _event({**same, "choices": [{"index": 0, "delta": {}, "finish_reason": choice.get("finish_reason")}]})
    if usage:
        yield _event({**same, "choices": [], "usage": completion["usage"]})
    yield b"data: [DONE]\n\n"


def _event(data: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
