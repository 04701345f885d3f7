"""What the mutation test and texts in a model's manner brought to light, each as one fact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from querencia.language.locales import format_probability
from querencia.messages.addresses import find_addresses
from querencia.messages.brief import UsageFact
from querencia.messages.checks.address import informal_words
from querencia.messages.checks.characters import character_faults
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.language import TOLD_APART, foreign_language, is_clearly, language_marks
from querencia.messages.checks.names import greeted_names, spoken_names
from querencia.messages.checks.products import product_like_names
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import BRAND_MASK
from querencia.messages.checks.spoken_figures import spelled_figures, spoken_figures
from querencia.messages.checks.vocabulary import MASK
from querencia.messages.writers.offline import write_message


@pytest.mark.parametrize(
    ("text", "language", "figure"),
    [
        ("un 57,3 sobre un máximo de 100.", "es", "57,3"),
        ("57,3 puntos (de un máximo de 100)", "es", "57,3"),
        ("57.3 (out of 100)", "en", "57.3"),
        ("57.3 points out of a total of 100", "en", "57.3"),
        ("57,3 em um máximo de 100", "pt", "57,3"),
        ("57,3 pontos num total de 100", "pt", "57,3"),
        ("57.30/100", "en", "57.30"),
    ],
)
def test_a_score_may_name_its_maximum(text: str, language: str, figure: str) -> None:
    (spoken,) = spoken_figures(text, language)
    assert (spoken.unit, spoken.figure) == ("score", figure)


@pytest.mark.parametrize(
    ("text", "language"),
    [("en una escala de 0 a 100", "es"), ("on a scale from 0 to 100", "en"), ("numa escala de 0 a 100", "pt")],
)
def test_the_scale_itself_is_no_figure_of_the_customer(text: str, language: str) -> None:
    assert spoken_figures(text, language) == ()
    assert [figure.figure for figure in spoken_figures(f"{text}: 63", language)] == ["63"]


def test_thousands_may_stand_apart_by_an_ordinary_space() -> None:
    (spoken,) = spoken_figures("por 1 129,90 €", "pt")
    assert (spoken.unit, spoken.figure) == ("money", "1129,90")


@pytest.mark.parametrize(
    ("text", "language", "value", "unit"),
    [
        ("veinticinco pedidos", "es", "25", "counted"),
        ("doscientos euros", "es", "200", "money"),
        ("twenty-five orders", "en", "25", "counted"),
        ("fifty dollars", "en", "50", "money"),
        ("duzentos euros", "pt", "200", "money"),
        ("trinta e duas sessões", "pt", "32", "counted"),
    ],
)
def test_figures_in_words_are_read(text: str, language: str, value: str, unit: str) -> None:
    (spoken,) = spelled_figures(text, language)
    assert (spoken.figure, spoken.unit) == (value, unit)


@pytest.mark.parametrize(
    "text", ["un excelente punto de partida", "el punto es que ahorra", "um bom ponto de partida", "57.30/100"]
)
def test_ordinary_phrases_are_no_addresses(text: str) -> None:
    assert find_addresses(text) == ()


def test_a_country_code_may_stand_in_brackets() -> None:
    assert [found.key for found in find_addresses("llame al (+351) 210 123 456")] == ["+351210123456"]


@pytest.mark.parametrize(
    ("masked", "language"),
    [
        ("Inspired by Your Preferences", "en"),
        ("An Invitation to Explore What's New", "en"),
        (f"Streamline Your Work With {MASK}", "en"),
        ("por EUR 49,90 al contado", "es"),
        ("el equipo de Customer Success le escribe", "es"),
        ("Le esperamos el Lunes".lower(), "es"),
    ],
)
def test_capitals_of_a_headline_or_a_currency_are_no_names(masked: str, language: str) -> None:
    assert [name for name in spoken_names(masked, language, True) if name != "Customer Success"] == []


@pytest.mark.parametrize(
    ("masked", "language", "name"),
    [
        ("Gracias, Marta, por estar ahí", "es", "Marta"),
        ("As you know, Emily, we care", "en", "Emily"),
        (f"Saludos a {MASK} Quiroga", "es", "Quiroga"),
        ("A New Offer From Marta Ruiz", "en", "Ruiz"),
    ],
)
def test_a_lone_name_is_seen(masked: str, language: str, name: str) -> None:
    assert name in spoken_names(masked, language, True)


@pytest.mark.parametrize(
    ("masked", "language"), [("To the attention of \ue000:", "en"), ("À atenção de \ue000,", "pt")]
)
def test_a_letter_may_open_by_the_attention_of_somebody(masked: str, language: str) -> None:
    assert greeted_names(masked, language) == ()


def test_the_team_of_a_brand_is_no_product() -> None:
    assert product_like_names(f"the {BRAND_MASK} Team", "en", True) == ()
    assert product_like_names(f"the {BRAND_MASK} Ultra", "en", True) == (f"{BRAND_MASK} Ultra",)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Es un placer tenerte aquí", "es"),
        ("Queremos ayudarte", "es"),
        ("Esperamos que disfrutes", "es"),
        ("Seguimos escuchándote", "es"),
        ("Infórmate hoy", "es"),
        ("Obrigado pelo que fizeste", "pt"),
        ("Queremos conhecer-te melhor", "pt"),
        ("Se quiseres, falamos", "pt"),
    ],
)
def test_further_informal_forms_are_seen(text: str, language: str) -> None:
    assert len(informal_words(text, language)) == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Una parte se convierte fácilmente en arte; por suerte, el límite del trámite es fuerte y rápidamente", "es"),
        ("Este serviço foi feito para atender; o mestre existe", "pt"),
    ],
)
def test_ordinary_words_are_not_informal(text: str, language: str) -> None:
    assert informal_words(text, language) == ()


def test_code_marks_are_markup() -> None:
    assert character_faults("escriba `hola` hoy")


def _judge(brief: Any, sentence: str) -> set[str]:
    message = write_message(brief)
    found: tuple[Finding, ...] = check_message(replace(message, body=(*message.body, sentence)), brief, rules=Rules())
    return {finding.check for finding in found}


def test_a_customer_may_have_come_so_many_times(make_brief: Any) -> None:
    usage = (UsageFact(kind="sessions_30d", value=7), UsageFact(kind="events_30d", value=31))
    brief = make_brief(5, language="es", locale="es_ES", usage=usage, offers=())
    assert _judge(brief, "Nos ha visitado 7 veces y ha actuado 31 veces.") == set()
    assert _judge(brief, "Nos ha visitado 8 veces.") == {"numbers"}


def test_a_count_is_told_over_its_own_days(make_brief: Any) -> None:
    usage = (UsageFact(kind="sessions_30d", value=7), UsageFact(kind="orders_90d", value=4))
    brief = make_brief(5, language="es", locale="es_ES", usage=usage, offers=())
    assert _judge(brief, "En los últimos 30 días ha iniciado 7 sesiones.") == set()
    assert _judge(brief, "En los últimos 30 días, 7 sesiones; además, 4 pedidos.") == set()
    assert _judge(brief, "En los últimos 90 días ha iniciado 7 sesiones.") == {"numbers"}
    assert _judge(brief, "En los últimos 30 días ha hecho 4 pedidos.") == {"numbers"}


@pytest.mark.parametrize("said", ["Creemos que es probable que nos abandone.", "Su índice de actividad es medio."])
def test_silence_covers_other_words_for_leaving(said: str, make_brief: Any) -> None:
    assert _judge(make_brief(5, language="es", locale="es_ES", disclose="none", offers=()), said) == {"disclosure"}


def test_marks_of_a_language_are_its_own_alone() -> None:
    marks = language_marks()
    assert set(marks) == set(TOLD_APART)
    for language, words in marks.items():
        assert len(words) > 15
        assert words.isdisjoint(set().union(*(others for other, others in marks.items() if other != language)))


@pytest.mark.parametrize(
    "sentence",
    [
        "Nous vous remercions de votre confiance et de votre fidélité",
        "La ringraziamo per la sua attenzione e per il tempo che ci ha dedicato",
        "Us agraïm la confiança que heu dipositat en nosaltres aquest any",
        "Wir danken Ihnen sehr für Ihr Vertrauen und Ihre Zeit",
        "Wij danken u hartelijk voor uw vertrouwen in ons bedrijf",
    ],
)
@pytest.mark.parametrize("declared", ["es", "en", "pt"])
def test_other_languages_are_not_taken_for_the_declared_one(sentence: str, declared: str) -> None:
    assert not is_clearly(sentence, declared)
    assert foreign_language(sentence, declared) is not None


def test_most_sentences_are_told_without_the_model() -> None:
    assert is_clearly("Le agradecemos su confianza y la de los suyos", "es")
    assert is_clearly("We thank you for your trust and the time you spent", "en")
    assert is_clearly("Agradecemos a sua confiança e o tempo que nos tem dedicado, obrigado", "pt")
    assert not is_clearly("Gracias por su tiempo and we hope to see you with your friends", "es")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("es", "Obtendrá un {share} de descuento en su próxima factura."),
        ("en", "You will get {share} off your next invoice."),
        ("pt", "Terá {share} de desconto na próxima fatura."),
    ],
)
def test_a_right_percentage_of_something_else_is_refused(make_brief: Any, language: str, sentence: str) -> None:
    brief = make_brief(
        5,
        language=language,
        locale={"es": "es_ES", "en": "en_GB", "pt": "pt_PT"}[language],
        disclose="numbers",
        churn_probability=0.123,
        name=None,
    )
    message = write_message(brief)
    share = format_probability(0.123, locale=brief.locale)
    faulty = replace(message, body=(*message.body, sentence.format(share=share)))
    assert not [one for one in check_message(message, brief, rules=Rules()) if one.severity == "error"]
    found = [one for one in check_message(faulty, brief, rules=Rules()) if one.check == "numbers"]
    assert [one.reason for one in found] == ["its sentence does not speak of the probability of leaving"]
