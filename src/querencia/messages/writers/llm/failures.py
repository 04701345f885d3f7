"""How a call to a model can fail, and what follows from each."""

from __future__ import annotations

from typing import Literal

from querencia.errors import InputError, WorkError
from querencia.messages.writers.llm.work import Usage

Trouble = Literal["timeout", "rate_limited", "server", "connection", "cut_off"]
Refusal = Literal["prompt_filtered", "reply_filtered", "refused", "too_long", "empty", "not_accepted"]


class ModelAccessError(InputError):
    """The server will not take any call of ours: credentials, rights, deployment or quota. Nothing else is asked."""


class CallError(WorkError):
    """One call failed. `usage` is what it cost where the server said so."""

    def __init__(self, message: str, *, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage or Usage()


class CallTroubleError(CallError):
    """The same call may succeed later: `retry_after` says when (seconds, None: the server did not say)."""

    def __init__(
        self, message: str, *, kind: Trouble, retry_after: float | None = None, usage: Usage | None = None
    ) -> None:
        super().__init__(message, usage=usage)
        self.kind = kind
        self.retry_after = retry_after


class CallRefusedError(CallError):
    """The server answered, and the answer is no text: asking the same again will not help."""

    def __init__(self, message: str, *, kind: Refusal, usage: Usage | None = None) -> None:
        super().__init__(message, usage=usage)
        self.kind = kind
