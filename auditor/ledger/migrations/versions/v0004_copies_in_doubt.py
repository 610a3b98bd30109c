"""Copies that are about to be committed in an outbox, and what their rows say: whether they were may stay unknown."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Spans that are there say nothing of a row: no such copy was noted before it was committed."""
    with op.batch_alter_table("auditor_redelivery_spans") as table:
        table.add_column(sa.Column("event_id", sa.Text()))
        table.add_column(sa.Column("stream", sa.Text()))
        table.add_column(sa.Column("version", _NUMBER))
