"""The tables of the store, typed. Money is in integer nano-dollars, moments in milliseconds since 1970 (UTC).

::

    commissions ──< commission_works >── works ──1 texts
         └──────────< attempts >───────────┘

A work is known by its content (`key`) and may belong to several commissions: it is leased once, written once and paid
once. `commission_works.open` repeats whether the work is unfinished, so that one index holds each commission's open
works in their order. A work that stands in a batch has a row in `batch_calls`, which goes when its text comes.
`commissions` carries the sums, so that neither a claim nor a tally counts a million rows.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself in a column called INTEGER only


class Record(DeclarativeBase):
    """What all tables share: names of constraints that a later migration can refer to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class CommissionRow(Record):
    """One project's texts of one state of its data: the budget, and the sums of money, tokens and works."""

    __tablename__ = "commissions"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    id: Mapped[str] = mapped_column(String(128), unique=True)
    project: Mapped[str] = mapped_column(Text)
    budget: Mapped[int] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)
    calls: Mapped[int] = mapped_column(BigInteger, default=0)
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    works: Mapped[int] = mapped_column(BigInteger, default=0)
    written: Mapped[int] = mapped_column(BigInteger, default=0)
    fallback: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_at: Mapped[int] = mapped_column(BigInteger)


class WorkRow(Record):
    """One text to be written, and whose turn it is: a lease stands while its `fence` is the row's."""

    __tablename__ = "works"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'leased', 'written', 'fallback')", name="state"),
        Index(
            "ix_works_leased", "id", sqlite_where=text("state = 'leased'"), postgresql_where=text("state = 'leased'")
        ),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    mode: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    facts: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    prompt_version: Mapped[str] = mapped_column(Text)
    catalogue_version: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8))
    fence: Mapped[int] = mapped_column(BigInteger)
    lease_until: Mapped[int | None] = mapped_column(BigInteger)
    worker: Mapped[str | None] = mapped_column(Text)


class CommissionWork(Record):
    """A work of a commission, and its place there."""

    __tablename__ = "commission_works"
    __table_args__ = (
        Index(
            "ix_commission_works_open",
            "commission",
            "position",
            "work",
            sqlite_where=text("open = 1"),
            postgresql_where=text("open = 1"),
        ),
        {"sqlite_with_rowid": False},
    )

    work: Mapped[int] = mapped_column(Number, ForeignKey("works.id"), primary_key=True)
    commission: Mapped[int] = mapped_column(Number, ForeignKey("commissions.number"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    open: Mapped[int] = mapped_column(Integer)


class AttemptRow(Record):
    """One call: what it may cost, then what it did cost. `outcome` is NULL while the call is under way.

    `settled_at` stays NULL for a lost call: what it cost is not known, and `reserved` stays counted.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "ix_attempts_under_way",
            "work",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    commission: Mapped[int] = mapped_column(Number, ForeignKey("commissions.number"))
    work: Mapped[int] = mapped_column(Number, ForeignKey("works.id"))
    fence: Mapped[int] = mapped_column(BigInteger)
    reserved: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(String(16))
    cost: Mapped[int | None] = mapped_column(BigInteger)
    input_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cached_tokens: Mapped[int | None] = mapped_column(BigInteger)
    output_tokens: Mapped[int | None] = mapped_column(BigInteger)
    seconds: Mapped[float | None]
    detail: Mapped[str | None] = mapped_column(Text)
    reserved_at: Mapped[int] = mapped_column(BigInteger)
    settled_at: Mapped[int | None] = mapped_column(BigInteger)


class TextRow(Record):
    """How a work ended, once: `reply` (JSON), or NULL and the `reason` why the offline writer took over.

    Which model, prompt and catalogue it was written with stands in the row of its work.
    """

    __tablename__ = "texts"
    __table_args__ = (
        Index(
            "ix_texts_reason",
            "reason",
            sqlite_where=text("reply IS NULL"),
            postgresql_where=text("reply IS NULL"),
        ),
    )

    work: Mapped[int] = mapped_column(Number, ForeignKey("works.id"), primary_key=True, autoincrement=False)
    reply: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    final: Mapped[bool]
    finished_at: Mapped[int] = mapped_column(BigInteger)


class BatchRow(Record):
    """One batch of calls: kept before it is submitted, and after it is done. `name` is its id at the server."""

    __tablename__ = "batches"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    commission: Mapped[int] = mapped_column(Number, ForeignKey("commissions.number"))
    asking: Mapped[str] = mapped_column(String(32))
    name: Mapped[str | None] = mapped_column(Text)
    prepared_at: Mapped[int] = mapped_column(BigInteger)


class BatchCallRow(Record):
    """The batch that a work stands in, and its place there; `course` (JSON) is how it had come there."""

    __tablename__ = "batch_calls"
    __table_args__ = (Index("ix_batch_calls_batch", "batch", "place"),)

    work: Mapped[int] = mapped_column(Number, ForeignKey("works.id"), primary_key=True, autoincrement=False)
    batch: Mapped[int] = mapped_column(Number, ForeignKey("batches.number"))
    place: Mapped[int] = mapped_column(Integer)
    attempt: Mapped[int] = mapped_column(Number, ForeignKey("attempts.id"))
    course: Mapped[str] = mapped_column(Text)
