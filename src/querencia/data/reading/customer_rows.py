"""The rows of a customer table: which cannot be read and why, and how the others are arranged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import ibis

from querencia.data.reading.answers import Answers, understand, understand_outcome
from querencia.data.reading.cells import drop_zero_decimals, quote
from querencia.data.reading.columns import ColumnPlan, read_column
from querencia.data.reading.scanning import REASON
from querencia.data.reading.staged_text import FILE, FILE_ROW, ROW
from querencia.data.reading.verdicts import first_reason
from querencia.data.sources import CustomerSource
from querencia.data.tables import CONSENT, CUSTOMER_ID, EMAIL, LANGUAGE, NAME, OUTCOME, REVENUE, TREATMENT

# A column with more different values than this is no yes or no: the rest of them count as third values.
_MOST_ANSWERS = 1000

# Columns read as numbers stand beside their text under this name and their position, until both have been compared.
_NUMBER = "__number_"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """How the yes-or-no columns that the project maps are answered; None where it maps none."""

    outcome: Answers | None
    treatment: Answers | None
    consent: Answers | None


def find_answers(rows: Any, source: CustomerSource, *, file: Path) -> Answered:
    """Return what the values of outcome, treatment and consent mean; OutcomeError, SourceError where unclear."""
    outcome = treatment = consent = None
    if source.outcome is not None:
        counts = _count_values(rows, source.outcome)
        outcome = understand_outcome(counts, positive=source.positive, column=source.outcome, file=file)
    if source.treatment is not None:
        counts = _count_values(rows, source.treatment)
        treatment = understand(counts, key="[customers] treatment", column=source.treatment, file=file)
    if source.contact.consent is not None:
        column = source.contact.consent
        counts = _count_values(rows, column)
        consent = understand(counts, key="[customers.contact] consent", column=column, file=file)
    return Answered(outcome=outcome, treatment=treatment, consent=consent)


def judge_rows(rows: Any, source: CustomerSource, plans: Sequence[ColumnPlan], answered: Answered) -> Any:
    """Return the staged rows of a table as the canonical table has them, each with its place and its REASON.

    First the reserved columns, then the source's own, then FILE, FILE_ROW, ROW, and REASON, null for a sound row.
    """
    numbers = {plan.name: f"{_NUMBER}{n}" for n, plan in enumerate(plans) if plan.number}
    read = {numbers[plan.name]: read_column(rows, plan) for plan in plans if plan.number}
    rows = rows.mutate(**read) if read else rows
    contact = source.contact
    reserved = {
        CUSTOMER_ID: _customer_id(rows, source),
        OUTCOME: _answer(rows, source.outcome, answered.outcome),
        TREATMENT: _answer(rows, source.treatment, answered.treatment),
        REVENUE: rows[numbers[source.revenue]] if source.revenue in numbers else ibis.null("float64"),
        NAME: _text(rows, contact.name),
        EMAIL: _text(rows, contact.email),
        LANGUAGE: _text(rows, contact.language),
        CONSENT: _consent(rows, contact.consent, answered.consent),
    }
    own = {plan.name: rows[numbers.get(plan.name, plan.name)] for plan in plans}
    reason = _find_reason(rows, source, plans, numbers, answered)
    return rows.select(**reserved, **own, **{name: rows[name] for name in (FILE, FILE_ROW, ROW)}, **{REASON: reason})


def arrange_rows(judged: Any, source: CustomerSource) -> Any:
    """Return the sound rows of a judged table, ordered by id, without their place."""
    sound = judged.filter(judged[REASON].isnull())
    # Row numbers keep the order of the rows: as text, 10 would come before 2.
    return sound.order_by(ROW if source.id is None else CUSTOMER_ID).drop(FILE, FILE_ROW, ROW, REASON)


def _find_reason(
    rows: Any, source: CustomerSource, plans: Sequence[ColumnPlan], numbers: Mapping[str, str], answered: Answered
) -> Any:
    empty = reduce(and_, [rows[plan.name].isnull() for plan in plans])
    checks = [(empty, ibis.literal("nothing in the row"))]
    if source.id is not None:
        checks.append((rows[source.id].isnull(), ibis.literal(f"no customer id ({source.id})")))
    for column, answers in (
        (source.outcome, answered.outcome),
        (source.treatment, answered.treatment),
        (source.contact.consent, answered.consent),
    ):
        if column is not None and answers is not None:
            third = ibis.literal(f"{column} ") + quote(rows[column]) + ibis.literal(f" is {answers.expected}")
            checks.append((answers.is_third(rows[column]), third))
    for name, number in numbers.items():
        wrong = rows[number].isnull() & rows[name].notnull()
        checks.append((wrong, ibis.literal(f"{name} ") + quote(rows[name]) + ibis.literal(" is not a number")))
    return first_reason(*checks)


def _customer_id(rows: Any, source: CustomerSource) -> Any:
    if source.id is None:
        return (rows[ROW] + 1).cast("string")
    text = rows[source.id]
    floats = rows.agg(all=(text.isnull() | text.re_search(r"^-?\d+\.0$")).all()).to_pyarrow().to_pylist()[0]["all"]
    return drop_zero_decimals(text) if floats else text


def _count_values(rows: Any, column: str) -> list[tuple[str, int]]:
    counts = rows.filter(rows[column].notnull()).group_by(value=rows[column]).agg(rows=ibis._.count())
    found = counts.order_by(ibis.desc("rows"), "value").limit(_MOST_ANSWERS).to_pyarrow().to_pylist()
    return [(row["value"], row["rows"]) for row in found]


def _answer(rows: Any, column: str | None, answers: Answers | None) -> Any:
    return ibis.null("int64") if column is None or answers is None else answers.read(rows[column])


def _consent(rows: Any, column: str | None, answers: Answers | None) -> Any:
    """Return consent, false where a column that is known says nothing."""
    if column is None or answers is None:
        return ibis.null("boolean")
    return ibis.coalesce(answers.read(rows[column]) == 1, False)


def _text(rows: Any, column: str | None) -> Any:
    return ibis.null("string") if column is None else rows[column]
