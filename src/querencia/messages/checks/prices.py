"""Every amount of money is the price of a product that the message may offer."""

from __future__ import annotations

from collections.abc import Iterator

from querencia.messages.checks.evidence import Evidence, Prices
from querencia.messages.checks.finding import Finding
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import Passage, Shown
from querencia.messages.checks.spoken_figures import SpokenFigure, figures_of

CHECK = "prices"


def check_prices(shown: Shown, evidence: Evidence, _rules: Rules) -> Iterator[Finding]:
    """Yield every amount that is not the price, in the right currency, of an offered product."""
    for passage in shown.passages:
        for figure in figures_of(passage, evidence.language):
            if figure.unit == "money" and not _resolves(figure, passage, evidence):
                yield Finding(
                    customer_id=shown.customer_id,
                    check=CHECK,
                    severity="error",
                    text=figure.text,
                    reason="no product offered to this customer has this price",
                )


def _resolves(figure: SpokenFigure, passage: Passage, evidence: Evidence) -> bool:
    if evidence.offers is None and figure.figure in evidence.figures.plain:
        return True  # a text from elsewhere: the row's own figures may be amounts
    return _is_price(figure, _prices(passage, evidence))


def _prices(passage: Passage, evidence: Evidence) -> Prices:
    offer = (evidence.offers or {}).get(passage.sku or "")
    return evidence.figures.prices if offer is None else offer.prices


def _is_price(figure: SpokenFigure, prices: Prices) -> bool:
    if figure.currency == "?":
        return figure.figure in prices.dollar_like
    return figure.figure in prices.written.get(figure.currency, frozenset())
