"""The journal of redeliveries. The table that the first revision made for it was never written."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Give redeliveries what they lack, and make the tables of their steps and of what was sent."""
    _redeliveries()
    _lines()
    _spans()


def _redeliveries() -> None:
    """A row is a redelivery now, and no longer an event of one: ``audit``, ``key`` and ``result`` stay empty."""
    op.drop_index("ix_auditor_redeliveries_audit_at", "auditor_redeliveries")
    with op.batch_alter_table("auditor_redeliveries") as table:
        table.alter_column("audit", existing_type=sa.Text(), nullable=True)
        table.alter_column("key", existing_type=sa.Text(), nullable=True)
        for name in ("run", "kind", "consumers", "heard_by", "options"):
            table.add_column(sa.Column(name, sa.Text()))


def _lines() -> None:
    op.create_table(
        "auditor_redelivery_lines",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("redelivery", _NUMBER, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("batch", _NUMBER),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text()),
        sa.Column("position", _NUMBER),
        sa.Column("event_id", sa.Text()),
        sa.Column("stream", sa.Text()),
        sa.Column("version", _NUMBER),
        sa.Column("type", sa.Text()),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["redelivery"], ["auditor_redeliveries.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auditor_redelivery_lines_redelivery_id", "auditor_redelivery_lines", ["redelivery", "id"])
    op.create_index("ix_auditor_redelivery_lines_subject_id", "auditor_redelivery_lines", ["subject", "id"])


def _spans() -> None:
    op.create_table(
        "auditor_redelivery_spans",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("redelivery", _NUMBER, nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text()),
        sa.Column("first", _NUMBER, nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["redelivery"], ["auditor_redeliveries.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auditor_redelivery_spans_of_name", "auditor_redelivery_spans", ["of", "name"])
