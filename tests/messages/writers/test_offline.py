"""The offline writer: true, varied, natural, and never refused by the checks."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.data.products import Product
from querencia.messages.brief import Brand, Brief, Offer, UsageFact
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.presentable import presentable
from querencia.messages.rendering import plain_text
from querencia.messages.writers.offline import OfflineWriter, write_message
from querencia.messages.writers.phrasebook import phrasebook

LOCALES = {"es": ("es_ES", "es_CO", "es_MX"), "en": ("en_GB", "en_US"), "pt": ("pt_BR", "pt_PT")}
KINDS = ("sessions_30d", "active_days_30d", "events_30d", "orders_90d", "distinct_items_90d")
RULES = Rules()
GREETING_OF_C1 = "Apreciado cliente:"
SUBJECT_OF_C1 = "Nuestro agradecimiento por contar con VoiceFlip"

names = st.one_of(
    st.none(),
    st.sampled_from(["Lucía Gómez", "TU NGUYEN", "José da Silva", "{{ 7*7 }}", "<b>x</b>", "Ana\nEva", "x" * 10**6]),
    st.text(max_size=40),
)
product_names = st.one_of(
    st.sampled_from(["VoiceFlip 360 Pro", "3 TIER CAKESTAND", "Año 2024", "Te de la Casa", "100 % algodón", "{{x}}"]),
    st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "Zs", "Po", "Pd")), min_size=1, max_size=40),
)
clauses = st.sampled_from(["", "reducir un 20 % los errores", "Panel de 12 vistas", "unir llamadas", "more sales"])
products = st.builds(
    Product,
    sku=st.text(alphabet="ABC123", min_size=1, max_size=6),
    name=product_names,
    description=clauses,
    benefit=clauses,
    url=st.sampled_from([None, "https://example.com/p/1", "javascript:x"]),
    price=st.one_of(st.none(), st.decimals(min_value=0, max_value=99999, places=2)),
    currency=st.sampled_from(["EUR", "USD", "COP", "BRL", "GBP", "MXN", "JPY"]),
)
offers = st.builds(
    Offer,
    product=products,
    reason=st.sampled_from(["own_events", "segment_favourite", "popular", "allowed"]),
    count=st.one_of(st.none(), st.integers(0, 5000)),
)
brands = st.builds(
    Brand,
    name=st.sampled_from(
        [
            "VoiceFlip",
            "Café 24",
            "Acme Inc.",
            "x" * 80,
            "{{ brand }}",
            "La Tienda de Tu Barrio",
            "Hoteles.com",
            "A [b]_c",
        ]
    ),
    product_line=st.sampled_from(["", "procesamiento de voz", "24 h de servicio"]),
    sender_name=st.sampled_from(["", "Equipo de Retención", "Equipo Seat.es"]),
    sender_role=st.sampled_from(["", "Especialista en Retención de Clientes"]),
    contact_email=st.sampled_from(["", "hola@example.com"]),
    contact_phone=st.sampled_from(["", "+34 900 123 456", "91 234 56 78"]),
    website=st.sampled_from(["", "https://example.com", "www.example.com/es"]),
)

reasons = st.sampled_from(
    [
        "nos importa su opinión",
        "we care about your work",
        "queremos ajudar mais",
        "el plan Oro Anual le conviene",
        "{{x}}",
    ]
)


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    language = draw(st.sampled_from(["es", "en", "pt"]))
    return Brief(
        customer_id=draw(st.text(max_size=12)),
        language=language,
        locale=draw(st.sampled_from(LOCALES[language])),
        currency="EUR",
        segment_name=draw(st.sampled_from(["Premium", "Base", "Grupo 9", ""])),
        risk_group=draw(st.integers(1, 3)),
        engagement=draw(st.one_of(st.just(float("nan")), st.decimals(0, 100, places=2).map(float))),
        churn_probability=draw(st.one_of(st.just(float("nan")), st.decimals(0, 1, places=4).map(float))),
        disclose=draw(st.sampled_from(["numbers", "words", "none"])),
        brand=draw(brands),
        name=draw(names),
        usage=tuple(
            UsageFact(kind=kind, value=draw(st.integers(0, 3000)))
            for kind in draw(st.lists(st.sampled_from(KINDS), unique=True))
        ),
        offers=tuple(draw(st.lists(offers, max_size=3, unique_by=lambda offer: offer.product.sku))),
        purchases_only=draw(st.booleans()),
        records_language=draw(st.sampled_from([None, "es", "en", "pt"])),
        reasons=tuple(draw(st.lists(reasons, max_size=1))),
    )


@settings(max_examples=250, deadline=None)
@given(briefs())
def test_no_message_of_its_own_is_ever_refused(brief: Brief) -> None:
    message = write_message(brief)
    assert check_message(message, brief, rules=RULES) == ()
    assert len(message.subject) <= 78
    assert [item.sku for item in message.recommendations] == [offer.product.sku for offer in presentable(brief).offers]


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_five_thousand_customers_read_many_different_texts(language: str, make_brief: Any) -> None:
    def masked(number: int) -> str:
        brief = make_brief(7, customer_id=f"customer-{number}", language=language, locale=LOCALES[language][0])
        text = plain_text(write_message(brief))
        for product in brief.offers:
            text = text.replace(product.product.name, "P")
        return re.sub(r"\d+", "0", text.replace(brief.name or "·", "N"))

    assert len({masked(number) for number in range(5000)}) > 1000


def test_a_customer_always_reads_the_same(make_brief: Any) -> None:
    assert write_message(make_brief(3)) == write_message(make_brief(3))
    text = plain_text(write_message(make_brief(3, language="es", locale="es_ES", customer_id="C1", risk_group=1)))
    assert text == plain_text(
        write_message(make_brief(3, language="es", locale="es_ES", customer_id="C1", risk_group=1))
    )


def test_figures_stand_as_the_locale_writes_them(make_brief: Any) -> None:
    facts = {"engagement": 63.27, "churn_probability": 0.1234, "disclose": "numbers", "usage": ()}
    told = {
        locale: plain_text(write_message(make_brief(1, language=locale[:2], locale=locale, **facts)))
        for locale in ("es_ES", "en_GB", "pt_BR")
    }
    assert "63 de 100" in told["es_ES"]
    assert "12,3\u00a0%" in told["es_ES"]
    assert "probabilidad de abandono" in told["es_ES"]
    assert "63 out of 100" in told["en_GB"]
    assert "12.3%" in told["en_GB"]
    assert "63 em 100" in told["pt_BR"]
    assert "12,3%" in told["pt_BR"]


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_what_is_not_disclosed_is_not_spoken_of(language: str, make_brief: Any) -> None:
    topics = re.compile(r"abandono|vinculación|engagement|leaving|churn|envolvimento|\d+[.,]?\d*\s?%", re.IGNORECASE)
    for number in range(60):
        brief = make_brief(number, language=language, locale=LOCALES[language][0], disclose="none", offers=())
        assert not topics.search(plain_text(write_message(brief)))
        words = plain_text(write_message(replace(brief, disclose="words", usage=(), brand=Brand(name="Acme"))))
        assert topics.search(words)
        assert not re.search(r"\d", words)


def test_plural_forms_agree(make_brief: Any) -> None:
    def usage(language: str, **values: int) -> str:
        facts = tuple(UsageFact(kind=kind, value=value) for kind, value in values.items())
        brief = make_brief(1, language=language, locale=LOCALES[language][0], usage=facts, offers=())
        return plain_text(write_message(brief))

    assert re.search(r"1 sesión\b", usage("es", sessions_30d=1, orders_90d=1))
    assert "1 pedido." in usage("es", orders_90d=1)
    assert "2 sesiones" in usage("es", sessions_30d=2)
    assert "1 sesión y 2 días de actividad" in usage("es", sessions_30d=1, active_days_30d=2)
    assert "2 pedidos e interés por 1 artículo" in usage("es", orders_90d=2, distinct_items_90d=1)
    assert "1 session and 2 active days" in usage("en", sessions_30d=1, active_days_30d=2)
    assert "1 sessão e 2 dias de atividade" in usage("pt", sessions_30d=1, active_days_30d=2)
    assert "0" not in re.sub(r"\d+ (?:de|of) 100|[\d,]+.%|900", "", usage("es", sessions_30d=3, events_30d=0))


def test_silence_is_told_as_silence(make_brief: Any) -> None:
    facts = (UsageFact(kind="sessions_30d", value=0), UsageFact(kind="events_30d", value=0))
    text = plain_text(write_message(make_brief(1, language="es", locale="es_ES", usage=facts)))
    assert re.search(r"no hemos (?:registrado|visto) actividad", text)


def test_only_the_contacts_that_exist_are_quoted(make_brief: Any) -> None:
    bare = write_message(make_brief(1, language="es", locale="es_ES", brand=Brand(name="Acme"), offers=()))
    assert "responda a este mensaje" in bare.call_to_action
    assert bare.signature[1:] == ("Acme",)
    phone = write_message(
        make_brief(1, language="es", locale="es_ES", brand=Brand(name="Acme", contact_phone="900123456"))
    )
    assert "llámenos al 900123456" in phone.call_to_action


def test_each_recommendation_gives_its_own_reason(make_brief: Any, products: tuple[Product, ...]) -> None:
    offers = (
        Offer(product=products[0], reason="own_events", count=3),
        Offer(product=replace(products[2], price=Decimal("12.5"), currency="EUR"), reason="popular"),
    )
    brief = make_brief(1, language="es", locale="es_ES", offers=offers, records_language="es")
    own, popular = write_message(brief).recommendations
    assert "convertir cada llamada en texto" in own.text
    assert "3 veces" in own.text
    assert "49,00\u00a0€" in own.text
    assert own.text.endswith("https://example.com/transcribe")
    assert "clientes" in popular.text
    assert "12,50\u00a0€" in popular.text
    english = write_message(replace(brief, language="en", locale="en_GB")).recommendations[0]
    assert "llamada" not in english.text  # the catalogue is in Spanish: its sentences stay out of English ones


def test_without_a_name_the_greeting_is_natural(make_brief: Any) -> None:
    greetings = {write_message(make_brief(n, language="es", locale="es_ES", name=None)).greeting for n in range(40)}
    assert greetings == {"Estimado cliente:", "Apreciado cliente:", "Buenos días:"}


@pytest.mark.parametrize("name", ["Hoteles.com", "Seat.es", "Grupo [A]", "casa_verde", "Banco " + "Azul" * 18, "@acme"])
def test_a_brand_is_called_as_its_owner_wrote_it(name: str, make_brief: Any) -> None:
    for number in range(30):
        brief = make_brief(number, brand=Brand(name=name, sender_name=f"Equipo {name}"))
        message = write_message(brief)
        assert name in message.signature
        assert check_message(message, brief, rules=RULES) == ()


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_without_a_brand_no_sentence_names_a_stand_in(language: str, make_brief: Any) -> None:
    nobody = phrasebook(language).alternatives("signature.nobody", frozenset())[0].say({})
    for number in range(30):
        brief = make_brief(number, language=language, locale=LOCALES[language][0], brand=Brand(name=""))
        message = write_message(brief)
        assert nobody in message.signature
        assert plain_text(message).count(nobody) == 1
        assert check_message(message, brief, rules=RULES) == ()


def test_hostile_values_are_never_run_nor_shown(make_brief: Any) -> None:
    brief = make_brief(
        1, name="{{ 7*7 }}", offers=(Offer(product=Product(sku="1", name="{% if 1 %}"), reason="popular"),)
    )
    text = plain_text(write_message(brief))
    assert "49" not in text
    assert "{" not in text


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_every_sentence_of_the_phrasebook_fits_its_place(language: str) -> None:
    sections = phrasebook(language).sections()
    assert set(sections) == set(phrasebook("es").sections())
    for section, alternatives in sections.items():
        assert len({id(sentence) for sentence in alternatives}) == len(alternatives)
        assert any("product_line" not in sentence.needs for sentence in alternatives), section
        if section.startswith("short_subject"):
            assert all(len(sentence.say({})) <= 78 for sentence in alternatives)


def test_the_writer_answers_in_order(make_brief: Any) -> None:
    briefs = [make_brief(number) for number in range(5)]
    answers = list(OfflineWriter().write(iter(briefs)))
    assert [answer.customer_id for answer in answers] == [brief.customer_id for brief in briefs]
    assert {answer.writer for answer in answers} == {"offline"}


CLAUSES = {
    "es": "queremos acompañarle mejor en esta etapa con nosotros",
    "en": "we would like to be of more use to you in your daily work",
    "pt": "queremos acompanhar melhor esta etapa",
}


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("disclose", ["numbers", "words", "none"])
def test_a_reason_is_told_in_one_sentence_after_the_figures(language: str, disclose: str, make_brief: Any) -> None:
    clause = CLAUSES[language]
    frames = set()
    for number in range(60):
        facts = {"risk_group": 2 + number % 2, "records_language": language, "usage": (), "disclose": disclose}
        brief = make_brief(number, language=language, locale=LOCALES[language][0], reasons=(clause,), **facts)
        message = write_message(brief)
        told = message.body[1 if disclose == "none" else 2]
        assert told.endswith(f"{clause}.")
        assert plain_text(message).count(clause) == 1
        assert check_message(message, brief, rules=RULES) == ()
        frames.add(told.removesuffix(f"{clause}."))
    assert len(frames) >= 2


def test_a_reason_stays_out_of_a_message_in_another_language(make_brief: Any) -> None:
    for number in range(20):
        brief = make_brief(number, language="en", locale="en_GB", records_language="es", reasons=(CLAUSES["es"],))
        assert CLAUSES["es"] not in plain_text(write_message(brief))


def test_a_reason_that_makes_a_forbidden_claim_fails_the_message(make_brief: Any) -> None:
    reasons = ("le llamamos clienta de oro",)
    brief = make_brief(1, language="es", locale="es_ES", records_language="es", reasons=reasons)
    rules = Rules(forbidden_claims=("clienta de oro",))
    found = [(finding.check, finding.text) for finding in check_message(write_message(brief), brief, rules=rules)]
    assert found == [("claims", "clienta de oro")]


LOYALTY = re.compile(r"fidel|fiel|loyal|estable|estável|steady|sinceram|sincerely grateful")


@pytest.mark.parametrize("language", ["es", "en", "pt"])
@pytest.mark.parametrize("disclose", ["numbers", "words"])
def test_loyalty_is_told_only_where_leaving_is_really_unlikely(language: str, disclose: str, make_brief: Any) -> None:
    facts = {"language": language, "locale": LOCALES[language][0], "disclose": disclose, "engagement": 30.0}
    facts |= {"usage": (), "offers": ()}

    def texts(**figures: Any) -> list[str]:
        briefs = (make_brief(number, risk_group=1, **(facts | figures)) for number in range(60))
        return [plain_text(write_message(brief)) for brief in briefs]

    silence = (UsageFact(kind="sessions_30d", value=0),)
    assert any(map(LOYALTY.search, texts(churn_probability=0.05, base_rate=0.1)))
    assert not any(map(LOYALTY.search, texts(churn_probability=0.0501, base_rate=0.1)))
    assert not any(map(LOYALTY.search, texts(churn_probability=0.0001, base_rate=None)))
    assert not any(map(LOYALTY.search, texts(churn_probability=0.0001, base_rate=0.1, usage=silence)))
    if disclose == "words":
        level = {"es": "moderado", "en": "moderate", "pt": "moderado"}[language]
        assert all(level in text for text in texts(churn_probability=0.0501, base_rate=0.1, engagement=float("nan")))


@pytest.mark.parametrize("disclose", ["numbers", "words"])
@pytest.mark.parametrize("engagement", [20.0, 50.0, 90.0])
def test_no_joy_over_engagement_where_there_is_reason_for_concern(
    disclose: str, engagement: float, make_brief: Any
) -> None:
    joy = re.compile(
        r"alegra|alto que|apreci|buena base|conoce|partido\.|high score|glad of|good found|know(?:s)? (?:us|our)"
        r"|felizes|valor alto|boa base|ampl|far more"
    )
    silence = (UsageFact(kind="sessions_30d", value=0),)
    seen = set()
    for number in range(90):
        facts: dict[str, Any] = {"disclose": disclose, "engagement": engagement, "churn_probability": float("nan")}
        for group, usage in ((3, ()), (2, silence), (1, silence)):
            message = write_message(make_brief(number, risk_group=group, usage=usage, offers=(), **facts))
            assert not joy.search(message.body[1]), message.body[1]
        happy = write_message(make_brief(number, risk_group=2, usage=(), offers=(), **facts)).body[1]
        seen.add(bool(joy.search(happy)))
    assert True in seen


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_no_two_sentences_of_a_message_open_alike(language: str, make_brief: Any) -> None:
    usage = (UsageFact(kind="sessions_30d", value=3), UsageFact(kind="orders_90d", value=2))
    for number in range(120):
        offers = tuple(
            Offer(product=Product(sku=str(place), name=f"Plan {place}", benefit=verb), reason="popular")
            for place, verb in enumerate(
                {"es": ("ahorrar", "crecer"), "en": ("to save", "to grow")}.get(language, ("poupar", "crescer"))
            )
        )
        brief = make_brief(
            number, language=language, locale=LOCALES[language][0], usage=usage, offers=offers, records_language=None
        )
        message = write_message(brief)
        first, second = (item.text.split(". ") for item in message.recommendations)
        for one, other in zip(first, second, strict=True):
            assert one.split()[:3] != other.split()[:3]
        sentences = re.split(r"(?<=[.:])\s", " ".join(message.body))
        openings = [" ".join(sentence.split()[:3]) for sentence in sentences if "VoiceFlip" not in sentence]
        assert len(set(openings)) == len(openings)


def test_figures_that_say_no_more_are_left_out(make_brief: Any) -> None:
    def usage(**values: int) -> str:
        facts = tuple(UsageFact(kind=kind, value=value) for kind, value in values.items())
        message = write_message(make_brief(1, language="es", locale="es_ES", usage=facts, offers=(), disclose="none"))
        return " ".join(message.body)

    told = usage(sessions_30d=4, active_days_30d=4, events_30d=9)
    assert "4 sesiones y 9 interacciones" in told
    assert "día" not in re.sub(r"treinta días", "", told)
    assert "interacci" not in usage(sessions_30d=1, events_30d=1)
    assert "interacci" not in usage(sessions_30d=3, events_30d=3)
    assert "3 interacciones" in usage(events_30d=3)


def test_a_sentence_has_one_stop_and_no_price_of_nothing(make_brief: Any) -> None:
    product = Product(sku="1", name="Plan", description="¿Sin esperas?", price=Decimal(0), currency="EUR")
    offers = (Offer(product=product, reason="popular"),)
    for number in range(40):
        brief = make_brief(
            number,
            language="es",
            locale="es_ES",
            brand=Brand(name="Yahoo!"),
            offers=offers,
            records_language="es",
            churn_probability=0.2,
        )
        message = write_message(brief)
        text = plain_text(message)
        assert not re.search(r"[.!?]\.", text)
        assert "¿Sin esperas? " in text
        assert "Precio" not in text
        assert check_message(message, brief, rules=RULES) == ()


@pytest.mark.parametrize(("language", "bought"), [("es", "compra"), ("en", "bought"), ("pt", "compr")])
def test_who_is_known_by_purchases_alone_is_told_of_purchases(language: str, bought: str, make_brief: Any) -> None:
    values = {"sessions_30d": 5, "events_30d": 41, "active_days_30d": 4, "distinct_items_90d": 52}
    usage = tuple(UsageFact(kind=kind, value=value) for kind, value in values.items())
    for number in range(40):
        count = number % 3 * 3
        offers = (Offer(product=Product(sku="1", name="Plan Oro"), reason="own_events", count=count),)
        facts = {"language": language, "locale": LOCALES[language][0], "usage": usage, "offers": offers}
        brief = make_brief(number, purchases_only=True, disclose="none", **facts)
        message = write_message(brief)
        body = " ".join(message.body)
        assert "52" in body
        assert bought in body
        assert bought in message.recommendations[0].text
        assert not count or str(count) in message.recommendations[0].text
        assert not re.search(r"sesi|sess|interac|interés por|interest in|interesse em", body)
        assert check_message(message, brief, rules=RULES) == ()
        days_unknown = replace(brief, usage=(UsageFact(kind="sessions_30d", value=2),), reasons=())
        assert len(write_message(days_unknown).body) == 2  # nothing to say of the activity, least of all silence
