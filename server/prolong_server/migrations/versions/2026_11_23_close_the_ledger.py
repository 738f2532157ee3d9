"""Let nobody change or delete an entry of the ledger.

Revision ID: 40be6d1a93f2
Revises: 9e42f81ad7c5
"""

from alembic import op

revision = "40be6d1a93f2"
down_revision = "9e42f81ad7c5"
branch_labels = None
depends_on = None

ON_POSTGRESQL = (
    """
    CREATE FUNCTION account_entries_are_appended() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'account entries are appended, never changed' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER account_entries_are_appended BEFORE UPDATE OR DELETE OR TRUNCATE ON account_entries
    FOR EACH STATEMENT EXECUTE FUNCTION account_entries_are_appended()
    """,
)
ON_SQLITE = tuple(
    f"CREATE TRIGGER account_entries_are_appended_{verb} BEFORE {verb} ON account_entries "
    "BEGIN SELECT RAISE(ABORT, 'account entries are appended, never changed'); END"
    for verb in ("update", "delete")
)


def upgrade() -> None:
    """Set the triggers, which takes a moment."""
    for statement in ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else ON_SQLITE:
        op.execute(statement)
