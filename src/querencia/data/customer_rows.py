"""The rows of a customer table: which cannot be read and why, and how the others are arranged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import ibis

from querencia.data.answers import Answers, understand, understand_outcome
from querencia.data.cells import drop_zero_decimals, quote, to_number
from querencia.data.columns import ColumnPlan, read_column
from querencia.data.scanning import REASON
from querencia.data.sources import CustomerSource
from querencia.data.staged_text import ROW
from querencia.data.tables import CONSENT, CUSTOMER_ID, EMAIL, LANGUAGE, NAME, OUTCOME, REVENUE, TREATMENT
from querencia.data.verdicts import first_reason

# A column with more different values than this is no yes or no: the rest of them count as third values.
_MOST_ANSWERS = 1000


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
    """Add CUSTOMER_ID and REASON (null for a sound row) to the staged rows of a table."""
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
    for plan in plans:
        if plan.number:
            text = rows[plan.name]
            wrong = text.notnull() & read_column(rows, plan).isnull()
            checks.append((wrong, ibis.literal(f"{plan.name} ") + quote(text) + ibis.literal(" is not a number")))
    return rows.mutate(**{CUSTOMER_ID: _customer_id(rows, source), REASON: first_reason(*checks)})


def arrange_rows(rows: Any, source: CustomerSource, plans: Sequence[ColumnPlan], answered: Answered) -> Any:
    """Return sound rows as the canonical table: the reserved columns, then the source's own; ordered by id."""
    contact = source.contact
    revenue = next((plan for plan in plans if plan.name == source.revenue), None)
    reserved = {
        CUSTOMER_ID: rows[CUSTOMER_ID],
        OUTCOME: _answer(rows, source.outcome, answered.outcome),
        TREATMENT: _answer(rows, source.treatment, answered.treatment),
        REVENUE: ibis.null("float64") if revenue is None else _revenue(rows, revenue),
        NAME: _text(rows, contact.name),
        EMAIL: _text(rows, contact.email),
        LANGUAGE: _text(rows, contact.language),
        CONSENT: _consent(rows, contact.consent, answered.consent),
    }
    own = {plan.name: read_column(rows, plan) for plan in plans}
    table = rows.select(**reserved, **own, **{ROW: rows[ROW]})
    # Row numbers keep the order of the rows: as text, 10 would come before 2.
    return table.order_by(ROW if source.id is None else CUSTOMER_ID).drop(ROW)


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


def _revenue(rows: Any, plan: ColumnPlan) -> Any:
    return to_number(rows[plan.name], decimal_comma=plan.decimal_comma)


def _text(rows: Any, column: str | None) -> Any:
    return ibis.null("string") if column is None else rows[column]
