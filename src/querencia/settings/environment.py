"""Credentials, from the environment only: never from a file of the project, never into a log or an error."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """What querencia reads from the environment; every variable is optional."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    kaggle_username: str | None = None
    kaggle_key: SecretStr | None = None
