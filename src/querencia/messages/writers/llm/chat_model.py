"""A question as pydantic-ai puts it to a deployment: the family's abilities, the settings, the reply's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from querencia.messages.writers.llm.completions import failure_in
from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.failures import CallError, ModelAccessError
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Question

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIChatModelSettings


def chat_model(connection: Connection, client: AsyncOpenAI) -> OpenAIChatModel:
    """Return the model as pydantic-ai knows it, with the abilities of its family: a deployment's name tells none."""
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles import merge_profile
    from pydantic_ai.profiles.openai import OpenAIModelProfile, openai_model_profile
    from pydantic_ai.providers.azure import AzureProvider
    from pydantic_ai.providers.openai import OpenAIProvider

    class ChatModel(OpenAIChatModel):
        def _validate_completion(self, response: ChatCompletion) -> Any:
            if (failure := _error_of(response, connection)) is not None:
                raise failure
            return super()._validate_completion(response)

    of_family = openai_model_profile if connection.kind == "compatible" else AzureProvider.model_profile
    profile = merge_profile(
        of_family(connection.model),
        OpenAIModelProfile(supports_json_schema_output=True, openai_chat_streaming_requires_finish_reason=True),
    )
    return ChatModel(connection.deployment, provider=OpenAIProvider(openai_client=client), profile=profile)


def settings_for(connection: Connection, model: OpenAIChatModel) -> OpenAIChatModelSettings:
    """Return the settings that every call has alike: of those that are wished for, the ones that the family takes."""
    settings: OpenAIChatModelSettings = {}
    reasons = model.profile.get("openai_supports_reasoning", False)
    if reasons and connection.effort:
        settings["openai_reasoning_effort"] = connection.effort
    idle = connection.effort == "none" or not (connection.effort or model.profile.get("thinking_enabled_by_default"))
    if connection.temperature is not None and (not reasons or idle):
        settings["temperature"] = connection.temperature
    return settings


def reply_parameters() -> ModelRequestParameters:
    """Return the form of the answer: the JSON schema of a reply, to be kept to the letter."""
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition

    return ModelRequestParameters(
        output_mode="native",
        output_object=OutputObjectDefinition(json_schema=Reply.model_json_schema(), name="Reply", strict=True),
    )


def conversation_of(question: Question) -> list[ModelMessage]:
    """Return a question and its turns as pydantic-ai's messages."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

    said = [question.prompt, *(turn.complaint for turn in question.turns)]
    requests = [ModelRequest(parts=[UserPromptPart(text)], instructions=question.instructions) for text in said]
    conversation: list[ModelMessage] = [requests[0]]
    for turn, request in zip(question.turns, requests[1:], strict=True):
        conversation += [ModelResponse(parts=[TextPart(turn.reply)]), request]
    return conversation


@dataclass(frozen=True, kw_only=True)
class CallForm:
    """What the bodies of all calls have alike; `cap` is what the family calls the limit of tokens."""

    cap: str
    common: Mapping[str, Any]

    def body(self, question: Question) -> dict[str, Any]:
        """Return `question` as the body of one HTTP call."""
        turns = [("system", question.instructions), ("user", question.prompt)]
        for turn in question.turns:
            turns += [("assistant", turn.reply), ("user", turn.complaint)]
        messages = [{"role": role, "content": said} for role, said in turns]
        return {**self.common, "messages": messages, self.cap: question.max_tokens}


def call_form(connection: Connection, model: OpenAIChatModel) -> CallForm:
    """Return the form of the calls that pydantic-ai would make: for batches, whose calls are lines of a file."""
    from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer

    profile = model.profile
    transform = profile.get("json_schema_transformer") or OpenAIJsonSchemaTransformer
    schema = transform(Reply.model_json_schema(), strict=True).walk()
    renamed = {"openai_reasoning_effort": "reasoning_effort"}
    settings = {renamed.get(name, name): value for name, value in settings_for(connection, model).items()}
    reply = {"type": "json_schema", "json_schema": {"name": "Reply", "schema": schema, "strict": True}}
    whole = profile.get("openai_chat_supports_max_completion_tokens", True)
    return CallForm(
        cap="max_completion_tokens" if whole else "max_tokens",
        common={"model": connection.deployment, "response_format": reply, **settings},
    )


def _error_of(completion: ChatCompletion, connection: Connection) -> CallError | ModelAccessError | None:
    """Return the failure of a chat completion that pydantic-ai would call malformed, and forget what it cost; or None.

    It has no message at all (as Azure sends where its filter stepped in), or is an error with the status 200.
    """
    choices = getattr(completion, "choices", None) or [None]
    if getattr(choices[0], "message", None) is not None and not getattr(completion, "error", None):
        return None
    return failure_in(completion.model_dump(warnings=False), connection)
