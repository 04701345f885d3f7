"""The figures that stand in a text, each with what it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from querencia.messages.checks.contacts import addresses_in
from querencia.messages.checks.remembering import remembered
from querencia.messages.checks.shown import Passage
from querencia.messages.checks.vocabulary import Vocabulary, vocabulary
from querencia.messages.checks.words_in import words_in

Unit = Literal["score", "percent", "money", "counted", "span", "plain"]

_CURRENCY_WORDS = {
    "EUR": "€ eur euro euros",
    "GBP": "£ gbp libra libras pound pounds",
    "BRL": "r$ brl real reais reales",
    "JPY": "¥ jpy yen yenes",
    "USD": "us$ usd dólar dólares dolar dolares dollar dollars",
    "COP": "cop col$",
    "MXN": "mxn mx$",
    "PEN": "pen s/ soles",
    "CLP": "clp",
    "ARS": "ars",
    "?": "$ peso pesos",
}
_CURRENCIES = {word: code for code, words in _CURRENCY_WORDS.items() for word in words.split()}
_SIGNS = r"(?:US|MX|COL|R|CA|AU)?\$|[€£¥₹₽₩₺]|S/"
_CODES = r"[A-Z]{3}"
_WORDS = r"euros?|d[óo]lar(?:es)?|dollars?|libras?|pounds?|reais|reales|real|pesos?|soles|yenes|yen"
_NUMBER = r"[−-]?(?:\d{1,3}(?: \d{3})+(?:,\d+)?(?![\d.,]*\d)|\d(?:[\d.,'’\u00a0\u202f]*\d)?)"
_MAXIMUM = (
    r"(?:(?:(?:un|um|a|an|una|uma)\s)?(?:total|(?:puntuación\s|pontuação\s)?máxim[oa]|maximum|possible)\s(?:(?:de|of)\s)?"
    r"|(?:a\spossible|los|the)\s)?"
)
_SCALE = re.compile(
    r"\b(?:escala|scale|intervalo|rango|range)\s(?:que\s(?:va|vai)\s)?(?:(?:de|del|do|from|of)\s)?"
    r"(?:0|cero|zero)\s?(?:a|al|ao|to|-|–|—)\s?100\b"
)
_TOKEN = re.compile(
    rf"(?P<lead>(?:(?<![\w$])(?:{_SIGNS})|(?<!\w)(?:{_CODES})(?=[\s\u00a0]?\d))\s?)?"
    rf"(?<![\d.,])(?P<number>{_NUMBER})(?P<glued>(?!(?:{_CODES})\b)[^\W\d_]+|[/:](?!100\b)\d+)?"
    rf"(?P<unit>\s?[%％٪‰]|\s(?:por ciento|por cento|per ?cent)\b"
    rf"|(?:\s(?:puntos?|points?|pontos?))?\s?\(?(?:de|em|num|out of|of|sobre|/)\s?{_MAXIMUM}100\b"
    rf"|\s?(?:{_SIGNS})|\s?(?:{_CODES})\b|\s(?:{_WORDS})\b)?"
)
LONGEST_LEAD = 8  # a currency's sign or code, a space and a minus sign, and some more
_PERCENT = re.compile(r"[%％٪‰]|p[oe]r")
_NEXT_WORDS = re.compile(r"\s+(\w+)(?:\s+(\w+))?")
_LAST_WORD = re.compile(r"(\w+)\s*$")
_LIST_MARK = re.compile(r"^\s*\d{1,2}[.)](?=\s)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_DIGIT = re.compile(r"\d")
_SPACES = re.compile(r"\s")


@dataclass(frozen=True)
class SpokenFigure:
    """One figure: as it stands with its unit, digits and signs alone, the unit, and what it counts or is paid in."""

    text: str
    figure: str
    unit: Unit
    noun: str = ""
    currency: str = ""


def figures_of(passage: Passage, language: str) -> tuple[SpokenFigure, ...]:
    """Return every figure of a passage, in order. Its wording tells by a 0 whether there are any digits."""
    return spoken_figures(passage.masked, language) if "0" in passage.wording else ()


@remembered
def spoken_figures(masked: str, language: str) -> tuple[SpokenFigure, ...]:
    """Return every figure of a masked passage, in order."""
    if _DIGIT.search(masked) is None:
        return ()
    text = _SCALE.sub(" ", _LIST_MARK.sub(" ", masked))
    for address in addresses_in(masked):
        text = text.replace(address.text, " ")  # the digits of links and phones are another check's
    return tuple(_read(match, text, language) for match in _tokens(text))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the tokens of a text. Looking only where a digit is near is many times as fast as looking everywhere."""
    end = 0
    while digit := _DIGIT.search(text, end):
        token = _TOKEN.search(text, max(end, digit.start() - LONGEST_LEAD))
        if token is None:
            return
        yield token
        end = token.end()


