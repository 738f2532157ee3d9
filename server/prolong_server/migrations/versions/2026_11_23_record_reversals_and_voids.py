"""Record reversals of redemptions and voids of codes.

Revision ID: c2d5e1f98a32
Revises: 40be6d1a93f2
"""

import sqlalchemy as sa
from alembic import op

revision = "c2d5e1f98a32"
down_revision = "40be6d1a93f2"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "reversals",
        sa.Column("code", sa.LargeBinary(length=16), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("license_seq", sa.Integer(), nullable=False),
        sa.Column("reversed_at", INSTANT, nullable=False),
        sa.Column("reversed_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("previous_expires_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.CheckConstraint("expires_on <= previous_expires_on", name=op.f("ck_reversals_shortens")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_reversals")),
        sa.UniqueConstraint("license_id", "license_seq", name=op.f("uq_reversals_license_id_license_seq")),
    )
    op.create_table(
        "voids",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("voided_on", sa.Date(), nullable=False),
        sa.Column("voided_at", INSTANT, nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=32)),
        sa.CheckConstraint("codes >= 1", name=op.f("ck_voids_codes")),
        sa.CheckConstraint("credited >= 0", name=op.f("ck_voids_credited")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_voids_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voids")),
    )
    op.create_index(op.f("ix_voids_order_id"), "voids", ["order_id"])
    op.create_index(op.f("ix_voids_voided_on"), "voids", ["voided_on"])
