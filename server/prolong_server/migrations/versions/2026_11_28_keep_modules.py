"""Keep Modules, license files and transfer requests.

Revision ID: 39ee4d709ddb
Revises: 8d20c4be71a5
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "39ee4d709ddb"
down_revision = "8d20c4be71a5"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
KINDS = ("transfer", "merge", "redistribute", "replace_lost", "replace_broken")
STATES = (
    "draft",
    "submitted",
    "in_review",
    "needs_information",
    "approved",
    "rejected",
    "withdrawn",
    "executed",
    "awaiting_return",
    "completed",
)
FILES_HELD = ("all", "none_held")
MODULE_STATES = ("in_service", "reported", "awaiting_return", "out_of_service")
EVENTS = ("lost", "broken", "found", "returned")
FILE_STATUSES = ("current", "held", "superseded", "revoked")
ATTACHMENT_KINDS = ("letter", "write_off_act", "license_file")


def words(allowed: tuple[str, ...], name: str) -> sa.Enum:
    """A column of one of these words, kept as a text with a constraint."""
    return sa.Enum(*allowed, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Add the tables, of which the previous release knows nothing."""
    op.create_table(
        "transfer_requests",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", words(KINDS, "kind"), nullable=False),
        sa.Column("state", words(STATES, "state"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=True),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("non_use", sa.Boolean(), nullable=False),
        sa.Column("return_modules", sa.Boolean(), nullable=False),
        sa.Column("files_held", words(FILES_HELD, "files_held"), nullable=True),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("question", sa.String(length=4000), nullable=True),
        sa.Column("answer", sa.String(length=4000), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("checklist", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("documents", sa.LargeBinary(length=32), nullable=True),
        sa.Column("return_required", sa.Boolean(), nullable=True),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("order_reference", sa.String(length=200), nullable=True),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.Column("override_reason", sa.String(length=500), nullable=True),
        sa.Column("override_asked_by", sa.String(length=32), nullable=True),
        sa.Column("override_by", sa.String(length=32), nullable=True),
        sa.Column("executed_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("purged_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "override_by IS NULL OR override_by <> override_asked_by", name=op.f("ck_transfer_requests_four_eyes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_requests")),
    )
    op.create_index(
        "ix_transfer_requests_ended_on",
        "transfer_requests",
        ["ended_on"],
        postgresql_where=sa.text("ended_on IS NOT NULL"),
        sqlite_where=sa.text("ended_on IS NOT NULL"),
    )
    op.create_index(op.f("ix_transfer_requests_state_id"), "transfer_requests", ["state", "id"])

    op.create_table(
        "link_mails",
        sa.Column("mailed_on", sa.Date(), nullable=False),
        sa.Column("address", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 3", name=op.f("ck_link_mails_number")),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_link_mails_request_id")),
        sa.PrimaryKeyConstraint("mailed_on", "address", "number", name=op.f("pk_link_mails")),
    )
    op.create_table(
        "modules",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("state", words(MODULE_STATES, "state"), nullable=False),
        sa.Column("event", words(EVENTS, "event"), nullable=True),
        sa.Column("event_at", INSTANT, nullable=True),
        sa.Column("reported_for", sa.BigInteger(), nullable=True),
        sa.Column("out_of_service_at", INSTANT, nullable=True),
        sa.Column("return_by", sa.Date(), nullable=True),
        sa.Column("returned_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_modules_customer_id")),
        sa.ForeignKeyConstraint(["reported_for"], ["transfer_requests.id"], name=op.f("fk_modules_reported_for")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modules")),
    )
    op.create_index("uq_modules_serial", "modules", [sa.text("upper(serial)")], unique=True)
    op.create_index(op.f("ix_modules_customer_id"), "modules", ["customer_id"])
    op.create_index(
        "ix_modules_out_of_service",
        "modules",
        ["id"],
        postgresql_where=sa.text("state = 'out_of_service'"),
        sqlite_where=sa.text("state = 'out_of_service'"),
    )
    op.create_index(op.f("ix_modules_reported_for"), "modules", ["reported_for"])
    op.create_index(op.f("ix_modules_return_by"), "modules", ["return_by"])

    op.create_table(
        "module_returns",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("module_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=True),
        sa.Column("received_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["module_id"], ["modules.id"], name=op.f("fk_module_returns_module_id")),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_module_returns_request_id")),
        sa.PrimaryKeyConstraint("request_id", "module_id", name=op.f("pk_module_returns")),
    )
    op.create_index(op.f("ix_module_returns_due_on"), "module_returns", ["due_on"])
    op.create_index(op.f("ix_module_returns_module_id"), "module_returns", ["module_id"])

    op.create_table(
        "license_files",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("module_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("status", words(FILE_STATUSES, "status"), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("interim_until", sa.Date(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.CheckConstraint("(status = 'current') = (ended_at IS NULL)", name=op.f("ck_license_files_ended")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_license_files_revision")),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_license_files_seats")),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name=op.f("fk_license_files_license_id")),
        sa.ForeignKeyConstraint(["module_id"], ["modules.id"], name=op.f("fk_license_files_module_id")),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_license_files_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license_files")),
        sa.UniqueConstraint("file_id", "revision", name=op.f("uq_license_files_file_id_revision")),
        sa.UniqueConstraint(
            "license_id", "module_id", "revision", name=op.f("uq_license_files_license_id_module_id_revision")
        ),
    )
    op.create_index(op.f("ix_license_files_ended_at"), "license_files", ["ended_at"])
    op.create_index(op.f("ix_license_files_module_id_status"), "license_files", ["module_id", "status"])
    op.create_index(op.f("ix_license_files_request_id"), "license_files", ["request_id"])
    op.create_index(
        "uq_license_files_current",
        "license_files",
        ["license_id", "module_id"],
        unique=True,
        postgresql_where=sa.text("status = 'current'"),
        sqlite_where=sa.text("status = 'current'"),
    )

    op.create_table(
        "request_licenses",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("software", sa.String(length=200), nullable=True),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name=op.f("fk_request_licenses_license_id")),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_request_licenses_request_id")),
        sa.PrimaryKeyConstraint("request_id", "license_id", name=op.f("pk_request_licenses")),
    )
    op.create_index(op.f("ix_request_licenses_license_id"), "request_licenses", ["license_id"])

    op.create_table(
        "request_seats",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Boolean(), nullable=False),
        sa.Column("module_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_request_seats_seats")),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name=op.f("fk_request_seats_license_id")),
        sa.ForeignKeyConstraint(["module_id"], ["modules.id"], name=op.f("fk_request_seats_module_id")),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_request_seats_request_id")),
        sa.PrimaryKeyConstraint("request_id", "license_id", "source", "module_id", name=op.f("pk_request_seats")),
    )
    op.create_index(op.f("ix_request_seats_module_id"), "request_seats", ["module_id"])

    op.create_table(
        "seat_moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("seats_before", sa.Integer(), nullable=False),
        sa.Column("seats_after", sa.Integer(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.CheckConstraint("seats_before = seats_after", name=op.f("ck_seat_moves_conserved")),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name=op.f("fk_seat_moves_license_id")),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_seat_moves_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_moves")),
        sa.UniqueConstraint("request_id", "license_id", name=op.f("uq_seat_moves_request_id_license_id")),
    )
    op.create_index(op.f("ix_seat_moves_license_id_moved_on"), "seat_moves", ["license_id", "moved_on"])

    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", words(ATTACHMENT_KINDS, "kind"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("file_text", sa.Text(), nullable=True),
        sa.Column("license_file_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["license_file_id"], ["license_files.id"], name=op.f("fk_attachments_license_file_id")),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_attachments_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_request_id_id"), "attachments", ["request_id", "id"])
    op.create_index(op.f("ix_attachments_sha256"), "attachments", ["sha256"])
    op.create_table(
        "request_notes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["transfer_requests.id"], name=op.f("fk_request_notes_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_notes")),
    )
    op.create_index(op.f("ix_request_notes_request_id_id"), "request_notes", ["request_id", "id"])
