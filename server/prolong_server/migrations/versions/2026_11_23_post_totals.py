"""Post totals and days of expiry.

Revision ID: e4f7a31bac54
Revises: d3e6f20a9b43
"""

import sqlalchemy as sa
from alembic import op

revision = "e4f7a31bac54"
down_revision = "d3e6f20a9b43"
branch_labels = None
depends_on = None

METRICS = ("issued", "redeemed", "voided", "reversed", "activated", "ordered", "credited", "due", "renewed")


def upgrade() -> None:
    """Make the tables, still empty, and index young facts that are posted into them by their instants."""
    op.create_table(
        "totals",
        sa.Column("dealer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "metric",
            sa.Enum(*METRICS, name="metric", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "dealer_id", "metric", "day", "edition_id", "country", "currency", name=op.f("pk_totals")
        ),
    )
    op.create_index(op.f("ix_totals_metric_day"), "totals", ["metric", "day"])
    op.create_table(
        "expiries",
        sa.Column("dealer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "expires_on", "license_id", name=op.f("pk_expiries")),
    )
    op.create_index(op.f("ix_expiries_expires_on_license_id"), "expiries", ["expires_on", "license_id"])
    op.create_table(
        "marks",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("posted_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_index(op.f("ix_voids_voided_at"), "voids", ["voided_at"])
    op.create_index(op.f("ix_reversals_reversed_at"), "reversals", ["reversed_at"])
