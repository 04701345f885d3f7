"""Asking a model once, through pydantic-ai: an answer, or one of our failures."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from querencia.messages.writers.llm.connection import Connection, Token, open_client
from querencia.messages.writers.llm.entra import entra_token
from querencia.messages.writers.llm.failures import CallError, CallRefusedError, ModelAccessError, Refusal
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.vendor_errors import failure_of, status_failure, timed_out
from querencia.messages.writers.llm.work import Answer, Question, Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIChatModelSettings


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
        self._model = _chat_model(connection, self._client)
        self._settings = _settings(connection, self._model)
        self._parameters = _parameters()
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
        conversation = _conversation(question)
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


def _chat_model(connection: Connection, client: AsyncOpenAI) -> OpenAIChatModel:
    """The model as pydantic-ai knows it, with the abilities of its family: a deployment's name says nothing of them."""
    from openai.types.chat import ChatCompletion
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles import merge_profile
    from pydantic_ai.profiles.openai import OpenAIModelProfile, openai_model_profile
    from pydantic_ai.providers.azure import AzureProvider
    from pydantic_ai.providers.openai import OpenAIProvider

    class ChatModel(OpenAIChatModel):
        def _validate_completion(self, response: ChatCompletion) -> Any:
            _refuse_without_message(response, connection)
            return super()._validate_completion(response)

    of_family = openai_model_profile if connection.kind == "compatible" else AzureProvider.model_profile
    profile = merge_profile(
        of_family(connection.model),
        OpenAIModelProfile(supports_json_schema_output=True, openai_chat_streaming_requires_finish_reason=True),
    )
    return ChatModel(connection.deployment, provider=OpenAIProvider(openai_client=client), profile=profile)


def _settings(connection: Connection, model: OpenAIChatModel) -> OpenAIChatModelSettings:
    settings: OpenAIChatModelSettings = {}
    reasons = model.profile.get("openai_supports_reasoning", False)
    if reasons and connection.effort:
        settings["openai_reasoning_effort"] = connection.effort
    idle = connection.effort == "none" or not (connection.effort or model.profile.get("thinking_enabled_by_default"))
    if connection.temperature is not None and (not reasons or idle):
        settings["temperature"] = connection.temperature
    return settings


def _parameters() -> ModelRequestParameters:
    """The form of the answer: the JSON schema of a reply, to be kept to the letter."""
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition

    return ModelRequestParameters(
        output_mode="native",
        output_object=OutputObjectDefinition(json_schema=Reply.model_json_schema(), name="Reply", strict=True),
    )


def _conversation(question: Question) -> list[ModelMessage]:
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

    said = [question.prompt, *(turn.complaint for turn in question.turns)]
    requests = [ModelRequest(parts=[UserPromptPart(text)], instructions=question.instructions) for text in said]
    conversation: list[ModelMessage] = [requests[0]]
    for turn, request in zip(question.turns, requests[1:], strict=True):
        conversation += [ModelResponse(parts=[TextPart(turn.reply)]), request]
    return conversation


def _refuse_without_message(completion: Any, connection: Connection) -> None:
    """Raise CallRefusedError for a completion that has no message at all, as Azure sends where its filter stepped in.

    pydantic-ai would call it malformed, and forget the tokens that it cost. Some servers send an error with the status
    200: that is raised as what it would be with its own.
    """
    error = getattr(completion, "error", None)
    if isinstance(error, dict):
        status = error.get("status") or error.get("code")
        raise status_failure(status if isinstance(status, int) and status >= 400 else 500, error, connection)
    choices = completion.choices
    choice = choices[0] if choices else None
    if choice is not None and getattr(choice, "message", None) is not None:
        return
    usage = getattr(completion, "usage", None)
    details = getattr(usage, "prompt_tokens_details", None)
    kind: Refusal = "reply_filtered" if getattr(choice, "finish_reason", None) == "content_filter" else "empty"
    spent = Usage(
        input=getattr(usage, "prompt_tokens", None) or 0,
        cached=getattr(details, "cached_tokens", None) or 0,
        output=getattr(usage, "completion_tokens", None) or 0,
    )
    raise CallRefusedError(_REFUSALS[kind], kind=kind, usage=spent)


_REFUSALS: dict[Refusal, str] = {
    "prompt_filtered": "The server's content filter did not let the prompt pass.",
    "reply_filtered": "The server's content filter stopped the reply.",
    "refused": "The model refused to write the text.",
    "too_long": "The reply was cut at the token limit.",
    "empty": "The reply is empty.",
    "not_accepted": "The reply ended for a reason that is not known.",
}


def _answer(response: ModelResponse, *, seconds: float) -> Answer:
    """Return what was answered. Raises CallRefusedError where it is no whole text of the model's own."""
    usage = Usage(
        input=response.usage.input_tokens,
        cached=response.usage.cache_read_tokens,
        output=response.usage.output_tokens,
    )
    text = response.text or ""
    kind = _refusal(response, text)
    if kind is not None:
        raise CallRefusedError(_REFUSALS[kind], kind=kind, usage=usage)
    return Answer(text=text, usage=usage, model=response.model_name or "", seconds=seconds)


def _refusal(response: ModelResponse, text: str) -> Refusal | None:
    details = response.provider_details or {}
    if "refusal" in details:
        return "refused"
    if response.finish_reason == "content_filter":
        # Only a completion has an id: without one, the prompt itself had been turned away.
        return "reply_filtered" if response.provider_response_id else "prompt_filtered"
    if response.finish_reason == "length":
        return "too_long"
    if not text.strip():
        return "empty"
    return None if response.finish_reason == "stop" else "not_accepted"
