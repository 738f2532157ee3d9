"""Send mail, remember reminders, and know the customer's language.

Revision ID: 0619c53dce76
Revises: f508b42cbd65
"""

import sqlalchemy as sa
from alembic import op

revision = "0619c53dce76"
down_revision = "f508b42cbd65"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
WAITS = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Add three tables, and to customers a column that the previous release leaves empty."""
    op.add_column("customers", sa.Column("language", sa.String(length=2)))
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.BigInteger()),
        sa.Column("license_id", sa.BigInteger()),
        sa.Column("expires_on", sa.Date()),
        sa.Column("good_until", INSTANT),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=64)),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("given_up_at", INSTANT),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_mails_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_customer_id"), "mails", ["customer_id"])
    op.create_index(op.f("ix_mails_due_at"), "mails", ["due_at"], postgresql_where=WAITS, sqlite_where=WAITS)
    audience = sa.Enum(
        "customer", "dealer", "programs", name="audience", native_enum=False, create_constraint=True, length=24
    )
    op.create_table(
        "reminders",
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("audience", audience, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("expires_on", "license_id", "step", "audience", name=op.f("pk_reminders")),
    )
    op.create_table(
        "dealer_lists",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dealer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("licenses", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("day", "dealer_id", name=op.f("pk_dealer_lists")),
    )
