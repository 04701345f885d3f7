"""Entra ID in place of a key: bearer tokens from whatever identity this machine or user has."""

from __future__ import annotations

import asyncio

from querencia.messages.writers.llm.connection import Token
from querencia.messages.writers.llm.failures import CallTroubleError, ModelAccessError

SCOPE = "https://cognitiveservices.azure.com/.default"


def entra_token() -> Token:
    """Return a source of tokens; it keeps each until shortly before it expires.

    The source raises ModelAccessError where there is no identity, CallTroubleError where Entra ID cannot be reached.
    Raises ModelAccessError where azure-identity is not installed.
    """
    try:
        from azure.core.exceptions import AzureError, ClientAuthenticationError
        from azure.identity import DefaultAzureCredential, get_bearer_token_provider
    except ImportError as error:
        raise ModelAccessError(
            "No key is set for the model server, and azure-identity, which would sign in with Entra ID, is not "
            "installed. Set AZURE_OPENAI_API_KEY, or install the extra: pip install 'querencia[llm]'."
        ) from error
    # The synchronous credential in a thread: the asynchronous one would need aiohttp beside the client's own HTTP.
    provide = get_bearer_token_provider(DefaultAzureCredential(), SCOPE)

    async def token() -> str:
        failure: ModelAccessError | CallTroubleError
        try:
            return await asyncio.to_thread(provide)
        except ClientAuthenticationError:
            failure = ModelAccessError(
                "No key is set for the model server, and Entra ID gave no token: it found no identity, none that may "
                "sign in, or was not to be reached. Expected an identity with the role 'Cognitive Services "
                "OpenAI User'. Run 'az login', "
                "give this machine a managed identity, or set AZURE_OPENAI_API_KEY."
            )
        except AzureError as error:
            failure = CallTroubleError(f"Entra ID cannot be reached: {type(error).__name__}.", kind="connection")
        # Raised out here, so that the vendor's error, which may quote requests, is not chained to ours.
        raise failure

    return token
