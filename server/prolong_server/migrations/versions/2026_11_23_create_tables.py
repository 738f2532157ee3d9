"""Create the tables of the renewal core.

Revision ID: 7ffec7d7e6f6
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "7ffec7d7e6f6"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def words(name: str, *allowed: str) -> sa.Enum:
    """A text column that the database itself keeps to these words, by a constraint named after `name`."""
    return sa.Enum(*allowed, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Create every table, referred ones first."""
    op.create_table(
        "audit_events",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=45)),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("before", DOCUMENT),
        sa.Column("after", DOCUMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_object_id_id"), "audit_events", ["object_id", "id"])
    op.create_table(
        "codes",
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("voided_at", INSTANT),
        sa.CheckConstraint("state BETWEEN 0 AND 2", name=op.f("ck_codes_state")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_codes")),
        postgresql_with={"fillfactor": 90},
    )
    op.create_index(op.f("ix_codes_order_id"), "codes", ["order_id"])
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200)),
        sa.Column("email", sa.String(length=254)),
        sa.Column("country", sa.String(length=2)),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_table(
        "dealers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("territories", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("credit_limit", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("discount_percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("phone", sa.String(length=64)),
        sa.Column("email", sa.String(length=254)),
        sa.Column("url", sa.String(length=2000)),
        sa.Column("status", words("status", "active", "suspended"), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("credit_limit >= 0", name=op.f("ck_dealers_credit_limit")),
        sa.CheckConstraint("discount_percent BETWEEN 0 AND 100", name=op.f("ck_dealers_discount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dealers")),
    )
    op.create_table(
        "kept_answers",
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_id", "route", "key", name=op.f("pk_kept_answers")),
    )
    op.create_index(op.f("ix_kept_answers_created_at"), "kept_answers", ["created_at"])
    op.create_table(
        "keys",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", words("purpose", "code", "signing", "secret"), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("public_jwk", DOCUMENT),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_keys_fingerprint")),
    )
    op.create_table(
        "price_lists",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
    )
    op.create_index(op.f("ix_price_lists_currency_valid_from"), "price_lists", ["currency", "valid_from"])
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("latest_version", sa.String(length=64), nullable=False),
        sa.Column("minimum_renewal_version", sa.String(length=64)),
        sa.Column("download_url", sa.String(length=2000)),
        sa.Column("registration_url", sa.String(length=2000)),
        sa.Column("where_to_buy", sa.String(length=2000)),
        sa.Column("renewal_basis", words("basis", "from_expiry", "from_now", "from_now_if_expired"), nullable=False),
        sa.Column("renewal_grace_months", sa.SmallInteger(), nullable=False),
        sa.Column("max_advance_years", sa.SmallInteger(), nullable=False),
        sa.Column("machine_check", words("machine_check", "registered", "off"), nullable=False),
        sa.Column("refresh_days", sa.SmallInteger(), nullable=False),
        sa.Column("web_origins", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("max_advance_years BETWEEN 1 AND 50", name=op.f("ck_products_advance")),
        sa.CheckConstraint("refresh_days BETWEEN 1 AND 366", name=op.f("ck_products_refresh")),
        sa.CheckConstraint("renewal_grace_months BETWEEN 0 AND 3", name=op.f("ck_products_grace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
    )
    op.create_table(
        "redemptions",
        sa.Column("code", sa.LargeBinary(length=16), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("license_seq", sa.Integer(), nullable=False),
        sa.Column("redeemed_at", INSTANT, nullable=False),
        sa.Column("redeemed_on", sa.Date(), nullable=False),
        sa.Column("previous_expires_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("period_years", sa.SmallInteger(), nullable=False),
        sa.Column("renewal_basis", words("basis", "from_expiry", "from_now", "from_now_if_expired"), nullable=False),
        sa.Column("reversed_at", INSTANT),
        sa.CheckConstraint("previous_expires_on < expires_on", name=op.f("ck_redemptions_extends")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("license_id", "license_seq", name=op.f("uq_redemptions_license_id_license_seq")),
    )
    op.create_table(
        "representatives",
        sa.Column("country", sa.String(length=7), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_representatives")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", words("role", "admin", "representative", "auditor"), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "editions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", words("kind", "home", "business"), nullable=False),
        sa.Column("periods", sa.Text(), nullable=False),
        sa.Column("territory", words("territory", "dealer_country", "any"), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_editions_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("product_id", "code", name=op.f("uq_editions_product_id_code")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("dealer_id", sa.BigInteger()),
        sa.Column("staff_id", sa.BigInteger()),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("last_used_on", sa.Date()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.CheckConstraint("(dealer_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_tokens_holder")),
        sa.ForeignKeyConstraint(["dealer_id"], ["dealers.id"], name=op.f("fk_tokens_dealer_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_tokens_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_index(op.f("ix_tokens_dealer_id"), "tokens", ["dealer_id"])
    op.create_index(op.f("ix_tokens_staff_id"), "tokens", ["staff_id"])
    op.create_table(
        "licenses",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("license_key", sa.String(length=64), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("license_class", words("license_class", "standard", "promo", "nfr", "trial"), nullable=False),
        sa.Column("status", words("status", "active", "suspended", "revoked"), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("activated_on", sa.Date()),
        sa.Column("dealer_id", sa.BigInteger()),
        sa.Column("customer_id", sa.BigInteger()),
        sa.Column("machines", sa.Integer(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("machines BETWEEN 0 AND seats", name=op.f("ck_licenses_machines")),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_licenses_seats")),
        sa.CheckConstraint("starts_on <= expires_on", name=op.f("ck_licenses_term")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_licenses_customer_id")),
        sa.ForeignKeyConstraint(["dealer_id"], ["dealers.id"], name=op.f("fk_licenses_dealer_id")),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_licenses_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licenses")),
        postgresql_with={"fillfactor": 90},
    )
    op.create_index("uq_licenses_license_key", "licenses", [sa.text("upper(license_key)")], unique=True)
    revoked = sa.text("status = 'revoked'")
    op.create_index("ix_licenses_revoked", "licenses", ["id"], postgresql_where=revoked, sqlite_where=revoked)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dealer_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", words("kind", "renewal", "activation"), nullable=False),
        sa.Column("license_class", words("license_class", "standard", "promo", "nfr", "trial"), nullable=False),
        sa.Column("period_years", sa.SmallInteger(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=200)),
        sa.Column("shelf_life_days", sa.Integer()),
        sa.Column("good_until", sa.Date()),
        sa.Column("territories", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_list_id", sa.BigInteger()),
        sa.Column("status", words("status", "issued", "confirmed"), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sealed_until", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.CheckConstraint("quantity BETWEEN 1 AND 1000000", name=op.f("ck_orders_quantity")),
        sa.CheckConstraint("seats >= 1", name=op.f("ck_orders_seats")),
        sa.CheckConstraint("total = unit_price * quantity", name=op.f("ck_orders_total")),
        sa.ForeignKeyConstraint(["dealer_id"], ["dealers.id"], name=op.f("fk_orders_dealer_id")),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_orders_edition_id")),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_lists.id"], name=op.f("fk_orders_price_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_dealer_id_created_at_id"), "orders", ["dealer_id", "created_at", "id"])
    op.create_table(
        "price_items",
        sa.Column("price_list_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("period_years", sa.SmallInteger(), nullable=False),
        sa.Column("seats_from", sa.Integer(), nullable=False),
        sa.Column("new_price", sa.BigInteger(), nullable=False),
        sa.Column("renewal_price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "0 <= renewal_price AND renewal_price < new_price", name=op.f("ck_price_items_preferential")
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_price_items_edition_id")),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_lists.id"], name=op.f("fk_price_items_price_list_id")),
        sa.PrimaryKeyConstraint(
            "price_list_id", "edition_id", "period_years", "seats_from", name=op.f("pk_price_items")
        ),
    )
    op.create_table(
        "account_entries",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("dealer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", words("kind", "order", "void", "payment", "correction"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_id", sa.BigInteger()),
        sa.Column("reason", sa.String(length=500)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["dealer_id"], ["dealers.id"], name=op.f("fk_account_entries_dealer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_account_entries_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_entries")),
    )
    op.create_index(op.f("ix_account_entries_dealer_id_id"), "account_entries", ["dealer_id", "id"])
    op.create_table(
        "activations",
        sa.Column("code", sa.LargeBinary(length=16), nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("activated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name=op.f("fk_activations_license_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_activations")),
        sa.UniqueConstraint("license_id", name=op.f("uq_activations_license_id")),
    )
    op.create_table(
        "machines",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("license_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=200)),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name=op.f("fk_machines_license_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machines")),
        sa.UniqueConstraint("license_id", "fingerprint", name=op.f("uq_machines_license_id_fingerprint")),
    )
    op.create_table(
        "sealed_chunks",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_sealed_chunks_order_id")),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_sealed_chunks")),
    )


def downgrade() -> None:
    """Drop every table, referring ones first."""
    for table in (
        "sealed_chunks",
        "machines",
        "activations",
        "account_entries",
        "price_items",
        "orders",
        "licenses",
        "tokens",
        "editions",
        "staff",
        "representatives",
        "redemptions",
        "products",
        "price_lists",
        "keys",
        "kept_answers",
        "dealers",
        "customers",
        "counters",
        "codes",
        "audit_events",
    ):
        op.drop_table(table)
