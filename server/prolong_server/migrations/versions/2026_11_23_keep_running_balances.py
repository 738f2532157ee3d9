"""Keep the balance after each entry.

Revision ID: 5d0b7e3c6a19
Revises: b1a4c0d87e21
"""

import sqlalchemy as sa
from alembic import op

revision = "5d0b7e3c6a19"
down_revision = "b1a4c0d87e21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty: it is filled in a transaction of its own, which keeps nobody from the table."""
    op.add_column("account_entries", sa.Column("balance", sa.BigInteger()))