@remembered
def spelled_figures(wording: str, language: str) -> tuple[SpokenFigure, ...]:
    """Return figures in words, from two to a hundred, before what they count; spans of the records' time are none."""
    words = vocabulary(language)
    if words_in(wording).isdisjoint(words.numeral_values):
        return ()
    return tuple(
        _spelled(match, words)
        for match in words.numeral.finditer(wording)
        if (match["before"] or "").casefold() not in words.span_words
    )


def _spelled(match: re.Match[str], words: Vocabulary) -> SpokenFigure:
    parts = (match["tens"], match["rest"], match["unit"])
    value = sum(words.numeral_values[part.casefold()] for part in parts if part)
    start = match.start("tens") if match["tens"] else match.start("unit")
    text = match.string[start : match.end()]
    noun = match["noun"].casefold()
    kind = words.counted.get(noun, "")
    if _PERCENT.match(noun):
        return SpokenFigure(text, str(value), "percent")
    if noun in _CURRENCIES:
        return SpokenFigure(text, str(value), "money", currency=_CURRENCIES[noun])
    return SpokenFigure(text, str(value), "counted" if kind else "plain", noun=kind)


@remembered
def odd_numerals(wording: str) -> tuple[str, ...]:
    """Return numerals that are not plain digits: fractions, superscripts, circled or other scripts' digits."""
    if wording.isascii():
        return ()
    return tuple(sign for sign in _NOT_ASCII.findall(wording) if sign not in "ªº" and sign.isnumeric())


def _read(match: re.Match[str], masked: str, language: str) -> SpokenFigure:
    text = match[0].strip()
    figure = _SPACES.sub("", match["number"])
    if match["glued"]:
        return SpokenFigure(text, figure + match["glued"], "plain")
    unit = (match["unit"] or "").strip()
    lead = (match["lead"] or "").strip()
    money = unit if _is_currency(unit) else lead
    if money:
        return SpokenFigure(text, figure, "money", currency=_CURRENCIES.get(money.casefold(), money.upper()))
    if unit.endswith("100"):
        return SpokenFigure(text, figure, "score")
    if unit:
        return SpokenFigure(text, figure, "percent")
    return _counted(match, masked, language, text, figure)


def _counted(match: re.Match[str], masked: str, language: str, text: str, figure: str) -> SpokenFigure:
    words = vocabulary(language)
    before = _LAST_WORD.search(masked, max(0, match.start() - 20), match.start())
    if before and before[1].casefold() in words.span_words:
        return SpokenFigure(text, figure, "span")
    following = _NEXT_WORDS.match(masked, match.end())
    if following and (following[1] or "").casefold() in words.span_words:
        return SpokenFigure(text, figure, "span")
    for word in following.groups() if following else ():
        kind = words.counted.get((word or "").casefold())
        if kind:
            return SpokenFigure(f"{text} {word}", figure, "counted", noun=kind)
    return SpokenFigure(text, figure, "plain")


def _is_currency(unit: str) -> bool:
    return bool(unit) and not unit.endswith("100") and _PERCENT.match(unit) is None
