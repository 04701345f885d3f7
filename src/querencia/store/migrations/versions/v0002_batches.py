"""Batches, and which works stand in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the schema of this step."""
    op.create_table(
        "batches",
        sa.Column("number", Number, nullable=False),
        sa.Column("commission", Number, nullable=False),
        sa.Column("asking", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("prepared_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["commission"], ["commissions.number"], name=op.f("fk_batches_commission")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_batches")),
    )
    op.create_table(
        "batch_calls",
        sa.Column("work", Number, autoincrement=False, nullable=False),
        sa.Column("batch", Number, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("attempt", Number, nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["work"], ["works.id"], name=op.f("fk_batch_calls_work")),
        sa.ForeignKeyConstraint(["batch"], ["batches.number"], name=op.f("fk_batch_calls_batch")),
        sa.ForeignKeyConstraint(["attempt"], ["attempts.id"], name=op.f("fk_batch_calls_attempt")),
        sa.PrimaryKeyConstraint("work", name=op.f("pk_batch_calls")),
    )
    op.create_index("ix_batch_calls_batch", "batch_calls", ["batch", "place"])


def downgrade() -> None:
    """Go back to the schema before this step."""
    op.drop_table("batch_calls")
    op.drop_table("batches")
