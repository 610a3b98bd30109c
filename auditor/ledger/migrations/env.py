"""What Alembic runs: the migrations, on the connection and in the transaction of whoever asked for them."""

from alembic import context

from auditor.ledger.schema import METADATA, REVISION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=REVISION_TABLE,
)
context.run_migrations()
