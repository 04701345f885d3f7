"""Asking a model once, through pydantic-ai: an answer, or one of our failures."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from querencia.messages.writers.llm.chat_model import chat_model, conversation_of, reply_parameters, settings_for
from querencia.messages.writers.llm.completions import refusal, refused
from querencia.messages.writers.llm.connection import Connection, Token, open_client
from querencia.messages.writers.llm.entra import entra_token
from querencia.messages.writers.llm.failures import CallError, ModelAccessError
from querencia.messages.writers.llm.vendor_errors import failure_of, timed_out
from querencia.messages.writers.llm.work import Answer, Question, Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models.openai import OpenAIChatModelSettings


class ModelAsker:
    """Asks one deployment, call by call: an `Asker`.

    To be entered in the event loop that it will be used in: its connections belong to that loop. It retries nothing
    and remembers nothing. `streaming` reads the answer as it is written, which only servers that cannot do otherwise
    need. `token` is a source of bearer tokens in place of Entra ID's own.
    """

    def __init__(self, connection: Connection, *, streaming: bool = False, token: Token | None = None) -> None:
        self.connection = connection
        self._streaming = streaming
        self._token = token
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: AsyncOpenAI | None = None

    async def __aenter__(self) -> Self:
        """Open the client. Raises ModelAccessError where there is no way to sign in."""
        connection = self.connection
        if self._token is None and connection.key is None and connection.kind != "compatible":
            self._token = entra_token()
        self._client = open_client(connection, token=self._token)
        self._model = chat_model(connection, self._client)
        self._settings = settings_for(connection, self._model)
        self._parameters = reply_parameters()
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
        self._client = self._loop = None

    async def ask(self, question: Question) -> Answer:
        """Return the model's answer, its text as it came.

        Raises CallTroubleError, CallRefusedError or ModelAccessError; RuntimeError outside
        of ``async with``, or in another event loop than it was entered in.
        """
        if self._loop is not asyncio.get_running_loop():
            raise RuntimeError(
                "A ModelAsker can only be asked inside its 'async with' block, and in the event loop that entered it: "
                "open one in each loop."
            )
        start = time.perf_counter()
        failure: CallError | ModelAccessError
        try:
            async with asyncio.timeout(self.connection.timeout):
                response = await self._respond(question)
            return _answer(response, seconds=time.perf_counter() - start)
        except (CallError, ModelAccessError):
            raise
        except TimeoutError:
            failure = timed_out(self.connection)
        except Exception as error:  # noqa: BLE001 - a server can make its client fail in any way; each is told
            failure = failure_of(error, self.connection)
        # Raised out here, so that the vendor's error, which may quote prompt or key, is not chained to ours.
        raise failure

    async def _respond(self, question: Question) -> ModelResponse:
        from pydantic_ai.direct import model_request, model_request_stream

        settings: OpenAIChatModelSettings = {**self._settings, "max_tokens": question.max_tokens}
        conversation = conversation_of(question)
        if not self._streaming:
            return await model_request(
                self._model,
                conversation,
                model_settings=settings,
                model_request_parameters=self._parameters,
                instrument=False,  # its spans would hold prompts and replies
            )
        async with model_request_stream(
            self._model,
            conversation,
            model_settings=settings,
            model_request_parameters=self._parameters,
            instrument=False,
        ) as stream:
            async for _ in stream:
                pass
            return stream.get()


def _answer(response: ModelResponse, *, seconds: float) -> Answer:
    """Return what was answered. Raises CallRefusedError where it is no whole text of the model's own."""
    details = response.provider_details or {}
    usage = Usage(
        input=response.usage.input_tokens,
        cached=response.usage.cache_read_tokens,
        output=response.usage.output_tokens,
    )
    text = response.text or ""
    kind = refusal(response.finish_reason, text, refused="refusal" in details)
    if kind == "reply_filtered" and not response.provider_response_id:
        kind = "prompt_filtered"  # only a completion has an id: without one, the prompt itself was turned away
    if kind is not None:
        raise refused(kind, usage)
    return Answer(text=text, usage=usage, model=response.model_name or "", seconds=seconds)
