"""Alembic's door: runs the migrations on the connection that `operations.schema` hands over.

Each is a transaction of its own, unless the connection is in a transaction already.
"""

from alembic import context

from prolong_server import models
from prolong_server.db import Base

assert models.licensing.License.metadata is Base.metadata  # noqa: S101 - importing models fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
