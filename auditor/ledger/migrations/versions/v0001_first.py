"""The first ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables."""
    _runs()
    _memories()
    _memory_parts()
    _observations()
    _openings()
    _pieces()
    _redeliveries()
    _standings()
    _subjects()
    _audits()
    _documents()
    _findings()


def _memories() -> None:
    op.create_table(
        "auditor_memories",
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run", sa.Text()),
        sa.Column("at", _MOMENT),
        sa.Column("distrusted", sa.Text()),
        sa.Column("saved", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("of", "name", "key"),
    )


def _memory_parts() -> None:
    op.create_table(
        "auditor_memory_parts",
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("of", "name", "key", "part"),
    )


def _observations() -> None:
    op.create_table(
        "auditor_observations",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text()),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("position", _NUMBER),
        sa.Column("order", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auditor_observations_at", "auditor_observations", ["at"])
    op.create_index("ix_auditor_observations_of_name_at", "auditor_observations", ["of", "name", "at"])


def _openings() -> None:
    op.create_table(
        "auditor_openings",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text()),
        sa.Column("position", _NUMBER),
        sa.Column("event_id", sa.Text()),
        sa.Column("stream", sa.Text()),
        sa.Column("version", _NUMBER),
        sa.Column("type", sa.Text()),
        sa.Column("event_partition", sa.Text()),
        sa.Column("time", _MOMENT),
        sa.Column("opened_seq", _NUMBER, nullable=False),
        sa.Column("opened_run", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_seq", _NUMBER),
        sa.Column("closed_run", sa.Text()),
        sa.Column("closed_at", _MOMENT),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auditor_openings_audit_closed_seq", "auditor_openings", ["audit", "closed_seq"])
    op.create_index("ix_auditor_openings_closed_seq_opened_seq", "auditor_openings", ["closed_seq", "opened_seq"])


def _pieces() -> None:
    op.create_table(
        "auditor_pieces",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("needed", _MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_auditor_pieces_needed"), "auditor_pieces", ["needed"])


def _redeliveries() -> None:
    op.create_table(
        "auditor_redeliveries",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("user", sa.Text()),
        sa.Column("host", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("ticket", sa.Text()),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("result", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auditor_redeliveries_audit_at", "auditor_redeliveries", ["audit", "at"])
    op.create_index("ix_auditor_redeliveries_plan", "auditor_redeliveries", ["plan"])


def _runs() -> None:
    op.create_table(
        "auditor_runs",
        sa.Column("seq", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("started", _MOMENT, nullable=False),
        sa.Column("finished", _MOMENT, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("errors", _NUMBER, nullable=False),
        sa.Column("warnings", _NUMBER, nullable=False),
        sa.Column("infos", _NUMBER, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("config", sa.Text()),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("run"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_auditor_runs_started"), "auditor_runs", ["started"])


def _standings() -> None:
    op.create_table(
        "auditor_standings",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text()),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("opened_seq", _NUMBER, nullable=False),
        sa.Column("opened_run", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_seq", _NUMBER),
        sa.Column("closed_run", sa.Text()),
        sa.Column("closed_at", _MOMENT),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auditor_standings_audit_closed_seq", "auditor_standings", ["audit", "closed_seq"])


def _subjects() -> None:
    op.create_table(
        "auditor_subjects",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", _NUMBER),
        sa.Column("started", _MOMENT),
        sa.PrimaryKeyConstraint("name"),
    )


def _audits() -> None:
    op.create_table(
        "auditor_audits",
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("upstream", sa.Text()),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("decided", sa.Boolean(), nullable=False),
        sa.Column("first", _NUMBER),
        sa.Column("last", _NUMBER),
        sa.Column("settled", _NUMBER),
        sa.Column("produced", _NUMBER),
        sa.Column("received", _NUMBER),
        sa.Column("pending", _NUMBER),
        sa.Column("parked", _NUMBER),
        sa.Column("missing", _NUMBER),
        sa.Column("unverifiable", _NUMBER),
        sa.Column("duplicate", _NUMBER),
        sa.Column("unexpected", _NUMBER),
        sa.Column("excluded", _NUMBER),
        sa.ForeignKeyConstraint(["seq"], ["auditor_runs.seq"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", "number"),
    )
    op.create_index("ix_auditor_audits_audit_seq", "auditor_audits", ["audit", "seq"])


def _documents() -> None:
    op.create_table(
        "auditor_documents",
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["auditor_runs.seq"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq"),
    )


def _findings() -> None:
    op.create_table(
        "auditor_findings",
        sa.Column("seq", _NUMBER, nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("audit", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("partition", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("count", _NUMBER, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("first_seen", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["auditor_runs.seq"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", "number"),
    )
    op.create_index("ix_auditor_findings_fingerprint_seq", "auditor_findings", ["fingerprint", "seq"])
