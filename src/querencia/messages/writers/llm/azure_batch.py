"""Asking many questions as one batch: half the price, within a day, on Azure OpenAI and on servers alike.

A batch is a file of calls, uploaded; the server writes a file of answers. Who submits keeps the batch's id. Killed
before it could, it submits again and is given the same batch: each carries the hash of its calls, and is looked for by
it first.

Limits: https://learn.microsoft.com/azure/foundry/openai/how-to/batch (Azure: 100,000 calls and 200 MB a file),
https://platform.openai.com/docs/api-reference/batch (OpenAI: 50,000 calls and 200 MB).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from querencia.messages.writers.llm.chat_model import call_form, chat_model
from querencia.messages.writers.llm.completions import read_completion
from querencia.messages.writers.llm.connection import Connection, Token, open_client
from querencia.messages.writers.llm.entra import entra_token
from querencia.messages.writers.llm.failures import (
    CallError,
    CallRefusedError,
    CallTroubleError,
    ModelAccessError,
    Trouble,
)
from querencia.messages.writers.llm.vendor_errors import failure_of, status_failure
from querencia.messages.writers.llm.work import Answer, Question

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch

MOST_CALLS = 100_000
MOST_CALLS_ELSEWHERE = 50_000  # of servers that are not Azure's
MOST_BYTES = 200_000_000
TRANSFER = 600.0  # seconds that a file may travel
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_MARK = "querencia"  # the metadata's key for the hash of a batch's calls
_READY_WITHIN = 60.0  # seconds until an uploaded file has been looked through
_WAITING = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_USABLE = frozenset({"validating", "in_progress", "finalizing", "completed"})
# The queue is full of other batches: the same one may be taken later.
_LATER = frozenset({"token_limit_exceeded", "too_many_tasks", "quota_exceeded"})

Result = Answer | CallError | ModelAccessError
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a batch stands: `done` when nothing more will come of it, whatever became of it (`status`, the server's).

    `total`, `completed` and `failed` count its calls, as far as the server has counted them.
    """

    done: bool
    status: str
    total: int = 0
    completed: int = 0
    failed: int = 0


def portions(
    questions: Iterable[tuple[str, T]], size: Callable[[T], int], *, calls: int = MOST_CALLS, most: int = MOST_BYTES
) -> Iterator[dict[str, T]]:
    """Cut questions (id and question) into portions that fit into one batch each, in their order.

    `size` gives the bytes of one, as `BatchAsker.size` does. One that is too large alone is a portion of its own.
    """
    portion: dict[str, T] = {}
    weight = 0
    for name, question in questions:
        bytes_ = size(question) + len(name.encode())
        if portion and (len(portion) >= calls or weight + bytes_ > most):
            yield portion
            portion, weight = {}, 0
        portion[name] = question
        weight += bytes_
    if portion:
        yield portion


