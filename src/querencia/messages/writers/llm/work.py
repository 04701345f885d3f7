"""One text to be written: what is asked, what its reply is judged by, and the hash that it is known by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["cell", "individual"]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One text to be written by a model.

    `key` (hex SHA-256) is made of all that the text depends on: facts, prompt, catalogue, model, settings. Two works
    of one key are one work, asked and paid once. `facts` is a JSON document of what the prompt may hold and the reply
    is judged by: never a name or an address of a customer. Lower `position` is written first.
    """

    key: str
    mode: Mode
    language: str
    facts: str
    model: str
    prompt_version: str
    catalogue_version: str
    position: int


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One reply that did not pass, as the model wrote it, and what it was told about it."""

    reply: str
    complaint: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What goes to the model: instructions, prompt, and the turns before. `max_tokens` caps the reply."""

    instructions: str
    prompt: str
    max_tokens: int
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one call; `cached` are those of `input` that the server had in its cache."""

    input: int = 0
    cached: int = 0
    output: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back from one call that ended well: the text, as the model wrote it, and its tokens."""

    text: str
    usage: Usage
    model: str
    seconds: float
