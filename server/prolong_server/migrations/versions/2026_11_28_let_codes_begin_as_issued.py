"""Let codes begin as issued where nothing else is said.

Revision ID: c4d7a6f0182b
Revises: 5f0e7c93d1b6
"""

from alembic import op

revision = "c4d7a6f0182b"
down_revision = "5f0e7c93d1b6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the column its default, which changes no row; SQLite's orders name the state of each code, and need none."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE codes ALTER COLUMN state SET DEFAULT 0")
