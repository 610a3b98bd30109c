"""A history, written into databases whose tables and types differ between the two sides, and its auditor.toml."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.histories.history import AHEAD, Event, History, Receipt

FAR_AHEAD = datetime(2099, 1, 1, tzinfo=UTC)

Execute = Callable[[str, Iterable[Sequence[object]]], None]
"""Runs a statement with ``?`` parameters once for each row; without rows, once without parameters."""


@dataclass(frozen=True)
class Side:
    """One database: how to write to it, its URL, and how it spells what it stores."""

    execute: Execute
    url: str
    id_type: str
    spell: Callable[[UUID], object]
    position_type: str = "bigint"
    time_type: str = "text"
    indexed: bool = False


def dashed(value: UUID) -> str:
    """As PostgreSQL writes it."""
    return str(value)


def bare_upper(value: UUID) -> str:
    """32 hex digits in capitals."""
    return value.hex.upper()


def as_blob(value: UUID) -> bytes:
    """Its 16 bytes."""
    return value.bytes


def itself(value: UUID) -> UUID:
    """For a column of type uuid."""
    return value


def build(history: History, log: Side, inbox: Side) -> str:
    """Create and fill all tables; returns the text of an auditor.toml."""
    _write_log(history, log)
    if history.cursors is not None:
        _write_cursors(history, inbox)
    if history.receipts is not None:
        _write_inbox(history, inbox)
    if history.parked is not None:
        _write_parked(history, inbox)
    return _config(history, log, inbox)


def _moment(age: timedelta | None) -> str | None:
    """What lies ahead does so in every run, at the same moment: by that an event is known again."""
    written = FAR_AHEAD if age == AHEAD else datetime.now(UTC)
    return None if age is None else (written - age).isoformat()


def _spelled(side: Side, value: UUID | None) -> object:
    return None if value is None else side.spell(value)


def _write_log(history: History, side: Side) -> None:
    required = "NOT NULL" if side.indexed else ""
    named = "NOT NULL" if side.indexed and all(event.id is not None for event in history.events) else ""
    side.execute(
        f"CREATE TABLE events (position bigint {required}, tenant text, event_id {side.id_type} {named},"
        f" stream_id text, version int, type text, recorded_at {side.time_type}, is_archived boolean, batch bigint)",
        (),
    )
    if side.indexed:
        unique = "" if history.partitioned else "UNIQUE"
        side.execute(f"CREATE {unique} INDEX by_position ON events (position)", ())
        side.execute("CREATE UNIQUE INDEX by_id ON events (event_id)", ())
    rows = [_event_row(event, side) for event in history.events]
    side.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _event_row(event: Event, side: Side) -> tuple[object, ...]:
    said = event.stream, event.version, event.type
    named = event.position, event.partition, _spelled(side, event.id)
    return (*named, *said, _moment(event.age), event.archived, event.batch)


def _write_cursors(history: History, side: Side) -> None:
    side.execute("CREATE TABLE cursors (name text, scope text, last_position text)", ())
    step = int(history.means == "next")
    rows = [("orders", scope, f"{position:020d}") for scope, position in (history.cursors or {}).items()]
    if history.goes_by == "batch":
        places = ((scope, history.processed_through(scope)) for scope in history.cursors or {})
        rows = [("orders", scope, f"{batch}:{last + step}") for scope, (batch, last) in places]
    side.execute("INSERT INTO cursors VALUES (?, ?, ?)", [*rows, ("another", None, "1")])


def _write_inbox(history: History, side: Side) -> None:
    is_whole = not history.foreign_receipts and not any(receipt.nameless for receipt in history.receipts or ())
    required = "NOT NULL" if side.indexed and is_whole else ""
    named = required if all(receipt.event.id is not None for receipt in history.receipts or ()) else ""
    side.execute(
        f'CREATE TABLE "In Box" (seq bigint, consumer text, "Event Id" {side.id_type} {named},'
        f" pos {side.position_type} {required}, tenant text, stream text, version int, type text, status text)",
        (),
    )
    if side.indexed:
        side.execute('CREATE INDEX received_by_position ON "In Box" (pos)', ())
        side.execute('CREATE INDEX received_by_id ON "In Box" ("Event Id")', ())
    rows = [(r.seq, "billing", *_receipt_identity(history, side, r), "Handled" if r.done else "Received")
            for r in history.receipts or ()]  # fmt: skip
    others = [(n, "another", None, None, None, None, None, None, None) for n in range(history.foreign_receipts)]
    side.execute('INSERT INTO "In Box" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [*rows, *others])


def _receipt_identity(history: History, side: Side, receipt: Receipt) -> Sequence[object]:
    if receipt.nameless:
        return (None, None, None, None, None, None)
    event = receipt.event
    said = event.position + (10**6 if receipt.garbled and history.identity == "id" else 0)
    position: object = said if side.position_type == "bigint" else f"{said:022d}"
    type_ = "Garbled" if receipt.garbled else event.type
    return (_spelled(side, event.id), position, event.partition, event.stream, event.version, type_)


def _write_parked(history: History, side: Side) -> None:
    side.execute(
        f"CREATE TABLE parked (event_id {side.id_type}, position bigint, tenant text, stream text, version int)", ()
    )
    rows = [(_spelled(side, e.id), e.position, e.partition, e.stream, e.version) for e in history.parked or ()]
    side.execute("INSERT INTO parked VALUES (?, ?, ?, ?, ?)", rows)


_COLUMNS = {
    "id": ('id = "Event Id"', 'id = "event_id"'),
    "position": ('position = "pos"', 'position = "position"'),
    "stream-version": ('stream = "stream"\nversion = "version"', 'stream = "stream"\nversion = "version"'),
}


def _config(history: History, log: Side, inbox: Side) -> str:
    in_inbox, in_parked = _COLUMNS[history.identity]
    tenant = 'partition = "tenant"' if history.partitioned else ""
    lines = [
        f'[stores.shop]\nurl = "{log.url}"\n[stores.billing-db]\nurl = "{inbox.url}"',
        '[logs.orders]\nstore = "shop"\ntable = "events"\nposition = "position"\nid = "event_id"\nstream = "stream_id"',
        'version = "version"\ntype = "type"\ntime = "recorded_at"\nsettle = "100ms"',
        tenant,
        'order = ["batch", "position"]' if history.goes_by == "batch" else "",
        "where = { is_archived = false }" if history.skip_archived else "",
        '[consumers.billing]\nlog = "orders"\nstore = "billing-db"',
        f"types = [{', '.join(repr(glob) for glob in history.types)}]" if history.types else "",
        f"start = {history.start!r}" if history.start is not None else "",
        f"ordered = {str(history.ordered).lower()}",
        f"idempotent = {str(history.idempotent).lower()}" if history.idempotent is not None else "",
    ]
    if history.cursors is not None:
        lines += [
            '[consumers.billing.cursor]\ntable = "cursors"\nwhere = { name = "orders" }\nposition = "last_position"',
            f'means = "{history.means}"',
            'partition = "scope"' if history.partitioned else "",
            'stream = "scope"' if history.goes_by == "stream" else "",
        ]
    if history.receipts is not None:
        lines += [
            '[consumers.billing.inbox]\ntable = "In Box"\nwhere = { consumer = "billing" }',
            'received = "seq"' if history.received else "",
            in_inbox,
            'type = "type"' if history.further else "",
            'position = "pos"' if history.further and history.identity == "id" else "",
            tenant,
            'done = { status = "Handled" }' if history.has_done else "",
            'retention = "1h"' if history.inbox_retention is not None else "",
        ]
    if history.parked is not None:
        lines += ['[consumers.billing.parked]\ntable = "parked"', in_parked, tenant]
    return "\n".join(line for line in lines if line) + "\n"
