"""What a call costs: by hand, by genai-prices, and never more than was reserved for it."""

from __future__ import annotations

from typing import Any

import pytest
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st

from querencia.errors import SettingsError
from querencia.messages.writers.llm.prices import HIDDEN_TOKENS, Prices, estimate, likely_tokens, most_tokens, prices_of
from querencia.messages.writers.llm.work import Question, Turn, Usage

FAMILIES = ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-5-mini", "gpt-5-nano", "o4-mini"]
MINI = prices_of("gpt-4o-mini")
MADE = Question(instructions="Escriba en español.", prompt="Año nuevo, tilde: ñ" * 40, max_tokens=700)


def test_a_call_costs_what_its_tokens_cost() -> None:
    prices = Prices.in_usd(input=2.5, cached=1.25, output=10)
    # 600 x 2.5 + 400 x 1.25 + 300 x 10 = 5,000 dollars per million calls
    assert prices.of(Usage(input=1000, cached=400, output=300)) == 5_000_000


@pytest.mark.parametrize("family", FAMILIES)
def test_known_families_cost_what_genai_prices_says(family: str) -> None:
    usage = {"input_tokens": 1234, "cache_read_tokens": 500, "output_tokens": 321}
    expected = calc_price(PricedUsage(**usage), family, provider_id="azure").total_price
    cost = prices_of(family).of(Usage(input=1234, cached=500, output=321))
    assert 0 <= cost - int(expected * 10**9) <= 1


def test_a_price_of_ones_own_goes_before_the_known_one() -> None:
    own = prices_of("gpt-4.1-mini", input_usd=0.44, output_usd=1.76)
    assert (own.input, own.cached, own.output) == (440_000, 440_000, 1_760_000)
    dearer = prices_of("gpt-4.1-mini", output_usd=2)
    assert (dearer.input, dearer.cached, dearer.output) == (400_000, 100_000, 2_000_000)


def test_an_unknown_model_says_which_keys_to_set() -> None:
    with pytest.raises(SettingsError, match=r"'retencion-prod'.*input_usd and output_usd"):
        prices_of("retencion-prod")
    assert prices_of("retencion-prod", input_usd=1, output_usd=2) == Prices.in_usd(input=1, output=2)


@pytest.mark.parametrize("wrong", [{"input_usd": -1.0}, {"output_usd": float("nan")}, {"cached_usd": float("inf")}])
def test_a_price_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        prices_of("gpt-4.1-mini", **wrong)


def test_a_batch_costs_half() -> None:
    usage = Usage(input=1000, cached=100, output=1000)
    prices = prices_of("gpt-4.1-mini")
    assert prices.halved().of(usage) * 2 == prices.of(usage)


@given(
    text=st.text(max_size=200),
    reply=st.text(max_size=100),
    used=st.floats(0, 1),
    cached=st.floats(0, 1),
    cap=st.integers(1, 4000),
)
def test_no_call_costs_more_than_the_most(text: str, reply: str, used: float, cached: float, cap: int) -> None:
    question = Question(instructions=text, prompt=text, max_tokens=cap, turns=(Turn(reply=reply, complaint=text),))
    bytes_sent = len((text * 3 + reply).encode())
    tokens = bytes_sent + HIDDEN_TOKENS
    usage = Usage(input=tokens, cached=int(tokens * cached), output=int(cap * used))
    assert MINI.of(usage) <= MINI.most(question)
    assert likely_tokens(question) <= most_tokens(question) == tokens


def test_the_estimate_grows_with_the_texts_and_holds_repairs() -> None:
    prices = prices_of("gpt-4.1-mini")
    one, many = (estimate([MADE], texts=texts, prices=prices) for texts in (1, 1000))
    assert many.most == 1000 * one.most
    assert one.likely < prices.most(MADE) < 3 * prices.most(MADE) < one.most
    assert estimate([], texts=0, prices=prices).most == 0


def test_the_most_of_a_work_holds_all_its_repairs() -> None:
    prices, longest = prices_of("gpt-4.1-mini"), "x" * MADE.max_tokens * 2
    turns: list[Turn] = []
    spent = 0
    for _ in range(3):
        question = Question(instructions="i", prompt="p", max_tokens=MADE.max_tokens, turns=tuple(turns))
        spent += prices.most(question)
        turns.append(Turn(reply=longest[: MADE.max_tokens], complaint=longest[MADE.max_tokens :]))
    asked = Question(instructions="i", prompt="p", max_tokens=MADE.max_tokens)
    assert spent <= estimate([asked], texts=1, prices=prices).most
