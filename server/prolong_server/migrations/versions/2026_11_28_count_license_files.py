"""Count license files with their license, and know how often a license may move between Modules.

Revision ID: 8d20c4be71a5
Revises: 6f13a9e2c4d8
"""

from alembic import op

revision = "8d20c4be71a5"
down_revision = "6f13a9e2c4d8"
branch_labels = None
depends_on = None

# Written as SQL because both databases understand it. The licenses' column has no constraint of its own: checking it
# would read all licenses while nobody else may.
COLUMNS = (
    ("licenses", "files INTEGER DEFAULT 0 NOT NULL"),
    (
        "products",
        (
            "moves_allowed_count SMALLINT CONSTRAINT ck_products_moves_allowed_count "
            "CHECK (moves_allowed_count BETWEEN 1 AND 1000)"
        ),
    ),
    (
        "products",
        (
            "moves_policy_term_months SMALLINT DEFAULT 12 NOT NULL CONSTRAINT ck_products_moves_policy_term_months "
            "CHECK (moves_policy_term_months BETWEEN 1 AND 120)"
        ),
    ),
)


def upgrade() -> None:
    """Add columns that the previous release leaves at their defaults: no file, no limit."""
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
