"""The tables of the project file about messages: what they tell, which model writes them, where its texts are kept."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from querencia.settings.section import Section

PHRASE_LENGTH = 120


def _clause(phrase: str) -> str:
    """Return a clause that completes a sentence such as "Le escribimos porque …", with single spaces."""
    text = unicodedata.normalize("NFC", phrase.strip())
    if not 1 <= len(text) <= PHRASE_LENGTH:
        raise ValueError(f"expected 1 to {PHRASE_LENGTH} characters; this has {len(text)}")
    if not text.isprintable():
        raise ValueError("expected one line, without tabs or hidden characters")
    if any(unicodedata.category(sign)[0] == "N" for sign in text):
        raise ValueError("expected no digit: the same clause goes to many customers")
    if any(part in text for part in ("://", "www.", *"@{}<>")):
        raise ValueError("expected plain words, without an address, markup or template syntax")
    if not text[0].islower():
        raise ValueError("expected to begin with a small letter: it goes on with a sentence ('… porque' / '… because')")
    if text[-1] in ".!?…:;,":
        raise ValueError("expected to end without a stop or comma: the sentence that it completes has its own")
    return " ".join(text.split())


FeatureName = Annotated[str, Field(min_length=1)]
Phrase = Annotated[str, AfterValidator(_clause)]
Dollars = Annotated[float, Field(ge=0)]


class MessagesSection(Section):
    """Messages: who writes them, and what they tell."""

    writer: Literal["offline", "llm"] = Field(
        "offline",
        description="offline: curated texts, no network. llm: Azure OpenAI or a compatible server, with [llm].",
    )
    mode: Literal["cell", "individual"] = Field(
        "cell",
        description="For the llm writer: one text a cell (segment, risk group, offers, language), filled locally; or "
        "one a customer.",
    )
    top: int = Field(
        0, ge=0, description="Customers, by contact_rank, whom the llm writer serves when individual; 0: every one."
    )
    variants: int = Field(1, ge=1, le=20, description="Different texts that the llm writer makes for each cell.")
    cells: int = Field(
        400, ge=1, description="Most cells: the commonest pairs of offers have their own texts, the rest share some."
    )
    cell_customers: int = Field(
        10, ge=1, description="Fewest customers of a segment and risk group whose pair of offers has a text of its own."
    )
    disclose: Literal["numbers", "words", "none"] = Field(
        "numbers", description="How engagement and churn probability are told."
    )
    recommendations: int = Field(2, ge=0, le=5, description="Products recommended in a message.")
    limit: int = Field(0, ge=0, description="Most customers to write to; 0: every one.")
    budget_usd: Dollars = Field(
        5.0, description="For the llm writer: hard stop before the call that would pass it, runs that go on included."
    )
    voice: str = Field("", max_length=2000, description="How the brand speaks, in a few sentences to the llm writer.")
    examples: tuple[Annotated[str, Field(max_length=4000)], ...] = Field(
        (), max_length=5, description="Messages in the brand's voice, for the llm writer to follow; no customer's data."
    )
    forbidden: tuple[str, ...] = Field((), description="Claims that no message may make, beside the built-in ones.")
    severity: dict[str, Literal["error", "warning"]] = Field(
        default_factory=dict,
        description="For a check of taste (length, address …), whether it keeps a message back (error) or only warns.",
    )
    reasons: dict[FeatureName, Phrase] = Field(
        default_factory=dict,
        description="For a feature that speaks for leaving, the clause told to those customers of risk groups 2 and 3: "
        "it completes 'Le escribimos porque …'. Features without one are never told.",
    )


class LlmSection(Section):
    """The model of the llm writer. Server, deployment and key come from the environment alone."""

    model: str = Field(
        "",
        description="Family that the deployment runs ('gpt-4.1-mini'): its price, what it takes. Absent: its name.",
    )
    effort: Literal["none", "minimal", "low", "medium", "high"] | None = Field(
        None, description="How much a reasoning model thinks. Absent: as its server decides."
    )
    reasoning_tokens: int = Field(
        0, ge=0, le=32_000, description="Room for a reasoning model's thoughts, added to the cap of each reply."
    )
    input_usd: Dollars | None = Field(None, description="USD per million tokens read. Absent: the family's list price.")
    cached_input_usd: Dollars | None = Field(None, description="USD per million tokens read from the server's cache.")
    output_usd: Dollars | None = Field(None, description="USD per million tokens written.")
    batch: bool = Field(False, description="Ask through the Batch API: half the price, an answer within 24 hours.")
    workers: int = Field(1, ge=1, le=64, description="Processes that write at the same time (`write --workers N`).")
    concurrency: int = Field(32, ge=1, le=1024, description="Most calls under way at once, all workers together.")
    requests_per_minute: int = Field(0, ge=0, description="The deployment's limit of requests; 0: found out by trying.")
    tokens_per_minute: int = Field(0, ge=0, description="The deployment's limit of tokens; 0: found out by trying.")
    timeout_seconds: float = Field(60.0, gt=0, le=600, description="Longest time for one call.")

    @model_validator(mode="after")
    def _whole_price(self) -> Self:
        if (self.input_usd is None) != (self.output_usd is None):
            raise ValueError("input_usd and output_usd: expected both prices, or neither")
        if self.cached_input_usd is not None and self.input_usd is None:
            raise ValueError("cached_input_usd: expected input_usd and output_usd beside it")
        return self


class StoreSection(Section):
    """Where the llm writer keeps its works, texts and costs; later campaigns too."""

    url: str = Field(
        "sqlite:///querencia.db",
        description="SQLAlchemy address: SQLite, or for workers on several machines postgresql+psycopg://user@host/name.",
    )
