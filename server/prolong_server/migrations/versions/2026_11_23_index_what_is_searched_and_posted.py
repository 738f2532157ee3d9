"""Index what support searches, what is posted, and what is sealed: tables that may have grown large.

Revision ID: 6f13a9e2c4d8
Revises: 172ad64edf87
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "6f13a9e2c4d8"
down_revision = "172ad64edf87"
branch_labels = None
depends_on = None

UNSEALED = sa.text("position IS NULL")
BRIN: dict[str, Any] = {"postgresql_using": "brin", "postgresql_with": {"autosummarize": "on"}}


# Name, table, what is indexed, and how.
INDEXES: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    ("ix_customers_email", "customers", sa.text("lower(email)"), {}),
    ("ix_licenses_customer_id", "licenses", "customer_id", {}),
    ("ix_orders_created_at", "orders", "created_at", {}),
    ("ix_licenses_created_at", "licenses", "created_at", {}),
    ("ix_redemptions_redeemed_at", "redemptions", "redeemed_at", BRIN),
    ("ix_activations_activated_at", "activations", "activated_at", BRIN),
    ("uq_audit_events_position", "audit_events", "position", {"unique": True}),
    ("ix_audit_events_unsealed", "audit_events", "id", {"postgresql_where": UNSEALED, "sqlite_where": UNSEALED}),
)
BROKEN = sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid")


def upgrade() -> None:
    """Build each index; on PostgreSQL while others read and write, each by itself, so that it may be begun again."""
    if op.get_bind().dialect.name != "postgresql":
        _build({})
        return
    with op.get_context().autocommit_block():
        # A concurrent build keeps nobody waiting; it waits itself for every transaction that is open, as long as it is.
        op.execute("SET lock_timeout = 0")
        _drop_broken()
        _build({"postgresql_concurrently": True, "if_not_exists": True})
        op.execute("RESET lock_timeout")


def _drop_broken() -> None:
    # A build that was broken off leaves an index that is kept up and never used.
    for name, table, _column, _options in INDEXES:
        if op.get_bind().scalar(BROKEN, {"name": name}):
            op.drop_index(name, table, postgresql_concurrently=True)


def _build(how: dict[str, Any]) -> None:
    for name, table, column, options in INDEXES:
        op.create_index(name, table, [column], **options, **how)
