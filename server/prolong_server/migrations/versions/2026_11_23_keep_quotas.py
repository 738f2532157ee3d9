"""Keep quotas.

Revision ID: b1a4c0d87e21
Revises: 7ffec7d7e6f6
"""

from alembic import op

revision = "b1a4c0d87e21"
down_revision = "7ffec7d7e6f6"
branch_labels = None
depends_on = None

PERIODS = "CONSTRAINT ck_dealers_quota_per CHECK (quota_per IN ('day', 'week', 'month'))"
# Written as SQL because both databases understand it, and SQLite adds a checked column in no other way but by making
# the table anew, which the keys that refer to it forbid.
COLUMNS = (
    "quota_codes INTEGER CONSTRAINT ck_dealers_quota_codes CHECK (quota_codes >= 0)",
    f"quota_per VARCHAR(24) {PERIODS}",
    "quota_from DATE",
    "quota_used BIGINT DEFAULT 0 NOT NULL CONSTRAINT ck_dealers_quota_used CHECK (quota_used >= 0)",
)


def upgrade() -> None:
    """Add the columns."""
    for column in COLUMNS:
        op.execute(f"ALTER TABLE dealers ADD COLUMN {column}")
