"""Fill in the balances.

Revision ID: 9e42f81ad7c5
Revises: 5d0b7e3c6a19
"""

from alembic import op

revision = "9e42f81ad7c5"
down_revision = "5d0b7e3c6a19"
branch_labels = None
depends_on = None

BALANCES = """
    UPDATE account_entries SET balance = run.balance FROM (
        SELECT id, sum(amount) OVER (PARTITION BY dealer_id ORDER BY id) AS balance FROM account_entries
    ) AS run WHERE run.id = account_entries.id
"""


def upgrade() -> None:
    """Fill in the balances of what is there; entries that the previous release adds meanwhile stay without."""
    op.execute(BALANCES)
