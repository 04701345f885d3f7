"""Which server writes the texts, under which name, and how it is reached: the facts of a connection, and its client.

Azure OpenAI is reached by its v1 API (``/openai/v1/``, the model is the deployment's name), or, where an API version is
given, by the older one (``/openai/deployments/<deployment>/…?api-version=``). Any server that speaks OpenAI's chat
completions does as well.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from querencia.messages.writers.llm.failures import ModelAccessError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Kind = Literal["azure_v1", "azure_legacy", "compatible"]
Effort = Literal["none", "minimal", "low", "medium", "high"]
Token = Callable[[], Awaitable[str]]

CONNECTING = 10.0  # seconds to reach the server, of the whole call's time
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# What people copy from the portal or from examples, behind the resource's own address.
_AZURE_PATH = re.compile(r"/openai(/v1|/deployments/[^/]+(/chat/completions)?)?$")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A server and the model asked of it.

    `url` is the resource's endpoint (Azure) or the base URL that ``/chat/completions`` stands below (compatible).
    `deployment` is the name sent as the model; `family` the model behind it ("gpt-4.1-mini"), since deployments are
    named freely; empty, the deployment's name is taken for it. `key` None means Entra ID on Azure, and no credentials
    elsewhere. `timeout` (seconds) is for a whole call. `temperature` and `effort` are sent only to families that
    take them. Raises ModelAccessError for an address that no call could go to.
    """

    kind: Kind
    url: str
    deployment: str
    family: str = ""
    api_version: str = ""
    key: SecretStr | None = None
    timeout: float = 60.0
    temperature: float | None = None
    effort: Effort | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        parts = urlsplit(self.url)
        wrong = ""
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            wrong = "is no http(s) address"
        elif parts.username or parts.password or parts.query or parts.fragment:
            wrong = "holds more than host and path (API version and credentials have their own settings)"
        elif self.kind != "compatible" and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            wrong = "would send the credentials unencrypted"
        if wrong:
            raise ModelAccessError(
                f"The model server's address (host {self.host!r}) {wrong}. "
                "Expected something like 'https://<resource>.openai.azure.com/'; correct AZURE_OPENAI_ENDPOINT, "
                "or OPENAI_BASE_URL for a compatible server."
            )
        if not self.deployment:
            raise ModelAccessError(
                f"No deployment is named for the model server at {self.host!r}. Give the deployment's name on Azure "
                "(AZURE_OPENAI_DEPLOYMENT), the model's elsewhere."
            )
        if self.kind == "azure_legacy" and not self.api_version:
            raise ModelAccessError(
                f"The API of {self.host!r} by deployment needs an API version, such as '2024-10-21'. Set "
                "OPENAI_API_VERSION, or use the v1 API, which needs none."
            )

    @property
    def host(self) -> str:
        """Host and port, which errors and logs may name."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def model(self) -> str:
        """The model family behind the deployment."""
        return self.family or self.deployment

    @property
    def base_url(self) -> str:
        """What ``/chat/completions`` is appended to (by the older API: with the deployment in between)."""
        root = self.url.rstrip("/")
        if self.kind == "compatible":
            return f"{root.removesuffix('/chat/completions')}/"
        root = _AZURE_PATH.sub("", root)
        return f"{root}/openai/v1/" if self.kind == "azure_v1" else f"{root}/openai/"


@cache
def _certificates() -> SSLContext:
    """Return the trusted certificates: reading them takes a tenth of a second, and a worker opens several clients."""
    from httpx2 import create_ssl_context

    return create_ssl_context()


def open_client(connection: Connection, *, token: Token | None = None) -> AsyncOpenAI:
    """Return a client that belongs to the running event loop; the caller closes it.

    It never retries (the worker does, which keeps the count) and follows no redirect (a key could go astray).
    `token` gives Entra ID's bearer tokens.
    """
    from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

    timeout = Timeout(connection.timeout, connect=min(CONNECTING, connection.timeout))
    key = connection.key.get_secret_value() if connection.key else None
    http = DefaultAsyncHttpxClient(follow_redirects=False, timeout=timeout, verify=_certificates())
    if connection.kind == "azure_legacy":
        return AsyncAzureOpenAI(
            base_url=connection.base_url,
            api_version=connection.api_version,
            api_key=key,
            azure_ad_token_provider=token,
            timeout=timeout,
            max_retries=0,
            http_client=http,
        )
    # A compatible server without credentials gets a word in their place: the client insists on one.
    credentials = key or token or "none"
    return AsyncOpenAI(
        base_url=connection.base_url, api_key=credentials, timeout=timeout, max_retries=0, http_client=http
    )
