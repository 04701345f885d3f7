"""Works, a scribe and a model without a network: the model does what a script or a coin says."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager

from querencia.messages.writers.llm.failures import CallTroubleError, ModelAccessError
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Answer, Question, Usage, Work

GOOD = "good"
USAGE = Usage(input=400, cached=0, output=200)


def some_works(count: int) -> Iterator[Work]:
    """Yield works whose prompt is their number."""
    for number in range(count):
        yield Work(
            key=hashlib.sha256(b"%d" % number).hexdigest(),
            mode="individual",
            language="es",
            facts=str(number),
            model="gpt-4.1-mini",
            prompt_version="p1",
            catalogue_version="c1",
            position=number,
        )


class PlainScribe:
    """Asks for a work by its facts, and takes the reply "good" alone."""

    def question(self, work: Work) -> Question:
        return Question(instructions="write", prompt=work.facts, max_tokens=300)

    def judge(self, work: Work, text: str) -> tuple[Reply | None, str]:
        if text != GOOD:
            return None, f"{text!r} is not good"
        return reply_of(work), ""


def reply_of(work: Work) -> Reply:
    """Return the reply that a work gets."""
    return Reply(subject=work.facts, greeting="g", body=["b"], recommendations=[], call_to_action="c")


class ScriptedAsker:
    """Answers each question after `seconds` with what `script` gives: a text, or an error to raise.

    `asked` keeps the questions; `most` is how many were under way at once.
    """

    def __init__(self, script: Callable[[Question], str | Exception] = lambda _: GOOD, *, seconds: float = 0.0) -> None:
        self._script, self._seconds = script, seconds
        self.asked: list[Question] = []
        self.under_way = self.most = 0

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self.under_way -= 1
        answer = self._script(question)
        if isinstance(answer, Exception):
            raise answer
        return Answer(text=answer, usage=USAGE, model="gpt-4.1-mini", seconds=self._seconds)


def one_by_one(*answers: str | Exception) -> Callable[[Question], str | Exception]:
    """Return a script that gives the answers in turn, and then good ones."""
    rest = iter(answers)
    return lambda _: next(rest, GOOD)


def by_chance(shares: Mapping[str, float], *, seed: int) -> Callable[[Question], str | Exception]:
    """Return a script that fails with each kind of trouble as often as its share says."""
    coin = random.Random(seed)

    def script(_: Question) -> str | Exception:
        throw = coin.random()
        for kind, share in shares.items():
            if throw < share:
                return trouble(kind)
            throw -= share
        return GOOD

    return script


def trouble(kind: str, *, retry_after: float | None = None) -> CallTroubleError:
    """Return an error that may pass."""
    return CallTroubleError(kind, kind=kind, retry_after=retry_after)  # type: ignore[arg-type]


@asynccontextmanager
async def scripted_asker(seconds: float, *, access: bool = True) -> AsyncIterator[ScriptedAsker]:
    """Open an asker for a worker process, which answers well, or refuses all."""
    refusal = ModelAccessError("these credentials are not known")
    yield ScriptedAsker((lambda _: GOOD) if access else (lambda _: refusal), seconds=seconds)
