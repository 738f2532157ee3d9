"""Keep an outbox of events, endpoints and deliveries.

Revision ID: f508b42cbd65
Revises: e4f7a31bac54
"""

import sqlalchemy as sa
from alembic import op

revision = "f508b42cbd65"
down_revision = "e4f7a31bac54"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
KINDS = (
    "order.issued",
    "license.activated",
    "license.renewed",
    "license.expiring",
    "code.voided",
    "redemption.reversed",
)
ERRORS = (
    "address_refused",
    "name_not_found",
    "connection_failed",
    "tls_failed",
    "timeout",
    "bad_answer",
    "redirected",
    "refused",
    "gone",
    "server_error",
)


def words(name: str, *allowed: str) -> sa.Enum:
    """A text column that the database itself keeps to these words, by a constraint named after `name`."""
    return sa.Enum(*allowed, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Create the tables, referred ones first."""
    _create_events()
    _create_endpoints()
    _create_deliveries()


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", words("type", *KINDS), nullable=False),
        sa.Column("dealer_id", sa.BigInteger()),
        sa.Column("seller_id", sa.BigInteger()),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("dispatched_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    waiting = sa.text("dispatched_at IS NULL")
    op.create_index("ix_events_waiting", "events", ["created_at"], postgresql_where=waiting, sqlite_where=waiting)
    op.create_index(op.f("ix_events_created_at"), "events", ["created_at"])


def _create_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dealer_id", sa.BigInteger()),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("status", words("status", "active", "disabled"), nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.Column("disabled_reason", sa.String(length=24)),
        sa.Column("failing_since", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["dealer_id"], ["dealers.id"], name=op.f("fk_webhook_endpoints_dealer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index("ix_webhook_endpoints_audience", "webhook_endpoints", [sa.text("coalesce(dealer_id, 0)")])


def _create_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("status", words("status", "pending", "delivered", "failed"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.SmallInteger()),
        sa.Column("last_error", words("error", *ERRORS)),
        sa.Column("lease", sa.BigInteger()),
        sa.Column("next_attempt_at", INSTANT),
        sa.Column("delivered_at", INSTANT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_webhook_deliveries_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_endpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("event_id", "endpoint_id", name=op.f("uq_webhook_deliveries_event_id_endpoint_id")),
    )
    op.create_index(op.f("ix_webhook_deliveries_endpoint_id_id"), "webhook_deliveries", ["endpoint_id", "id"])
    due = sa.text("status = 'pending'")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "next_attempt_at"],
        postgresql_where=due,
        sqlite_where=due,
    )
