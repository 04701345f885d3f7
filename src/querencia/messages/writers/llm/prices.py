"""What calls cost, in integer nano-dollars: the most that one may cost before it is made, what it did cost after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from querencia.errors import SettingsError
from querencia.messages.writers.llm.work import Question, Usage

NANO = 1_000_000_000
PER = 1000  # prices are kept for a thousand tokens, so that a cent of a dollar per million is still a whole number
BYTES_PER_TOKEN = 3.6  # of Spanish, English and Portuguese with JSON, by o200k_base; only for what is likely
HIDDEN_TOKENS = 1200  # the reply's schema and the turns' frames, which the server adds to the prompt: an upper bound
LIKELY_HIDDEN_TOKENS = 300
LONG_PROMPT = 64_000  # prices that begin above so many tokens of prompt are never ours
LIKELY_REPLY_SHARE = 0.6  # of the cap, which is kept tight
LIKELY_CALLS = 1.2  # per text, with repairs


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The price of one model: nano-dollars per 1,000 tokens of input, of input that was cached, and of output."""

    input: int
    cached: int
    output: int

    @classmethod
    def in_usd(cls, *, input: float, output: float, cached: float | None = None) -> Prices:  # noqa: A002
        """Return the prices for US dollars per million tokens, rounded up. `cached` None: as `input`."""
        return cls(
            input=_nano(input), cached=_nano(input if cached is None else min(cached, input)), output=_nano(output)
        )

    def halved(self) -> Prices:
        """Return the prices of Azure Batch: half, rounded up."""
        return Prices(input=-(-self.input // 2), cached=-(-self.cached // 2), output=-(-self.output // 2))

    def of(self, usage: Usage) -> int:
        """Return what the tokens cost, in nano-dollars, rounded up."""
        cached = min(usage.cached, usage.input)
        cost = (usage.input - cached) * self.input + cached * self.cached + usage.output * self.output
        return -(-cost // PER)

    def most(self, question: Question) -> int:
        """Return the most that one call may cost, in nano-dollars: nothing cached, the reply as long as its cap."""
        return self.of(Usage(input=most_tokens(question), output=question.max_tokens))

    def likely(self, question: Question) -> int:
        """Return about what one call costs, in nano-dollars."""
        reply = round(question.max_tokens * LIKELY_REPLY_SHARE)
        return self.of(Usage(input=likely_tokens(question), output=reply))


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What texts may cost, in nano-dollars: what is `likely`, and the `most` (every text mended to the end)."""

    texts: int
    likely: int
    most: int


def prices_of(
    family: str,
    *,
    azure: bool = True,
    input_usd: float | None = None,
    cached_usd: float | None = None,
    output_usd: float | None = None,
) -> Prices:
    """Return the prices of a model family (``gpt-4.1-mini``), or those given in US dollars per million tokens.

    A family's prices are those of genai-prices as it was installed: nothing is fetched. SettingsError where the
    family is unknown and the prices of input and output are not both given, or one is below 0.
    """
    given = {"input_usd": input_usd, "cached_usd": cached_usd, "output_usd": output_usd}
    for key, usd in given.items():
        if usd is not None and not 0 <= usd < float("inf"):
            raise SettingsError(f"[llm] {key} = {usd!r}: expected US dollars per million tokens, 0 or more.")
    if input_usd is not None and output_usd is not None:
        return Prices.in_usd(input=input_usd, cached=cached_usd, output=output_usd)
    known = _known_price(family, azure=azure)
    if known is None:
        raise SettingsError(
            f"[llm] model = {family!r}: no price is known for it. Name the family that the deployment serves "
            "(such as 'gpt-4.1-mini'), or set [llm] input_usd and output_usd, US dollars per million tokens."
        )
    usual = _usd(known, "input_mtok")
    return Prices.in_usd(
        input=usual if input_usd is None else input_usd,
        cached=(_usd(known, "cache_read_mtok") or usual) if cached_usd is None else cached_usd,
        output=_usd(known, "output_mtok") if output_usd is None else output_usd,
    )


def estimate(sample: Iterable[Question], *, texts: int, prices: Prices, repairs: int = 2) -> Estimate:
    """Return what `texts` texts may cost, judged by the questions of some of them."""
    questions = list(sample)
    if not questions:
        return Estimate(texts=texts, likely=0, most=0)
    likely = sum(prices.likely(question) for question in questions) * LIKELY_CALLS
    # A repair shows the model its last reply and what was wrong with it: both fit in the reply's cap twice over.
    most = sum(
        prices.most(question) + repairs * (prices.most(question) + repairs * prices.of(Usage(input=again)))
        for question in questions
        for again in [2 * question.max_tokens]
    )
    return Estimate(texts=texts, likely=round(likely * texts / len(questions)), most=-(-most * texts // len(questions)))


def most_tokens(question: Question) -> int:
    """Return an upper bound of a prompt's tokens: no token of a byte-level vocabulary is shorter than a byte."""
    return _size(question) + HIDDEN_TOKENS


def likely_tokens(question: Question) -> int:
    """Return about how many tokens a prompt has."""
    return round(_size(question) / BYTES_PER_TOKEN) + LIKELY_HIDDEN_TOKENS


def _size(question: Question) -> int:
    texts = [question.instructions, question.prompt]
    for turn in question.turns:
        texts += (turn.reply, turn.complaint)
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def _nano(usd_per_million: float) -> int:
    # $1 per million tokens is 1,000 nano-dollars a token.
    exact = Decimal(repr(float(usd_per_million))) * NANO * PER / 1_000_000
    return int(exact.to_integral_value(ROUND_CEILING))


def _known_price(family: str, *, azure: bool) -> Any:
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    for provider in ("azure", "openai") if azure else ("openai", None):
        try:
            found = calc_price(PricedUsage(input_tokens=1, output_tokens=1), family, provider_id=provider)
        except LookupError:
            continue
        if _usd(found.model_price, "input_mtok") and _usd(found.model_price, "output_mtok"):
            return found.model_price
    return None


def _usd(price: Any, key: str) -> float:
    """Return a model's price for one kind of token, 0 where it has none; where it has tiers, the dearest in reach."""
    value = getattr(price, key, None)
    if value is None:
        return 0.0
    tiers = [tier.price for tier in getattr(value, "tiers", ()) if tier.start < LONG_PROMPT]
    return float(max([getattr(value, "base", value), *tiers]))
