"""The part of the report about customer value: what it rests on, and how far that was measured."""

from __future__ import annotations

from querencia.learn.figures.value import PurchaseFigures, ValueFigures
from querencia.report.blocks import Block, Heading, Section, Table, Text, absent, plain, table, warning
from querencia.report.edition import Edition, clean
from querencia.report.facts import ReportFacts
from querencia.report.sections import section


def write_value(facts: ReportFacts, *, edition: Edition) -> Section:
    """Return what CLTV rests on: measured or declared, and with which numbers."""
    value = facts.model.value if facts.model else None
    if value is None:
        return section("value", [absent(edition.say("value.absent"))], edition=edition)
    bought = value.purchases is not None
    blocks: list[Block] = list(plain(edition.say("value.purchases" if bought else "value.formula")))
    if not bought or value.source == "declared":
        blocks += _value_source(value, edition=edition)
    numbers = [edition.say("value.discount", discount=edition.percent(value.annual_discount))]
    if bought or value.margin != 1.0:
        numbers.append(edition.say("value.margin", margin=edition.percent(value.margin, 0)))
    if bought:
        horizon = "horizon_none" if value.horizon_months is None else "horizon"
        numbers.append(edition.say(f"value.{horizon}", months=edition.number(value.horizon_months or 0)))
    if value.outcome_months is not None and not bought:
        shown = round(value.outcome_months, 1)
        months = edition.number(shown, 0 if shown == int(shown) else 1)
        numbers.append(edition.say("value.months", months=months))
    if value.filled:
        numbers.append(edition.say("value.filled", filled=edition.number(value.filled)))
    blocks += plain(" ".join(numbers), edition.say("value.purchases_steady" if bought else "value.steady"))
    if value.purchases is not None:
        blocks += _tell_purchases(value.purchases, edition=edition)
    return section("value", blocks, edition=edition)


def _tell_purchases(purchases: PurchaseFigures, *, edition: Edition) -> list[Block]:
    """Return what the model of purchases learned from, how it foretold what it had not seen, and its parameters."""
    key = "purchases_no_spend" if purchases.p is None else "purchases_learned"
    counts = {"customers": edition.number(purchases.customers), "repeat": edition.number(purchases.repeat_buyers)}
    said = edition.say(f"value.{key}", **counts)
    blocks: list[Block] = [Heading(text=edition.say("value.purchases_title")), *plain(said)]
    checked = _tell_holdout(purchases, edition=edition)
    if checked:
        blocks += plain(checked)
    return [*blocks, _parameters(purchases, edition=edition)]


def _tell_holdout(purchases: PurchaseFigures, *, edition: Edition) -> str:
    if purchases.holdout_days is None or purchases.expected is None or purchases.observed is None:
        return ""
    said = edition.say(
        "value.holdout",
        days=edition.number(purchases.holdout_days),
        expected=edition.number(purchases.expected, 2),
        observed=edition.number(purchases.observed, 2),
    )
    error, own = purchases.error, purchases.error_of_own_rate
    if error is None or own is None:
        return said
    key = "holdout_better" if error < own else "holdout_worse"
    errors = edition.say(f"value.{key}", error=edition.number(error, 2), own=edition.number(own, 2))
    return f"{said} {errors}"


def _parameters(purchases: PurchaseFigures, *, edition: Edition) -> Table:
    estimates = (
        ("rate_r", purchases.r),
        ("rate_alpha", purchases.alpha),
        ("leave_a", purchases.a),
        ("leave_b", purchases.b),
        ("spend_p", purchases.p),
        ("spend_q", purchases.q),
        ("spend_v", purchases.v),
    )
    rows = [
        (edition.say(f"value.{key}", currency=edition.currency), edition.number(estimate, 3))
        for key, estimate in estimates
        if estimate is not None
    ]
    columns = (edition.say("value.parameter"), edition.say("value.estimate"))
    return table(edition.say("value.parameters"), columns, rows)


def _value_source(value: ValueFigures, *, edition: Edition) -> list[Block]:
    if value.source == "declared" and value.monthly is not None:
        return [warning(edition.say("value.declared", monthly=edition.money(value.monthly, 2)))]
    if value.source in {"revenue", "prices"}:
        return list(plain(edition.say(f"value.{value.source}")))
    # A source these texts do not know is told in the words of the computation.
    return [*plain(edition.say("value.other")), Text(text=clean(value.assumption, longest=600), kind="foreign")]
