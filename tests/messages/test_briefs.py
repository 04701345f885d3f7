from __future__ import annotations

import math
from typing import Any

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.data.products import Product
from querencia.errors import InputError
from querencia.messages.brief import Brand, UsageFact
from querencia.messages.briefs import BriefDefaults, build_briefs

CATALOGUE = {"A": Product(sku="A", name="Plan A"), "B": Product(sku="B", name="Plan B")}
ROW: dict[str, Any] = {
    "customer_id": 17,
    "segment_name": "Premium",
    "risk_group": 2,
    "engagement": 63.274,
    "churn_probability": 0.123449,
    "usage": {"orders_90d": 2, "sessions_30d": 5.0, "events_30d": None},
    "offers": [("B", "own_events", 3), ("gone", "popular", None), ("A", "popular", None)],
}


def defaults(**changes: Any) -> BriefDefaults:
    return BriefDefaults(**({"brand": Brand(name="Acme"), "language": "es", "currency": "EUR"} | changes))


def build(row: dict[str, Any], **changes: Any) -> Any:
    (recipient,) = build_briefs([ROW | row], catalogue=CATALOGUE, defaults=defaults(**changes))
    return recipient


def test_a_row_becomes_a_brief() -> None:
    brief = build({"name": "Lucía"}).brief
    assert (brief.customer_id, brief.name, brief.segment_name, brief.risk_group) == ("17", "Lucía", "Premium", 2)
    assert (brief.engagement, brief.churn_probability) == (63.27, 0.1234)
    assert brief.usage == (UsageFact(kind="sessions_30d", value=5), UsageFact(kind="orders_90d", value=2))
    assert [(offer.product.sku, offer.reason, offer.count) for offer in brief.offers] == [
        ("B", "own_events", 3),
        ("A", "popular", None),
    ]
    assert brief.records_language == "es"


@pytest.mark.parametrize(
    ("value", "project_locale", "language", "locale"),
    [
        (None, None, "es", "es_ES"),
        (None, "es_CO", "es", "es_CO"),
        ("Español", "es_CO", "es", "es_CO"),
        ("EN", "es_CO", "en", "en_GB"),
        ("pt-BR", None, "pt", "pt_BR"),
        ("fr", "es_MX", "es", "es_MX"),
        (float("nan"), None, "es", "es_ES"),
    ],
)
def test_each_customer_reads_their_own_language(
    value: Any, project_locale: str | None, language: str, locale: str
) -> None:
    brief = build({"language": value}, locale=project_locale).brief
    assert (brief.language, brief.locale) == (language, locale)


@pytest.mark.parametrize(
    ("consent", "known", "may_write"),
    [(True, True, True), (False, True, False), (None, True, False), (pandas.NA, True, False), (None, False, True)],
)
def test_consent_decides_who_may_be_written_to(consent: Any, known: bool, may_write: bool) -> None:
    assert build({"consent": consent}, consent_known=known).may_write is may_write


def test_what_is_missing_is_unknown() -> None:
    brief = build({"engagement": None, "churn_probability": float("nan"), "name": pandas.NA, "offers": None}).brief
    assert math.isnan(brief.engagement)
    assert math.isnan(brief.churn_probability)
    assert brief.name is None
    assert brief.offers == ()


def test_wrong_input_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="risk_group 4 of customer 17"):
        build({"risk_group": 4})
    with pytest.raises(InputError, match="'fr'"):
        defaults(language="fr")
    with pytest.raises(InputError, match="'xx_YY'"):
        defaults(locale="xx_YY")


def test_the_projects_base_rate_reaches_every_brief() -> None:
    assert build({}, base_rate=0.2).brief.base_rate == 0.2
    assert build({}).brief.base_rate is None


CLAUSES = {"recency_days": "hace tiempo que no le vemos", "support_tickets": "nos importa su opinión"}
features = st.one_of(st.sampled_from([*CLAUSES, "income", "health"]), st.text(max_size=12))


@given(
    st.lists(features, max_size=6),
    st.integers(1, 3),
    st.sampled_from(["es", "en", "pt", None]),
    st.dictionaries(st.sampled_from(list(CLAUSES)), st.sampled_from(list(CLAUSES.values()))),
)
def test_only_the_clause_of_the_strongest_declared_feature_is_told(
    speaking: list[str], group: int, language: str | None, declared: dict[str, str]
) -> None:
    row = {"reasons": speaking, "risk_group": group, "language": language}
    reasons = build(row, reasons=declared).brief.reasons
    strongest = next((declared[feature] for feature in speaking if feature in declared), None)
    tells = strongest is not None and group > 1 and language in {"es", None}
    assert reasons == ((strongest,) if tells else ())
    assert set(reasons) <= set(declared.values())


def test_without_reasons_in_the_scores_none_is_told() -> None:
    assert build({}, reasons=CLAUSES).brief.reasons == ()
    assert build({"reasons": None}, reasons=CLAUSES).brief.reasons == ()
    assert build({"reasons": ["recency_days"]}).brief.reasons == ()
