"""Credentials, from the environment only: never from a file of the project, never into a log or an error."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """What querencia reads from the environment; every variable is optional."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    azure_openai_endpoint: str | None = None
    azure_openai_api_key: SecretStr | None = None
    azure_openai_deployment: str | None = None
    openai_api_version: str | None = None
    openai_base_url: str | None = None
    openai_api_key: SecretStr | None = None
    otel_exporter_otlp_endpoint: str | None = None
    kaggle_username: str | None = None
    kaggle_key: SecretStr | None = None
