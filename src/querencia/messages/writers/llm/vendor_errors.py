"""What pydantic-ai and openai raise for a call, told as one of our failures.

A server's own words are not repeated: they may quote the prompt, or part of the key. Codes and names of parameters are.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from querencia.messages.writers.llm.connection import Connection
from querencia.messages.writers.llm.failures import (
    CallError,
    CallRefusedError,
    CallTroubleError,
    ModelAccessError,
    Trouble,
)

_WORD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,60}")
# Parameters that every call of a run has alike: where one is not accepted, no call will be.
_OURS = re.compile(
    r"(model|response_format|temperature|reasoning_effort|max_completion_tokens|max_tokens|stream(_options)?)\b"
)
# The same in a server's words, where it names no parameter. A long text may quote the prompt, and is not taken for it.
_UNKNOWN = re.compile(
    r"(?=.*\b(response_format|json_schema|temperature|reasoning_effort|max_completion_tokens|stream_options)\b)"
    r"(?=.*(not support|unsupported|enabled only|unrecognized|extra_forbidden|extra inputs)).{,400}",
    re.IGNORECASE | re.DOTALL,
)
_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_FILTERED = frozenset({"content_filter", "ResponsibleAIPolicyViolation"})
_HOPELESS = frozenset({401, 402, 403, 404})
_NO_SUCH_CALL = frozenset({"OperationNotSupported", "unsupported_api_version", "model_not_found", "DeploymentNotFound"})


def failure_of(error: Exception, connection: Connection) -> CallError | ModelAccessError:
    """Return the failure that `error`, raised by pydantic-ai or openai while asking, stands for."""
    from openai import APIError, APITimeoutError
    from pydantic_ai.exceptions import ModelAPIError, ModelTimeoutError

    if isinstance(error, (ModelTimeoutError, APITimeoutError)):
        return timed_out(connection)
    if isinstance(error, UnicodeEncodeError):
        return CallRefusedError("The prompt is no valid Unicode, and was not sent.", kind="not_accepted")
    if isinstance(error, (ModelAPIError, APIError)):
        status = _status(error)
        if status is not None or _codes(error.body) & _FILTERED:
            return status_failure(status or 400, error.body, connection, headers=_headers(error))
    kind, what = _breakage(error)
    where = f"deployment {connection.deployment!r} at {connection.host!r}"
    return CallTroubleError(f"No whole answer of {where}: {what}.", kind=kind)


def timed_out(connection: Connection) -> CallTroubleError:
    """Return the failure of a call that took longer than it may."""
    return CallTroubleError(
        f"No whole answer of deployment {connection.deployment!r} at {connection.host!r} "
        f"within {connection.timeout:g} seconds.",
        kind="timeout",
    )


def retry_after(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Return the seconds that a server asked to wait, from ``retry-after-ms`` or ``Retry-After`` (seconds or an HTTP
    date, RFC 9110 section 10.2.3); None where it did not, or not in a way that can be read. `now` is a Unix time."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return max(0.0, moment - (time.time() if now is None else now))


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _status(error: Exception) -> int | None:
    """The HTTP status; pydantic-ai keeps one below 400 (a redirect, which is not followed) in the cause alone."""
    for one in (error, error.__cause__):
        status = getattr(one, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _headers(error: Exception) -> Mapping[str, str]:
    """The response's headers: pydantic-ai keeps them, by names in small letters; openai has them with the response."""
    headers = getattr(error, "headers", None) or getattr(getattr(error, "response", None), "headers", None)
    return {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}


