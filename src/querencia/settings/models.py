"""Every section and key of ``querencia.toml``, with its type, its default and what it means.

The settings reference and the commented project of ``querencia init`` are made from these descriptions.
"""

from __future__ import annotations

import glob
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from querencia.settings.messages import LlmSection, MessagesSection, StoreSection
from querencia.settings.section import Section

Share = Annotated[float, Field(ge=0, le=1)]


def _known_locale(name: str) -> str:
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError("expected a locale such as 'es_ES', 'es_CO', 'en_GB' or 'pt_BR'") from error
    return name


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("expected an ISO 4217 code such as 'EUR', 'COP' or 'USD'")
    return code


def _known_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("expected an IANA time zone such as 'Europe/Madrid' or 'America/Bogota'")
    return name


def _web_address(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("expected an address that begins with https:// or http://")
    return url


def _email(address: str) -> str:
    name, at, domain = address.partition("@")
    if address and not (name and at and "." in domain and " " not in address):
        raise ValueError("expected an e-mail address such as 'retencion@example.com'")
    return address


class ProjectSection(Section):
    """The project: who it is for, and how its dates, numbers and money are read and told."""

    name: str = Field(min_length=1, description="Name of the company or product; it signs where [brand] is absent.")
    language: Literal["es", "en", "pt"] = Field("es", description="Language of the report and of the messages.")
    locale: Annotated[str, AfterValidator(_known_locale)] | None = Field(
        None,
        description="Formats of numbers, money and dates: es_ES, es_CO, en_GB, pt_BR … Absent: from `language`.",
    )
    currency: Annotated[str, AfterValidator(_known_currency)] = Field(
        "EUR", description="Currency of values and prices, ISO 4217."
    )
    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        "UTC", description="Times without a zone are read in it; hours, weekdays and days are told in it."
    )
    seed: int = Field(42, ge=0, lt=2**31, description="Seed of everything random: the same seed gives the same files.")
    max_rejected: Share = Field(0.05, description="Share of unreadable rows of one file above which the run stops.")
    synthetic: bool = Field(False, description="The data are made up: the report and the summary say so.")


class BrandSection(Section):
    """What a message may say of its sender. Only what stands here may be quoted."""

    product_line: str = Field("", description="What the company offers, as a phrase within a sentence.")
    sender_name: str = Field("", description="Person or team that signs.")
    sender_role: str = Field("", description="Role below the signature.")
    contact_email: Annotated[str, AfterValidator(_email)] = Field("", description="E-mail address to answer to.")
    contact_phone: str = Field("", description="Telephone number to call.")
    website: Annotated[str, AfterValidator(_web_address)] = Field("", description="Web address to visit.")


class ContactSection(Section):
    """Columns that say how to address a customer: never features, never sent to a model."""

    name: str | None = Field(None, description="Column with the customer's name.")
    email: str | None = Field(None, description="Column with the e-mail address.")
    language: str | None = Field(None, description="Column with the customer's language.")
    consent: str | None = Field(None, description="Column with consent to be written to; without consent: no message.")


class CustomersSection(Section):
    """The customer table. Optional when the event log carries the customers."""

    path: str = Field(
        min_length=1,
        description="CSV, Parquet, JSON lines or ARFF; a glob reads several files. Text also as .gz or .zst.",
    )
    id: str | None = Field(None, description="Column with the customer's id. Absent: the row number.")
    outcome: str | None = Field(None, description="Column that says who left (1). Absent: from the event log.")
    positive: str | int | float | bool | None = Field(
        None, description="The outcome's value that means 'left', when it is not 1."
    )
    treatment: str | None = Field(None, description="Column that says who was contacted (1); never a feature.")
    treatment_share: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of the customers that were to be contacted at random: checked against who was.",
    )
    revenue: str | None = Field(None, description="Column with revenue per month, in the project's currency.")
    numeric: tuple[str, ...] | None = Field(
        None, description="Globs of the numeric features, and only these. Absent: found by type."
    )
    categorical: tuple[str, ...] | None = Field(
        None, description="Globs of the categorical features, and only these. Absent: found by type."
    )
    ignore: tuple[str, ...] = Field((), description="Globs of columns that are never features.")
    as_of: datetime | None = Field(
        None,
        description="When the features were taken: later events never reach them. Absent: the last event.",
    )
    contact: ContactSection = Field(default_factory=ContactSection, description="How to address a customer.")


class EventsSection(Section):
    """The event log: OTTO sessions, or a flat table with one event a row."""

    path: str = Field(
        min_length=1, description="JSON lines, CSV or Parquet; a glob reads several files. Text also as .gz or .zst."
    )
    format: Literal["otto", "table"] = Field("table", description="otto: one session a line; table: one event a row.")
    customer: str = Field(
        "customer_id",
        description="Column with the customer's id (table). For otto the session is the customer.",
    )
    session: str | None = Field(
        None,
        description="Column with the session (table). Absent: cut after `session_gap_minutes` of silence.",
    )
    session_gap_minutes: int = Field(30, gt=0, description="Silence that ends a session, where no column says so.")
    item: str = Field("aid", description="Column with the item (table).")
    item_name: str | None = Field(None, description="Column with the item's name; the commonest over its sales counts.")
    ignore_items: tuple[str, ...] = Field(
        (), description="Items that are read and counted but never recommended: postage, manual corrections."
    )
    time: str = Field("ts", description="Column with the time (table): ISO text, timestamps, or epoch s or ms.")
    type: str = Field(
        "type",
        min_length=1,
        description="Column with the event type (table), or a fixed word in quotes: \"'orders'\".",
    )
    types: tuple[str, ...] | None = Field(None, description="Event types allowed; any other is rejected. Absent: all.")
    quantity: str | None = Field(
        None, description="Column with the quantity; a negative one is a return and is ignored."
    )
    price: str | None = Field(None, description="Column with the price of one piece.")
    outcome_after_days: int | None = Field(
        None,
        gt=0,
        description="Without [customers].outcome: left = no event in so many days after the cut-off.",
    )


