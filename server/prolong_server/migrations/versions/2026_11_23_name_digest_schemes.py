"""Name the scheme of the digests under each code key.

Revision ID: d3e6f20a9b43
Revises: 27c9d4b05f8e
"""

import sqlalchemy as sa
from alembic import op

revision = "d3e6f20a9b43"
down_revision = "27c9d4b05f8e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every key that is known, or that the earlier release still records, makes digests of the first scheme."""
    op.add_column("keys", sa.Column("scheme", sa.SmallInteger(), server_default="1", nullable=False))
