"""Alembic's door: runs the migrations on the connection that `operations.schema` hands over."""

from alembic import context

from prolong_server import models
from prolong_server.db import Base

assert models.licensing.License.metadata is Base.metadata  # noqa: S101 - importing models fills the metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