class CatalogueSection(Section):
    """The products that messages may recommend. Absent: made from the log's named items, if it has any."""

    path: str = Field(
        min_length=1,
        description="CSV with columns sku, name, description, url, price, currency, benefit, risk_groups, segments.",
    )


class EngineSection(Section):
    """Where tables are computed."""

    url: str = Field(
        "duckdb://",
        description="The engine of the event log: duckdb://, or Spark's: local[*], spark://host:7077, "
        "spark-connect://host:15002.",
    )
    memory: str = Field("8GB", pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$", description="Most memory the engine may take.")
    threads: int = Field(0, ge=0, description="Threads of the engine; 0: every core.")


class ChurnSection(Section):
    """Churn: how the model is learned and measured."""

    folds: int = Field(5, ge=3, le=20, description="Folds of cross-validation; 3 at most above 500,000 customers.")
    repeats: Annotated[int, Field(ge=1, le=20)] | Literal["auto"] = Field(
        "auto", description='How often the folds are dealt anew. "auto": 3 below 10,000 customers, else 1.'
    )


class SegmentsSection(Section):
    """Segments: KMeans on standardised axes."""

    components: int = Field(50, gt=0, description="Most principal components to keep.")
    clusters: Annotated[int, Field(ge=1, le=20)] | Literal["auto"] = Field(
        4, description='How many segments, or "auto": chosen by stability.'
    )
    axes: tuple[Literal["engagement", "cltv", "churn_probability"], ...] | Literal["components"] = Field(
        ("engagement", "cltv", "churn_probability"),
        description='What segments are cut on, or "components". cltv counts only where value is really known.',
    )


class EngagementSection(Section):
    """Engagement: weighted principal components of behaviour."""

    weights: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (0.50, 0.30, 0.15, 0.05), min_length=1, description="Weight of each component, the first one first."
    )
    scale: Literal["percentile", "minmax"] = Field("percentile", description="How the 0-100 scale is made.")


class RiskSection(Section):
    """Risk groups: thresholds on churn probability."""

    thresholds: tuple[Share, Share] | Literal["auto"] = Field(
        "auto",
        description='Two probabilities: group 1 below the first, 3 from the second on. "auto": 1.5 and 3 x base odds.',
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.thresholds != "auto" and not self.thresholds[0] < self.thresholds[1]:
            raise ValueError("thresholds: expected the first below the second, such as [0.05, 0.10]")
        return self


class ValueSection(Section):
    """Customer value: CLTV = monthly value / (monthly churn rate + monthly discount rate)."""

    monthly: float = Field(83.33, gt=0, description="Value per month where neither revenue nor prices are known.")
    margin: float = Field(1.0, gt=0, le=1, description="Share of revenue that is left after costs.")
    horizon_months: float = Field(
        36.0, gt=0, description="Months ahead that purchases count for, where the log has prices."
    )
    annual_discount: float = Field(0.10, ge=0, description="Discount rate per year.")
    outcome_months: float | None = Field(
        None,
        gt=0,
        description="Months in which the outcome was observed. Absent: 2, or `outcome_after_days` where that makes it.",
    )


class Project(Section):
    """A whole project file."""

    project: ProjectSection
    brand: BrandSection = Field(default_factory=BrandSection)
    customers: CustomersSection | None = None
    events: EventsSection | None = None
    catalogue: CatalogueSection | None = None
    engine: EngineSection = Field(default_factory=EngineSection)
    churn: ChurnSection = Field(default_factory=ChurnSection)
    segments: SegmentsSection = Field(default_factory=SegmentsSection)
    engagement: EngagementSection = Field(default_factory=EngagementSection)
    risk: RiskSection = Field(default_factory=RiskSection)
    value: ValueSection = Field(default_factory=ValueSection)
    messages: MessagesSection = Field(default_factory=MessagesSection)
    llm: LlmSection = Field(default_factory=LlmSection)
    store: StoreSection = Field(default_factory=StoreSection)

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.customers is None and self.events is None:
            raise ValueError("expected a [customers] or an [events] section: without either there is nothing to read")
        return self


class LoadedProject(BaseModel):
    """A project, and the folder that its relative paths are counted from."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    settings: Project

    def resolve(self, path: str) -> Path:
        """Return `path`, counted from the project's folder unless it is absolute.

        Beside a glob, the signs of globs in the folder's own name stand for themselves.
        """
        file = self.folder / Path(path).expanduser()
        if file.is_file() or not glob.has_magic(path) or Path(path).expanduser().is_absolute():
            return file
        return Path(glob.escape(str(self.folder))) / path
