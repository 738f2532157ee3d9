"""Chain the audit events.

Revision ID: 172ad64edf87
Revises: 0619c53dce76
"""

import sqlalchemy as sa
from alembic import op

revision = "172ad64edf87"
down_revision = "0619c53dce76"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give each event a place in the chain, empty until it is sealed, and keep the signed heads."""
    # Null until the sealer comes by, so the release before may go on writing events.
    op.add_column("audit_events", sa.Column("position", sa.BigInteger()))
    op.add_column("audit_events", sa.Column("hash", sa.LargeBinary(length=32)))
    op.create_table(
        "audit_heads",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_heads")),
    )
