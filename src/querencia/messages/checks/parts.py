"""Everything that a message needs is there: subject, greeting, body, recommendations, call to action, signature."""

from __future__ import annotations

from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.finding import Finding, Severity
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Passage, Shown
from querencia.messages.checks.spoken_figures import figures_of
from querencia.messages.checks.vocabulary import vocabulary
from querencia.messages.message import Message

CHECK = "parts"
CLOSING_LINES = 8


def check_parts(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield the parts that are missing or empty."""
    severity: Severity = "error"
    if shown.message is None:
        missing = list(_missing_from_text(shown, evidence))
        # Whoever writes elsewhere may greet and close in ways that no list holds.
        severity = "error" if evidence.closed or not shown.text.strip() else "warning"
    else:
        missing = list(_missing_from_message(shown.message, evidence))
        missing += _untold(shown, evidence)
    for part, reason in missing:
        yield Finding(customer_id=shown.customer_id, check=CHECK, severity=severity, text=part, reason=reason)


def _missing_from_message(message: Message, evidence: Evidence) -> Iterator[tuple[str, str]]:
    if message.customer_id != evidence.customer_id:
        yield "customer_id", f"the message was written to {message.customer_id!r}, not to this customer"
    for part, value in (
        ("subject", message.subject),
        ("greeting", message.greeting),
        ("call_to_action", message.call_to_action),
        ("writer", message.writer),
    ):
        if not value.strip():
            yield part, f"the {part.replace('_', ' ')} is empty"
    if not message.body or not all(paragraph.strip() for paragraph in message.body):
        yield "body", "the body, or one of its paragraphs, is empty"
    if not message.signature or not any(line.strip() for line in message.signature):
        yield "signature", "the signature is empty"
    elif evidence.senders and not any(sender in message.signature for sender in evidence.senders):
        yield "signature", f"the signature names nobody of {', '.join(evidence.senders)}"
    yield from _missing_offers(message, evidence)


def _missing_offers(message: Message, evidence: Evidence) -> Iterator[tuple[str, str]]:
    told = [recommendation.sku for recommendation in message.recommendations]
    for sku, offer in (evidence.offers or {}).items():
        if told.count(sku) != 1:
            yield offer.name, f"the offered product {sku!r} is recommended {told.count(sku)} times, not once"
    for recommendation in message.recommendations:
        if not recommendation.text.strip():
            yield recommendation.name, "the recommendation gives no reason"


def _untold(shown: Shown, evidence: Evidence) -> list[tuple[str, str]]:
    if not evidence.must_tell:
        return []
    told = {
        (figure.unit, figure.figure)
        for passage in shown.passages
        if passage.kind == "body"
        for figure in figures_of(passage, evidence.language)
    }
    # A score may stand apart from its scale: "on a scale of 0 to 100, yours is 63".
    units = {"engagement": ("score", "plain"), "churn probability": ("percent",)}
    return [
        (what, f"the message does not tell the {what}")
        for what, figures in evidence.must_tell
        if not any((unit, figure) in told for unit in units[what] for figure in figures)
    ]


def _missing_from_text(shown: Shown, evidence: Evidence) -> Iterator[tuple[str, str]]:
    lines = [passage for passage in shown.passages if passage.kind == "text"]
    if shown.subject is not None and not shown.subject.strip():
        yield "subject", "the subject is empty"
    if not lines:
        yield "text", "the message is empty"
        return
    if not _greets(lines[0], evidence.language):
        yield "greeting", "the first line does not greet the customer"
    if not any(calls_to_act(line.wording, evidence.language) for line in lines[1:]):
        yield "call_to_action", "no sentence tells the customer what to do next"
    if not _is_signed(shown, evidence):
        expected = f", or a line of its own for {' or '.join(evidence.senders)}" if evidence.senders else ""
        yield "signature", f"the message ends without a farewell and a name below it{expected}"


def _is_signed(shown: Shown, evidence: Evidence) -> bool:
    """Tell whether a short line stands below a farewell, or the sender or brand alone on one of the last lines."""
    if any(passage.kind == "signature" for passage in shown.passages):
        return True
    senders = {sender.casefold() for sender in evidence.senders}
    return any(line.text.strip(" .,—–-").casefold() in senders for line in shown.passages[-CLOSING_LINES:])


@remembered
def calls_to_act(wording: str, language: str) -> bool:
    """Tell whether a line tells the customer what to do next."""
    return vocabulary(language).action.search(wording) is not None


def _greets(line: Passage, language: str) -> bool:
    return vocabulary(language).greeting.match(line.text) is not None
