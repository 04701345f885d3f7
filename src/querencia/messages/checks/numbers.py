"""Every figure resolves to the records, as the customer's locale writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence, Figures
from querencia.messages.checks.finding import Finding, Severity
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Passage, Shown
from querencia.messages.checks.spoken_figures import SpokenFigure, figures_of, odd_numerals, spelled_figures
from querencia.messages.checks.vocabulary import vocabulary

CHECK = "numbers"
_WHOLE_SENTENCES = re.compile(r"(?<=[.!?…])\s+")
_COUNTED_DAYS = re.compile(r"_(\d+)d$")
USUAL_SPANS = {"7", "30", "60", "90"}  # days that another system may look back on


def check_numbers(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield every figure that no record holds, and every right one that is written as in another locale."""
    for passage in shown.passages:
        figures = figures_of(passage, evidence.language)
        for figure in figures:
            if figure.unit == "money" or _resolves(figure, passage, evidence):
                continue
            if figure.figure in evidence.figures.other_formats:
                reason = f"the figure is right, but it is not written as in {evidence.locale}"
                yield _finding(shown, figure.text, reason, warning=True)
            else:
                yield _finding(shown, figure.text, "no record of this customer holds the figure")
        if evidence.closed and figures:
            for span in _strange_spans(figures):
                yield _finding(shown, span.text, "what is told with it was counted over other days")
            for share in _strange_shares(figures, passage, evidence):
                yield _finding(shown, share.text, "its sentence does not speak of the probability of leaving")
        for figure in spelled_figures(passage.wording, evidence.language):
            if not _resolves(figure, passage, evidence):
                yield _finding(shown, figure.text, "no record of this customer holds the figure")
        for numeral in odd_numerals(passage.wording):
            yield _finding(shown, numeral, "figures are written with plain digits")


def _strange_spans(figures: tuple[SpokenFigure, ...]) -> list[SpokenFigure]:
    """Return the one span of a passage where all that is counted there was counted over another one."""
    spans = [figure for figure in figures if figure.unit == "span"]
    days = {figure.figure for figure in spans}
    counted = {found[1] for figure in figures if (found := _COUNTED_DAYS.search(figure.noun))}
    return spans[:1] if len(days) == 1 and counted and not counted & days else []


def _strange_shares(figures: tuple[SpokenFigure, ...], passage: Passage, evidence: Evidence) -> Iterator[SpokenFigure]:
    """Yield percentages in sentences that say nothing of leaving: a discount, say."""
    leaving = vocabulary(evidence.language).leaving
    shares = [one for one in figures if one.unit == "percent" and one.figure in evidence.figures.percents]
    for share in shares:
        told = [sentence for sentence in _WHOLE_SENTENCES.split(passage.masked) if share.text in sentence]
        if told and not all(leaving.search(sentence) for sentence in told):
            yield share


def _resolves(figure: SpokenFigure, passage: Passage, evidence: Evidence) -> bool:
    figures = evidence.figures
    if figure.unit == "money":  # in words: the others are another check's
        return figure.figure in figures.prices.written.get(figure.currency, frozenset())
    if figure.unit == "score":
        return figure.figure in figures.scores
    if figure.unit == "percent":
        return figure.figure in figures.percents
    if figure.unit == "span":
        return figure.figure in figures.spans or (not evidence.closed and figure.figure in USUAL_SPANS)
    if figure.unit == "counted" and figures.counted is not None:
        return figure.figure in _counted(figure.noun, passage, evidence, figures)
    return figure.figure in figures.plain


def _counted(noun: str, passage: Passage, evidence: Evidence, figures: Figures) -> frozenset[str]:
    offer = (evidence.offers or {}).get(passage.sku or "")
    if noun == "times" and offer is not None:
        return offer.times
    return (figures.counted or {}).get(noun, frozenset())


def _finding(shown: Shown, text: str, reason: str, *, warning: bool = False) -> Finding:
    severity: Severity = "warning" if warning else "error"
    return Finding(customer_id=shown.customer_id, check=CHECK, severity=severity, text=text, reason=reason)
