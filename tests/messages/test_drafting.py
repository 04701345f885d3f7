from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from querencia.errors import WorkError
from querencia.messages.brief import Brief
from querencia.messages.briefs import Recipient
from querencia.messages.checks.rules import Rules
from querencia.messages.drafting import draft_messages
from querencia.messages.writers.offline import OfflineWriter, write_message
from querencia.messages.writers.writer import Written

RULES = Rules()


class ScriptedWriter:
    """Answers as a test tells it to, and remembers whom it was asked about."""

    name = "scripted"

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def write(self, briefs: Iterable[Brief]) -> Iterator[Written]:
        for brief in briefs:
            self.asked.append(brief.customer_id)
            yield self.answer(brief)


def recipients(make_brief: Any, count: int, withheld: set[int]) -> Iterator[Recipient]:
    for number in range(count):
        yield Recipient(brief=make_brief(number), may_write=number not in withheld)


def test_drafts_come_in_order_and_nothing_is_written_without_consent(make_brief: Any) -> None:
    withheld = {0, 3, 1500, 2999, *range(1024, 1100)}
    writer = ScriptedWriter(lambda brief: Written(customer_id=brief.customer_id, message=None, writer="x"))
    drafts = list(draft_messages(recipients(make_brief, 3000, withheld), writer=writer, rules=RULES))
    assert [draft.customer_id for draft in drafts] == [f"C{number:05d}" for number in range(3000)]
    assert {number for number, draft in enumerate(drafts) if draft.status == "withheld"} == withheld
    assert writer.asked == [f"C{number:05d}" for number in range(3000) if number not in withheld]
    assert all(not draft.text and draft.message is None for draft in drafts)


def test_sound_messages_are_ready(make_brief: Any) -> None:
    drafts = list(draft_messages(recipients(make_brief, 50, {7}), writer=OfflineWriter(), rules=RULES))
    assert [draft.status for draft in drafts] == ["withheld" if number == 7 else "ready" for number in range(50)]
    assert all(draft.text.count("\n\n") >= 3 for draft in drafts if draft.status == "ready")


def test_a_faulty_message_fails_with_its_findings(make_brief: Any) -> None:
    def write(brief: Brief) -> Written:
        message = replace(write_message(brief), greeting="Estimado/a [Nombre del Cliente],")
        return Written(customer_id=brief.customer_id, message=message, writer="scripted")

    (draft,) = draft_messages(recipients(make_brief, 1, set()), writer=ScriptedWriter(write), rules=RULES)
    assert draft.status == "failed"
    assert "placeholders" in {finding.check for finding in draft.findings}


def test_what_could_not_be_written_says_why(make_brief: Any) -> None:
    writer = ScriptedWriter(
        lambda brief: Written(customer_id=brief.customer_id, message=None, writer="llm", failure="content filter")
    )
    (draft,) = draft_messages(recipients(make_brief, 1, set()), writer=writer, rules=RULES)
    assert (draft.status, draft.findings[0].check, draft.findings[0].reason) == ("failed", "writer", "content filter")


def test_a_writer_that_mixes_customers_up_is_stopped(make_brief: Any) -> None:
    writer = ScriptedWriter(lambda brief: Written(customer_id="somebody else", message=None, writer="x"))
    with pytest.raises(WorkError, match="'somebody else' where customer 'C00000'"):
        list(draft_messages(recipients(make_brief, 2, set()), writer=writer, rules=RULES))


def test_memory_stays_flat_also_where_nobody_consents(make_brief: Any) -> None:
    brief = make_brief(1)
    stream = (Recipient(brief=brief, may_write=False) for _ in range(100_000))
    tracemalloc.start()
    count = sum(1 for _ in draft_messages(stream, writer=OfflineWriter(), rules=RULES))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 2_000_000


def test_a_stand_in_writes_where_the_writer_has_nothing_or_a_check_refuses(make_brief: Any) -> None:
    def write(brief: Brief) -> Written:
        message = replace(write_message(brief), writer="llm")
        if brief.customer_id == "C00001":
            return Written(customer_id=brief.customer_id, message=None, writer="llm", failure="the server refused it")
        if brief.customer_id == "C00002":
            message = replace(message, call_to_action="Llame al 900 123 123 hoy mismo, por favor.")
        return Written(customer_id=brief.customer_id, message=message, writer="llm")

    drafts = list(
        draft_messages(
            recipients(make_brief, 4, {3}), writer=ScriptedWriter(write), rules=RULES, stand_in=OfflineWriter()
        )
    )
    assert [draft.status for draft in drafts] == ["ready", "ready", "ready", "withheld"]
    assert [draft.writer for draft in drafts] == ["llm", "offline", "offline", ""]
    assert [draft.taken_over for draft in drafts] == ["", "the server refused it", "contacts", ""]
    assert "900 123 123" not in drafts[2].text
    told = [(finding.severity, finding.check, finding.text) for finding in drafts[2].findings]
    assert ("warning", "writer", "900 123 123") in told
    assert all(finding.severity == "warning" for draft in drafts for finding in draft.findings)
