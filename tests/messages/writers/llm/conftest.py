"""Works to try the prompts and the judging on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from querencia.messages.brief import Brief, Offer, UsageFact
from querencia.messages.cells import own_cell
from querencia.messages.presentable import presentable
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.scribe import ModelScribe
from querencia.messages.writers.llm.work import Work
from querencia.messages.writers.llm.works import cell_work

REPLIES = Path(__file__).parent / "replies"
LOCALES = {"es": "es_ES", "en": "en_GB", "pt": "pt_PT"}


@pytest.fixture(scope="session")
def scribe() -> ModelScribe:
    return ModelScribe(Guidance())


@pytest.fixture(scope="session")
def usual(make_brief, products) -> Any:
    """A function that makes customers of one cell per language: the number decides their name and figures alone."""

    def make(language: str, number: int = 1) -> Brief:
        drawn = make_brief(number, language=language)
        return presentable(
            make_brief(
                number,
                language=language,
                locale=LOCALES[language],
                records_language="es",
                segment_name="Premium",
                risk_group=2,
                disclose="numbers",
                purchases_only=False,
                reasons=(),
                engagement=drawn.engagement,
                usage=(
                    UsageFact(kind="sessions_30d", value=1 + number * 7 % 400),
                    UsageFact(kind="events_30d", value=number * 31 % 5000),
                    UsageFact(kind="orders_90d", value=1 + number % 3),
                ),
                offers=(
                    Offer(product=products[0], reason="own_events", count=2 + number % 9),
                    Offer(product=products[1], reason="popular"),
                ),
            )
        )

    return make


@pytest.fixture(scope="session")
def good_reply() -> Any:
    """A function that returns a reply written by hand for the usual cell of a language, as a dictionary."""
    return lambda language: json.loads((REPLIES / f"{language}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def usual_work(usual) -> Any:
    """A function that returns the work of the usual cell of a language."""

    def work(language: str) -> Work:
        return cell_work(own_cell(usual(language)), model="gpt", guidance=Guidance())

    return work
