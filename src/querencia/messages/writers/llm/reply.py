"""What a model answers: the parts of one text, with slots where the customer's own facts will stand."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Reply(BaseModel):
    """One text as the model wrote it. `recommendations` holds a text per offer, in the offers' order.

    Greeting and body may hold slots (``{{engagement}}``); names of products and the signature are not the model's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    subject: str = Field(description="The subject line, without a full stop.")
    greeting: str = Field(description="One line that greets the customer.")
    body: list[str] = Field(description="Two to four paragraphs of plain text.")
    recommendations: list[str] = Field(description="For each product offered, in order, why it suits this customer.")
    call_to_action: str = Field(description="One paragraph that says what to do next, and how.")
