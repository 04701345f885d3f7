"""How a brief's figures are told in words: shared by the offline writer and by the slots of a model's text."""

from __future__ import annotations

from collections.abc import Mapping

from querencia.language.locales import format_number, format_probability, is_known, join_words
from querencia.language.names import churn_level, engagement_level
from querencia.messages.brief import Brief
from querencia.messages.writers.phrasebook import phrasebook

LOW_SHARE = 0.5  # of the base rate: up to there a probability of leaving is called low
MONTH_KINDS = ("sessions_30d", "active_days_30d", "events_30d")
_PURCHASE_KINDS = ("active_days_30d",)  # where activity is known from purchases alone
QUARTER_KINDS = ("orders_90d", "distinct_items_90d")


def told_engagement(brief: Brief) -> str:
    """Return the engagement score as the brief discloses it: ``57,30 de 100``, ``alto``; empty where it is not told."""
    if not tells_engagement(brief):
        return ""
    if brief.disclose == "words":
        return engagement_level(brief.engagement, brief.language)
    number = format_number(brief.engagement, locale=brief.locale)
    scale = phrasebook(brief.language).alternatives("scale.engagement", frozenset({"number"}))
    return scale[0].say({"number": number})


def told_churn(brief: Brief) -> str:
    """Return the churn probability as the brief discloses it: ``12,3 %``, ``moderado``; empty where it is not told."""
    if not tells_churn(brief):
        return ""
    if brief.disclose == "words":
        return churn_level(brief.risk_group, brief.language, low=is_low(brief))
    return format_probability(brief.churn_probability, locale=brief.locale)


def tells_engagement(brief: Brief) -> bool:
    """Tell whether `told_engagement` has something to say."""
    return brief.disclose != "none" and is_known(brief.engagement)


def tells_churn(brief: Brief) -> bool:
    """Tell whether `told_churn` has something to say."""
    return brief.disclose != "none" and is_known(brief.churn_probability)


def tells_month(brief: Brief) -> bool:
    """Tell whether `told_month` has something to say."""
    kinds = _PURCHASE_KINDS if brief.purchases_only else MONTH_KINDS
    return any(fact.value and fact.kind in kinds for fact in brief.usage)


def tells_quarter(brief: Brief) -> bool:
    """Tell whether `told_quarter` has something to say."""
    return any(fact.value and fact.kind in QUARTER_KINDS for fact in brief.usage)


def told_reasons(brief: Brief) -> tuple[str, ...]:
    """Return the declared reasons, where the company wrote them in the message's language."""
    return brief.reasons if speaks_as_records(brief) else ()


def told_month(brief: Brief) -> str:
    """Return the last thirty days' activity: ``12 sesiones y 31 interacciones``; empty where it is none or unknown."""
    values = _values(brief)
    if brief.purchases_only:
        return _count_items(brief, values, _PURCHASE_KINDS)
    return _count_items(brief, _without_repeats(values), MONTH_KINDS)


def told_quarter(brief: Brief) -> str:
    """Return the last ninety days' orders and products, as `told_month` does."""
    return _count_items(brief, _values(brief), QUARTER_KINDS)


def told_count(brief: Brief, section: str, number: int) -> str:
    """Return a counted thing of the phrasebook: ``1 sesión``, ``1.204 sesiones``."""
    figure = format_number(number, locale=brief.locale)
    return phrasebook(brief.language).count_form(section, number).say({"number": figure})


def speaks_as_records(brief: Brief) -> bool:
    """Tell whether the company wrote its records in the message's language: their sentences may stand in it."""
    return brief.records_language in {None, brief.language}


def is_low(brief: Brief) -> bool:
    """Tell whether a customer leaves half as likely as the usual one, or less. Unknown is not low."""
    return brief.base_rate is not None and brief.churn_probability <= LOW_SHARE * brief.base_rate


def is_silent(brief: Brief) -> bool:
    """Tell whether the last month is known to have brought no activity."""
    month = [fact.value for fact in brief.usage if fact.kind in MONTH_KINDS]
    return bool(month) and not any(month)


def _values(brief: Brief) -> dict[str, int]:
    return {fact.kind: fact.value for fact in brief.usage}


def _count_items(brief: Brief, values: Mapping[str, int], kinds: tuple[str, ...]) -> str:
    sections = {kind: f"usage_items.{kind}" for kind in kinds}
    if brief.purchases_only:
        sections |= {"distinct_items_90d": "usage_items.bought_items_90d"}
    counted = [told_count(brief, sections[kind], values[kind]) for kind in kinds if values.get(kind)]
    return join_words(tuple(counted), locale=brief.locale)


def _without_repeats(values: Mapping[str, int]) -> dict[str, int]:
    """Return the figures without those that say no more: days as many as the sessions, one session's interactions."""
    sessions = values.get("sessions_30d")
    if not sessions:
        return dict(values)
    repeats = {"active_days_30d"} if values.get("active_days_30d") == sessions else set()
    if sessions == 1 or values.get("events_30d") == sessions:
        repeats.add("events_30d")
    return {kind: value for kind, value in values.items() if kind not in repeats}