def status_failure(
    status: int, body: object, connection: Connection, *, headers: Mapping[str, str] | None = None
) -> CallError | ModelAccessError:
    """Return what an HTTP error stands for; `body` is the object that the server calls ``error``."""
    codes, param = _codes(body), _field(body, "param")
    said = f"HTTP {status}{_said(body, besides=str(status))}"
    where = f"deployment {connection.deployment!r} at {connection.host!r}"
    if codes & _FILTERED:
        return CallRefusedError(f"The content filter of {where} did not let the prompt pass.", kind="prompt_filtered")
    ours = status < 429 and (_OURS.match(param) or _UNKNOWN.fullmatch(str(body)))
    if status < 400 or status in _HOPELESS or codes & (_QUOTA | _NO_SUCH_CALL) or ours:
        return _no_access(status, connection, said)
    trouble = _trouble(status)
    if trouble is None:
        return CallRefusedError(f"The call was not accepted by {where} ({said}).", kind="not_accepted")
    wait = retry_after(headers or {})
    return CallTroubleError(f"No answer of {where} for now ({said}).", kind=trouble, retry_after=wait)


def _trouble(status: int) -> Trouble | None:
    if status == 429:
        return "rate_limited"
    if status in {408, 504}:
        return "timeout"
    return "server" if status >= 500 or status in {409, 425} else None


def _breakage(error: Exception) -> tuple[Trouble, str]:
    """What became of an answer that has no status: its kind, and the same in words."""
    from openai import APIConnectionError
    from pydantic_ai.exceptions import ModelAPIError, ModelConnectionError

    if isinstance(error, (ModelConnectionError, APIConnectionError)):
        causes = _causes(error)
        # The server hung up in the middle of an answer, or sent what cannot be unpacked.
        if any(type(one).__name__ in {"RemoteProtocolError", "DecodingError"} for one in causes):
            return "cut_off", "it broke off"
        # Its kind says what there is to say; its text may hold addresses.
        return "connection", f"no connection ({type(causes[-1]).__name__})"
    if isinstance(error, ModelAPIError) and error.in_stream:
        return "server", f"it ended with an error{_said(error.body)}"
    # Not JSON, no chat completion, a stream without an end: answers that did not arrive as they were meant.
    return "cut_off", f"what came is no chat completion ({type(error).__name__})"


_STEPS = {
    401: ("does not accept the credentials", "Check AZURE_OPENAI_API_KEY (or OPENAI_API_KEY) and that it is this "
          "resource's; with Entra ID, check the role 'Cognitive Services OpenAI User'."),
    402: ("wants to be paid first", "Check the account's billing."),
    403: ("does not allow this call", "Check the role of the identity or key, and the resource's network rules."),
    404: ("is not there", "Check the endpoint and the deployment's name (AZURE_OPENAI_DEPLOYMENT), which on Azure is "
          "not the model's; a new deployment takes some minutes to appear."),
    429: ("has no quota left", "Check the account's quota and billing; waiting will not help."),
}  # fmt: skip


def _no_access(status: int, connection: Connection, said: str) -> ModelAccessError:
    what, step = _STEPS.get(status, ("", ""))
    if status < 400:
        what = "answers with a redirect, which is not followed lest credentials go astray"
        step = "Give the address that it redirects to."
    elif not what:
        what = f"does not take calls of this form from the model family {connection.model!r}"
        step = "Name the deployment's model family and settings as they are; old API versions lack JSON schemas."
    return ModelAccessError(
        f"Deployment {connection.deployment!r} at {connection.host!r} {what} ({said}). "
        f"Expected a chat model that answers this caller. {step}"
    )


def _codes(body: object) -> set[str]:
    """The error's code and type, also those that Azure puts into ``innererror``."""
    inner = body.get("innererror") if isinstance(body, dict) else None
    found = (_field(one, name) for one in (body, inner) for name in ("code", "type"))
    return {code for code in found if code}


def _field(body: object, name: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""


def _said(body: object, *, besides: str = "") -> str:
    """The server's code and the parameter it means, for messages."""
    code, param = _field(body, "code") or _field(body, "type"), _field(body, "param")
    return "".join(f", {word}" for word in (code, param) if word and word != besides)


def _causes(error: BaseException) -> list[BaseException]:
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and cause not in causes:
        causes.append(cause)
    return causes
