"""The server's address in all the ways it is given, and what a connection gives away of its key: nothing."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys

import pytest
from pydantic import SecretStr

from querencia.messages.writers.llm.connection import Connection, Kind, open_client
from querencia.messages.writers.llm.failures import ModelAccessError

RESOURCE = "https://here.openai.azure.com"
V1 = f"{RESOURCE}/openai/v1/"
LEGACY = f"{RESOURCE}/openai/"


def connection(url: str, *, kind: Kind = "azure_v1", deployment: str = "my texts", **given: object) -> Connection:
    version = "2024-10-21" if kind == "azure_legacy" else ""
    return Connection(kind=kind, url=url, deployment=deployment, api_version=version, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        RESOURCE,
        f"{RESOURCE}/",
        f"{RESOURCE}/openai",
        f"{RESOURCE}/openai/",
        f"{RESOURCE}/openai/v1",
        f"{RESOURCE}/openai/v1/",
        f"{RESOURCE}/openai/deployments/other",
        f"{RESOURCE}/openai/deployments/other/chat/completions",
    ],
)
def test_an_azure_endpoint_is_understood_however_it_was_copied(given: str) -> None:
    assert connection(given).base_url == V1
    assert connection(given, kind="azure_legacy").base_url == LEGACY


@pytest.mark.parametrize("given", ["http://10.0.0.5:8000/v1", "http://10.0.0.5:8000/v1/", "http://10.0.0.5:8000/v1//"])
def test_a_compatible_servers_base_url_is_taken_as_it_is(given: str) -> None:
    assert connection(given, kind="compatible").base_url == "http://10.0.0.5:8000/v1/"


def test_a_gateways_path_before_the_api_is_kept() -> None:
    assert connection("https://gate.example.com/azure/").base_url == "https://gate.example.com/azure/openai/v1/"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("here.openai.azure.com", "no http"),
        ("ftp://here.openai.azure.com", "no http"),
        ("https://", "no http"),
        ("", "no http"),
        ("https://user:hunter2@here.openai.azure.com", "more than host and path"),
        ("https://here.openai.azure.com/?api-key=hunter2", "more than host and path"),
        ("http://here.openai.azure.com", "unencrypted"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_with_its_reason(url: str, reason: str) -> None:
    with pytest.raises(ModelAccessError, match=reason) as refused:
        connection(url)
    assert "AZURE_OPENAI_ENDPOINT" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_azure_may_be_unencrypted_on_loopback_alone() -> None:
    assert connection("http://127.0.0.1:8080").base_url == "http://127.0.0.1:8080/openai/v1/"


def test_a_deployment_must_be_named() -> None:
    with pytest.raises(ModelAccessError, match="AZURE_OPENAI_DEPLOYMENT"):
        connection(RESOURCE, deployment="")


def test_the_older_api_needs_its_version() -> None:
    with pytest.raises(ModelAccessError, match="OPENAI_API_VERSION"):
        Connection(kind="azure_legacy", url=RESOURCE, deployment="texts")


def test_the_family_is_the_deployments_name_until_it_is_told() -> None:
    assert connection(RESOURCE, deployment="gpt-4.1").model == "gpt-4.1"
    assert connection(RESOURCE, deployment="texts", family="gpt-4.1").model == "gpt-4.1"


def test_the_key_is_not_shown_and_survives_the_way_to_a_worker() -> None:
    made = connection(RESOURCE, key=SecretStr("hunter2"))
    assert "hunter2" not in f"{made!r} {made}"
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert again.key.get_secret_value() == "hunter2"


def test_the_client_neither_retries_nor_follows_redirects() -> None:
    async def look() -> None:
        client = open_client(connection(RESOURCE, key=SecretStr("k"), timeout=7))
        assert client.max_retries == 0
        assert client._client.follow_redirects is False
        await client.close()

    asyncio.run(look())


def test_a_connection_is_made_without_loading_a_client() -> None:
    script = (
        "import sys, querencia.messages.writers.llm.asking\n"
        "assert not {'openai', 'pydantic_ai', 'azure', 'azure.identity'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
