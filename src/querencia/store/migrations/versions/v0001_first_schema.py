"""The first schema: commissions, works, attempts, texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the schema of this step."""
    op.create_table(
        "commissions",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("works", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("fallback", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_commissions")),
        sa.UniqueConstraint("id", name=op.f("uq_commissions_id")),
    )
    op.create_table(
        "works",
        sa.Column("id", Number, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Text(), nullable=False),
        sa.Column("catalogue_version", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'leased', 'written', 'fallback')", name=op.f("ck_works_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
        sa.UniqueConstraint("key", name=op.f("uq_works_key")),
    )
    _partial_index("ix_works_leased", "works", ["id"], where="state = 'leased'")

    op.create_table(
        "attempts",
        sa.Column("id", Number, nullable=False),
        sa.Column("commission", Number, nullable=False),
        sa.Column("work", Number, nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("input_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=True),
        sa.Column("output_tokens", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("reserved_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["commission"], ["commissions.number"], name=op.f("fk_attempts_commission")),
        sa.ForeignKeyConstraint(["work"], ["works.id"], name=op.f("fk_attempts_work")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    _partial_index("ix_attempts_under_way", "attempts", ["work"], where="outcome IS NULL")

    op.create_table(
        "commission_works",
        sa.Column("work", Number, nullable=False),
        sa.Column("commission", Number, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["commission"], ["commissions.number"], name=op.f("fk_commission_works_commission")),
        sa.ForeignKeyConstraint(["work"], ["works.id"], name=op.f("fk_commission_works_work")),
        sa.PrimaryKeyConstraint("work", "commission", name=op.f("pk_commission_works")),
        sqlite_with_rowid=False,
    )
    _partial_index("ix_commission_works_open", "commission_works", ["commission", "position", "work"], where="open = 1")

    op.create_table(
        "texts",
        sa.Column("work", Number, autoincrement=False, nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["work"], ["works.id"], name=op.f("fk_texts_work")),
        sa.PrimaryKeyConstraint("work", name=op.f("pk_texts")),
    )
    _partial_index("ix_texts_reason", "texts", ["reason"], where="reply IS NULL")


def _partial_index(name: str, table: str, columns: list[str], *, where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Go back to an empty database."""
    for table in ("texts", "commission_works", "attempts", "works", "commissions"):
        op.drop_table(table)