class BatchAsker:
    """Submits batches to one deployment, and collects them. To be entered in the event loop that it will be used in.

    `pause` (seconds) is between two looks at a file that the server is still checking.
    """

    def __init__(self, connection: Connection, *, token: Token | None = None, pause: float = 2.0) -> None:
        self.connection = connection
        self.most_calls = MOST_CALLS_ELSEWHERE if connection.kind == "compatible" else MOST_CALLS
        # Azure names the call by its path below the API, others by the whole one.
        self._path = "/v1/chat/completions" if connection.kind == "compatible" else "/chat/completions"
        self._token = token
        self._pause = pause

    async def __aenter__(self) -> Self:
        """Open the client. Raises ModelAccessError where there is no way to sign in."""
        connection = self.connection
        if self._token is None and connection.key is None and connection.kind != "compatible":
            self._token = entra_token()
        self._client: AsyncOpenAI = open_client(connection, token=self._token)
        self._form = call_form(connection, chat_model(connection, self._client))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.close()

    def size(self, question: Question) -> int:
        """Return the bytes that `question` takes in a batch's file, without its id."""
        return len(self._line("", question))

    async def submit(self, questions: Mapping[str, Question], *, asking: str = "") -> str:
        """Submit `questions` (by an id each, at most 512 characters) as one batch, and return the batch's id.

        Where the same questions are under way or answered already, no second batch is made. `asking` tells a new
        asking of the same questions from a repetition of the old one. Raises CallTroubleError, CallRefusedError or
        ModelAccessError.
        """
        lines = b"\n".join(self._line(name, question) for name, question in questions.items())
        mark = hashlib.sha256(f"{asking}\n".encode() + lines).hexdigest()
        return await self._told(self._submitted(lines, mark))

    async def look(self, batch: str) -> Standing:
        """Return where a batch stands. Raises as `submit`; CallRefusedError where the server has no such batch."""
        return _standing(await self._told(self._found(batch)))

    async def cancel(self, batch: str) -> None:
        """Stop a batch; what it has answered by then can be collected, and is paid. Raises as `submit`."""
        await self._told(self._client.batches.cancel(batch))

    async def collect(self, batch: str, names: Collection[str]) -> AsyncGenerator[tuple[str, Result], None]:
        """Yield what became of each of `names`, once, of a batch that is done.

        A question that the batch never came to is a CallTroubleError: it may be asked again. Raises as `submit`, and
        ModelAccessError where the server refused the batch as a whole.
        """
        found = await self._told(self._found(batch))
        if not _standing(found).done:
            raise CallTroubleError(f"The batch {batch!r} is not done yet ({found.status}).", kind="server")
        missing = dict.fromkeys(names)
        for file in (found.output_file_id, found.error_file_id):
            async for name, result in self._results(file):
                if name in missing:
                    del missing[name]
                    yield name, result
        if missing:
            failure = self._never_asked(found)
            for name in missing:
                yield name, failure

    def _line(self, name: str, question: Question) -> bytes:
        call = {"custom_id": name, "method": "POST", "url": self._path, "body": self._form.body(question)}
        return json.dumps(call, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    async def _submitted(self, lines: bytes, mark: str) -> str:
        name = f"querencia-{mark[:32]}.jsonl"
        # Known by its file as well: not every server keeps the metadata.
        uploaded = [file.id async for file in self._client.files.list(purpose="batch") if file.filename == name]
        async for batch in self._client.batches.list(limit=100):
            known = (batch.metadata or {}).get(_MARK) == mark or batch.input_file_id in uploaded
            if known and batch.status in _USABLE:
                return batch.id
        batch = await self._client.batches.create(
            input_file_id=uploaded[0] if uploaded else await self._uploaded(name, lines),
            endpoint=self._path,  # type: ignore[arg-type]  # Azure's own
            completion_window="24h",
            metadata={_MARK: mark},
        )
        return batch.id

    async def _uploaded(self, name: str, lines: bytes) -> str:
        file = await self._client.with_options(timeout=TRANSFER).files.create(file=(name, lines), purpose="batch")
        # Azure refuses a batch of a file that it has not looked through.
        for _ in range(round(_READY_WITHIN / self._pause)):
            if file.status not in {"uploaded", "pending", "running"}:
                break
            await asyncio.sleep(self._pause)
            file = await self._client.files.retrieve(file.id)
        return file.id

    async def _found(self, batch: str) -> Batch:
        from openai import NotFoundError

        try:
            return await self._client.batches.retrieve(batch)
        except NotFoundError:
            pass
        raise CallRefusedError(f"{self.connection.host!r} has no batch {batch!r} (any more).", kind="not_accepted")

    async def _results(self, file: str | None) -> AsyncIterator[tuple[str, Result]]:
        """Yield id and result of each line of a file, as it arrives: a file may hold 100,000."""
        if not file:
            return
        files = self._client.with_options(timeout=TRANSFER).files
        failure: Exception | None = None
        try:
            async with files.with_streaming_response.content(file) as response:
                async for line in _lines(response.iter_bytes()):
                    if (result := self._read(line)) is not None:
                        yield result
        except GeneratorExit:
            raise
        except Exception as error:  # noqa: BLE001 - as for a single call
            failure = failure_of(error, self.connection)
        if failure is not None:
            raise failure

    def _read(self, line: bytes) -> tuple[str, Result] | None:
        """Return id and result in a line, None where it holds none (its question counts as never asked)."""
        try:
            told = json.loads(line)
            name, response, error = str(told["custom_id"]), told.get("response"), told.get("error")
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        if isinstance(response, dict) and response.get("status_code") is not None:
            return name, self._responded(response["status_code"], response.get("body"))
        return name, _not_asked(error if isinstance(error, dict) else {})

    def _responded(self, status: object, body: object) -> Result:
        try:
            if isinstance(status, int) and status >= 300:
                error = body.get("error", body) if isinstance(body, dict) else body
                return status_failure(status, error, self.connection)
            return read_completion(body, self.connection, seconds=0.0)
        except (CallError, ModelAccessError) as failure:
            return failure

    def _never_asked(self, batch: Batch) -> CallTroubleError:
        """Return why a batch has nothing on a question. Raises ModelAccessError where the server refused all of it."""
        errors = (batch.errors.data if batch.errors else None) or []
        codes = {str(error.code) for error in errors if error.code}
        if batch.status == "failed" and not codes & _LATER:
            said = ", ".join(sorted(code for code in codes if _WORD.fullmatch(code))) or "no reason given"
            raise ModelAccessError(
                f"The batch {batch.id!r} for deployment {self.connection.deployment!r} was refused by "
                f"{self.connection.host!r} ({said}). Expected a deployment of type Global Batch or Data Zone Batch. "
                "Check the deployment's type and name."
            )
        kind: Trouble = "rate_limited" if codes & _LATER else "timeout" if batch.status == "expired" else "cut_off"
        return CallTroubleError(f"The batch {batch.id!r} ended without an answer ({batch.status}).", kind=kind)

    async def _told(self, call: Awaitable[T]) -> T:
        """Await a call, and raise what goes wrong as one of our failures."""
        failure: Exception
        try:
            return await call
        except (CallError, ModelAccessError):
            raise
        except Exception as error:  # noqa: BLE001 - as for a single call
            failure = failure_of(error, self.connection)
        raise failure


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the lines of a file as it arrives: a line feed alone ends one, for replies may hold other separators."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
    if rest:
        yield rest


def _not_asked(error: Mapping[str, Any]) -> CallTroubleError:
    code = str(error.get("code") or "")
    kind: Trouble = "timeout" if code == "batch_expired" else "cut_off" if code == "batch_cancelled" else "server"
    return CallTroubleError("The batch ended before this question was asked, or while it was.", kind=kind)


def _standing(batch: Batch) -> Standing:
    counts = batch.request_counts
    return Standing(
        done=batch.status not in _WAITING,
        status=batch.status,
        total=counts.total if counts else 0,
        completed=counts.completed if counts else 0,
        failed=counts.failed if counts else 0,
    )
