"""Record the voids of the past.

Revision ID: 27c9d4b05f8e
Revises: c2d5e1f98a32
"""

from alembic import op

revision = "27c9d4b05f8e"
down_revision = "c2d5e1f98a32"
branch_labels = None
depends_on = None

# One record for each call of the past: its codes have the same instant. The vendor's time zone is a setting, which a
# migration does not see, so the day is that of UTC; sandbox orders were credited nothing.
EARLIER_VOIDS = """
    INSERT INTO voids (order_id, voided_on, voided_at, codes, credited)
    SELECT orders.id, {day}, codes.voided_at, count(*),
           CASE WHEN orders.test THEN 0 ELSE orders.unit_price * count(*) END
    FROM codes JOIN orders ON orders.id = codes.order_id
    WHERE codes.state = 2
    GROUP BY orders.id, orders.test, orders.unit_price, codes.voided_at
    ORDER BY codes.voided_at
"""
DAYS = {"postgresql": "CAST(codes.voided_at AT TIME ZONE 'UTC' AS date)", "sqlite": "date(codes.voided_at)"}


def upgrade() -> None:
    """Read all codes once, which keeps nobody from them."""
    op.execute(EARLIER_VOIDS.format(day=DAYS[op.get_bind().dialect.name]))
