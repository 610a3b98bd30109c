"""The ledger's tables as the newest migration leaves them; a test compares the two.

What a run looks up is indexed. Text that comes from audited databases stands in no index: PostgreSQL refuses entries
that are longer than a third of a page. Names of audits do, since they are keys of a config.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, MetaData, Table, Text

from auditor.ledger.columns import Exact, Moment, Number

REVISION = "0004"
"""The newest migration, which :data:`METADATA` agrees with."""

REVISION_TABLE = "auditor_ledger_revision"

METADATA = MetaData()


def _run() -> Column[int]:
    """The run that a row is a part of, and goes with."""
    return Column("seq", Number, ForeignKey("auditor_runs.seq", ondelete="CASCADE"), primary_key=True)


def _event() -> tuple[Column[str] | Column[int], ...]:
    """What is known of an event, but for its time."""
    return (
        Column("partition", Exact),
        Column("position", Number),
        Column("event_id", Exact),
        Column("stream", Exact),
        Column("version", Number),
        Column("type", Exact),
    )


runs = Table(
    "auditor_runs",
    METADATA,
    Column("seq", Number, primary_key=True, autoincrement=True),
    Column("run", Text, nullable=False, unique=True),
    Column("started", Moment, nullable=False, index=True),
    Column("finished", Moment, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("errors", Number, nullable=False),
    Column("warnings", Number, nullable=False),
    Column("infos", Number, nullable=False),
    Column("version", Text, nullable=False),
    Column("config", Exact),
    sqlite_autoincrement=True,
)
"""``seq`` is the order in which runs were recorded; it is never used twice."""

documents = Table(
    "auditor_documents",
    METADATA,
    _run(),
    Column("body", LargeBinary, nullable=False),
)
"""The whole result of a run, compressed, but for the long lists that stand in ``pieces``."""

pieces = Table(
    "auditor_pieces",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("needed", Moment, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
"""Parts of documents, by a hash of their content. ``needed``: when the last of the runs that need it began."""

audits = Table(
    "auditor_audits",
    METADATA,
    _run(),
    Column("number", Number, primary_key=True),
    Column("audit", Exact, nullable=False),
    Column("of", Text, nullable=False),
    Column("upstream", Exact),
    Column("verdict", Text, nullable=False),
    Column("decided", Boolean, nullable=False),
    Column("first", Number),
    Column("last", Number),
    Column("settled", Number),
    *(
        Column(name, Number)
        for name in (
            "produced",
            "received",
            "pending",
            "parked",
            "missing",
            "unverifiable",
            "duplicate",
            "unexpected",
            "excluded",
        )
    ),
    Index("ix_auditor_audits_audit_seq", "audit", "seq"),
)
"""``decided``: window and totals were there, so that what it did not find any more has healed."""

findings = Table(
    "auditor_findings",
    METADATA,
    _run(),
    Column("number", Number, primary_key=True),
    Column("audit", Exact, nullable=False),
    Column("check", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("partition", Exact),
    Column("reason", Exact),
    Column("count", Number, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Index("ix_auditor_findings_fingerprint_seq", "fingerprint", "seq"),
)

subjects = Table(
    "auditor_subjects",
    METADATA,
    Column("name", Exact, primary_key=True),
    Column("seq", Number),
    Column("started", Moment),
)
"""One row a log or consumer: the last of its audits that counted, by when its run began. Whoever records locks it."""

openings = Table(
    "auditor_openings",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("audit", Exact, nullable=False),
    Column("check", Text, nullable=False),
    Column("key", Exact, nullable=False),
    Column("verdict", Text, nullable=False),
    *_event(),
    Column("event_partition", Exact),
    Column("time", Moment),
    Column("opened_seq", Number, nullable=False),
    Column("opened_run", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_seq", Number),
    Column("closed_run", Text),
    Column("closed_at", Moment),
    Index("ix_auditor_openings_audit_closed_seq", "audit", "closed_seq"),
    Index("ix_auditor_openings_closed_seq_opened_seq", "closed_seq", "opened_seq"),
)
"""Events of confirmed and unknown findings. ``partition`` is the finding's, ``event_partition`` the event's."""

standings = Table(
    "auditor_standings",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("audit", Exact, nullable=False),
    Column("check", Text, nullable=False),
    Column("partition", Exact),
    Column("fingerprint", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("opened_seq", Number, nullable=False),
    Column("opened_run", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_seq", Number),
    Column("closed_run", Text),
    Column("closed_at", Moment),
    Index("ix_auditor_standings_audit_closed_seq", "audit", "closed_seq"),
)
"""Since when findings of one fingerprint are there without a break: open ones, pending ones, benign ones."""

memories = Table(
    "auditor_memories",
    METADATA,
    Column("of", Text, primary_key=True),
    Column("name", Exact, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("run", Text),
    Column("at", Moment),
    Column("distrusted", Exact),
    Column("saved", Moment, nullable=False),
)
"""What the last run left about a log or a consumer that is read in the way that ``key`` says."""

memory_parts = Table(
    "auditor_memory_parts",
    METADATA,
    Column("of", Text, primary_key=True),
    Column("name", Exact, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""Each is read and replaced as a whole: cursors, sightings, heads, witnesses, dead holes, verified ranges, …"""

