"""Let no license have more seats bound than it has, and no move lose or gain one.

Revision ID: 5f0e7c93d1b6
Revises: 39ee4d709ddb
"""

from alembic import op

revision = "5f0e7c93d1b6"
down_revision = "39ee4d709ddb"
branch_labels = None
depends_on = None

# What is bound: all files but bridges (M10). What can be used: all files, bridges too, but those on a Module that was
# reported, whose place a bridge takes.
TOO_MANY = """
    (SELECT seats FROM licenses WHERE id = NEW.license_id) < (
        SELECT coalesce(sum(seats), 0) FROM license_files
        WHERE license_id = NEW.license_id AND status IN ('current', 'held') AND interim_until IS NULL
    ) OR (SELECT seats FROM licenses WHERE id = NEW.license_id) < (
        SELECT coalesce(sum(f.seats), 0) FROM license_files f JOIN modules m ON m.id = f.module_id
        WHERE f.license_id = NEW.license_id AND f.status = 'current' AND m.state <> 'reported'
    )
"""
# A redemption does not write a license's seats, so this costs it nothing.
TOO_FEW = TOO_MANY.replace("NEW.license_id", "NEW.id")
NOT_WHAT_IS_BOUND = """
    NEW.seats_after <> (
        SELECT coalesce(sum(seats), 0) FROM license_files
        WHERE license_id = NEW.license_id AND status IN ('current', 'held') AND interim_until IS NULL
    )
"""
GUARDS = (
    (
        "license_files_keep_within_seats",
        "INSERT OR UPDATE",
        "license_files",
        TOO_MANY,
        "more seats than the license has",
    ),
    ("licenses_keep_their_seats", "UPDATE OF seats", "licenses", TOO_FEW, "more seats are bound than the license has"),
    ("seat_moves_tell_what_is_bound", "INSERT", "seat_moves", NOT_WHAT_IS_BOUND, "seats were lost or gained"),
)


def upgrade() -> None:
    """Set the triggers, which takes a moment."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for guard in GUARDS:
        for statement in _postgresql(*guard) if on_postgresql else _sqlite(*guard):
            op.execute(statement)


def _postgresql(name: str, events: str, table: str, breach: str, told: str) -> tuple[str, ...]:
    return (
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {breach} THEN
                RAISE EXCEPTION '{told}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """,
        f"CREATE TRIGGER {name} AFTER {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def _sqlite(name: str, events: str, table: str, breach: str, told: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {name}_{event.split()[0].lower()} AFTER {event} ON {table} WHEN {breach} "
        f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
        for event in events.split(" OR ")
    )
