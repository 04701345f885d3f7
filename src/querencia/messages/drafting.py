"""Drafts: each customer's message, written, rendered and checked, as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from querencia.errors import WorkError
from querencia.messages.brief import Brief
from querencia.messages.briefs import Recipient
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.message import Message
from querencia.messages.presentable import presentable
from querencia.messages.rendering import plain_text
from querencia.messages.writers.writer import Writer, Written

Status = Literal["ready", "failed", "withheld"]
BATCH = 1024  # recipients held at once; a writer may work on that many at the same time


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One customer's message on its way out.

    `ready`: every check passed. `failed`: a check found an error, or the writer wrote nothing; it is not to be shown,
    `text` is kept for the reviewer. `withheld`: the customer did not consent, and nothing was written. `taken_over` is
    why another writer than the one asked wrote the message; empty where it did not.
    """

    customer_id: str
    status: Status
    message: Message | None = None
    text: str = ""
    findings: tuple[Finding, ...] = ()
    writer: str = ""
    taken_over: str = ""


def draft_messages(
    recipients: Iterable[Recipient], *, writer: Writer, rules: Rules, stand_in: Writer | None = None
) -> Iterator[Draft]:
    """Yield a draft per recipient, in order. The writer sees the brief of those only who may be written to.

    Where `writer` has no message, or one that fails a check, `stand_in` writes it; a warning among the findings says
    why. WorkError where a writer does not answer each brief once and in order.
    """
    stream = iter(recipients)
    while batch := list(islice(stream, BATCH)):
        briefs = [presentable(recipient.brief) for recipient in batch if recipient.may_write]
        answers = iter(writer.write(briefs)) if briefs else iter(())
        wanted = iter(briefs)
        for recipient in batch:
            if not recipient.may_write:
                yield Draft(customer_id=recipient.brief.customer_id, status="withheld")
                continue
            brief = next(wanted)
            draft = _draft(brief, _answer(answers, brief, writer.name), rules)
            yield draft if stand_in is None or draft.status == "ready" else _take_over(draft, brief, stand_in, rules)


def _take_over(failed: Draft, brief: Brief, stand_in: Writer, rules: Rules) -> Draft:
    """Return the stand-in's draft, with what was wrong with the first one as warnings."""
    draft = _draft(brief, _answer(iter(stand_in.write([brief])), brief, stand_in.name), rules)
    reasons = [finding for finding in failed.findings if finding.severity == "error"]
    told = tuple(
        Finding(
            customer_id=brief.customer_id,
            check="writer",
            severity="warning",
            text=finding.text,
            reason=f"{stand_in.name!r} took over from {failed.writer!r}: {_with_check(finding)}",
        )
        for finding in reasons
    )
    first = reasons[0]
    return replace(
        draft, findings=told + draft.findings, taken_over=first.reason if first.check == "writer" else first.check
    )


def _with_check(finding: Finding) -> str:
    return finding.reason if finding.check == "writer" else f"{finding.reason} ({finding.check})"


def _answer(answers: Iterator[Written], brief: Brief, writer: str) -> Written:
    written = next(answers, None)
    if written is None or written.customer_id != brief.customer_id:
        answered = None if written is None else written.customer_id
        raise WorkError(
            f"writer {writer!r} answered for {answered!r} where customer {brief.customer_id!r} was next; "
            "a writer yields one answer per brief, in order"
        )
    return written


def _draft(brief: Brief, written: Written, rules: Rules) -> Draft:
    message = written.message
    if message is None:
        reason = written.failure or "the writer wrote nothing"
        failure = Finding(customer_id=brief.customer_id, check="writer", severity="error", text="", reason=reason)
        return Draft(customer_id=brief.customer_id, status="failed", findings=(failure,), writer=written.writer)
    findings = check_message(message, brief, rules=rules)
    failed = any(finding.severity == "error" for finding in findings)
    return Draft(
        customer_id=brief.customer_id,
        status="failed" if failed else "ready",
        message=message,
        text=plain_text(message),
        findings=findings,
        writer=written.writer,
    )