observations = Table(
    "auditor_observations",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("of", Text, nullable=False),
    Column("name", Exact, nullable=False),
    Column("partition", Exact),
    Column("run", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("position", Number),
    Column("order", Text),
    Index("ix_auditor_observations_of_name_at", "of", "name", "at"),
    Index("ix_auditor_observations_at", "at"),
)
"""Where cursors (of consumers) and heads (of logs) were seen, each time that they were seen elsewhere than before."""

redeliveries = Table(
    "auditor_redeliveries",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("plan", Text, nullable=False),
    Column("audit", Exact),
    Column("key", Exact),
    Column("target", Exact, nullable=False),
    Column("user", Exact),
    Column("host", Exact),
    Column("reason", Exact),
    Column("ticket", Exact),
    Column("at", Moment, nullable=False),
    Column("result", Exact),
    Column("run", Exact),
    Column("kind", Text),
    Column("consumers", Exact),
    Column("heard_by", Exact),
    Column("options", Exact),
    Index("ix_auditor_redeliveries_plan", "plan"),
)
"""Each apply of a plan to a target. ``consumers``, ``heard_by``, ``options``: JSON.

``audit``, ``key`` and ``result`` are of the first revision, where a row was to be an event. Nothing ever wrote them.
"""


def _redelivery() -> Column[int]:
    """The redelivery that a row belongs to."""
    return Column("redelivery", Number, ForeignKey("auditor_redeliveries.id"), nullable=False)


redelivery_lines = Table(
    "auditor_redelivery_lines",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    _redelivery(),
    Column("subject", Text, nullable=False),
    Column("batch", Number),
    Column("consumer", Exact, nullable=False),
    *_event(),
    Column("step", Text, nullable=False),
    Column("detail", Exact, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_auditor_redelivery_lines_redelivery_id", "redelivery", "id"),
    Index("ix_auditor_redelivery_lines_subject_id", "subject", "id"),
)
"""Every step of every event that is sent again. ``subject``: a hash of the consumer and the event's key."""

redelivery_spans = Table(
    "auditor_redelivery_spans",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    _redelivery(),
    Column("of", Text, nullable=False),
    Column("name", Exact, nullable=False),
    Column("partition", Exact),
    Column("first", Number, nullable=False),
    Column("last", Number, nullable=False),
    Column("how", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("event_id", Exact),
    Column("stream", Exact),
    Column("version", Number),
    Index("ix_auditor_redelivery_spans_of_name", "of", "name"),
)
"""Which positions were sent again to a consumer, or marked or copied in a log: what audits have to know of it.

``event_id``, ``stream`` and ``version``: of a row that is about to be committed as a copy.
"""

baseline = Table(
    "auditor_baseline",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("audit", Exact, nullable=False),
    Column("check", Text, nullable=False),
    Column("partition", Exact),
    Column("verdict", Text, nullable=False),
    Column("why", Exact, nullable=False),
    Column("owner", Exact, nullable=False),
    Column("run", Exact, nullable=False),
    Column("added", Moment, nullable=False),
    Column("expires", Moment),
    Column("count", Number, nullable=False),
    Column("units", LargeBinary, nullable=False),
    Index("ix_auditor_baseline_fingerprint", "fingerprint"),
)
"""Known findings, by a hash of what they say: nobody overwrites what another one added."""
