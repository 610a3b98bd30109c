"""A past, written into databases, and its auditor.toml."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.derivations.pasts import MAX_DELAY, RETENTION, Derived, Fact, Past, Row

Execute = Callable[[str, Iterable[Sequence[object]]], None]
"""Runs a statement with ``?`` parameters once for each row; without rows, once without parameters."""


@dataclass(frozen=True)
class Place:
    """A database: how to write to it, its URL, how it keeps uuids, and whether it has indexes."""

    execute: Execute
    url: str
    id_type: str
    spell: Callable[[UUID], object]
    indexed: bool


def build(past: Past, upstream: Place, derived: Place) -> str:
    """Create and fill all tables; returns the text of an auditor.toml. ``upstream`` and ``derived`` may be one."""
    _create_upstream(past, upstream)
    for log in past.logs:
        _create_derived(log, derived)
    write_on(None, past, upstream, derived)
    return _config(past, upstream, derived)


def write_on(before: Past | None, past: Past, upstream: Place, derived: Place) -> None:
    """What is new in ``past``; cursors move."""
    _insert(
        upstream,
        "events",
        [
            (f.position, f.tenant, upstream.spell(f.id), f.stream, f.version, f.type, _written(f), f.archived)
            for f in past.facts
            if before is None or f not in before.facts
        ],
    )
    for number, log in enumerate(past.logs):
        known = () if before is None else before.logs[number].rows
        _insert(derived, log.name, [_row(log, row, derived) for row in log.rows if row not in known])
        if log.cursor is not None:
            derived.execute(f"DELETE FROM {log.name}_cursor", ())
            _insert(derived, f"{log.name}_cursor", list(log.cursor.items()))


def _create_upstream(past: Past, place: Place) -> None:
    key = ", PRIMARY KEY (position)" if place.indexed and not past.partitioned else ""
    unique = "UNIQUE" if place.indexed else ""
    place.execute(
        f"CREATE TABLE events (position bigint NOT NULL, tenant text, event_id {place.id_type} NOT NULL {unique},"
        f" stream_id text, version int, type text, recorded_at text, is_archived boolean{key})",
        (),
    )


def _create_derived(log: Derived, place: Place) -> None:
    source_type = place.id_type if log.by_id else "bigint"
    key = ", PRIMARY KEY (position)" if place.indexed and not log.partitioned else ""
    required = "NOT NULL" if all(row.source is not None for row in log.rows) else ""
    place.execute(
        f"CREATE TABLE {log.name} (position bigint NOT NULL, tenant text, id text, source {source_type} {required},"
        f" is_draft boolean{key})",
        (),
    )
    if place.indexed:
        place.execute(f"CREATE INDEX {log.name}_by_source ON {log.name} (source)", ())
    if log.cursor is not None:
        place.execute(f"CREATE TABLE {log.name}_cursor (tenant text, position bigint)", ())


def _row(log: Derived, row: Row, place: Place) -> tuple[object, ...]:
    source: object = None
    if row.source is not None:
        source = place.spell(row.source.id) if log.by_id else row.source.position
    return row.position, row.tenant, f"{log.name}-{row.tenant}-{row.position}", source, not row.counts


def _written(fact: Fact) -> str | None:
    return None if fact.age is None else (datetime.now(UTC) - fact.age).isoformat()


def _insert(place: Place, table: str, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        place.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _config(past: Past, upstream: Place, derived: Place) -> str:
    partition = 'partition = "tenant"' if past.partitioned else ""
    retention = f'retention = "{_minutes(RETENTION)}"' if past.purged else ""
    text = f"""
[stores.shop]
url = "{upstream.url}"
[stores.bus]
url = "{derived.url}"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
stream = "stream_id"
version = "version"
type = "type"
time = "recorded_at"
where = {{ is_archived = false }}
{partition}
{retention}
"""
    return text + "".join(_section(log, past) for log in past.logs)


def _minutes(duration: timedelta) -> str:
    return f"{duration // timedelta(minutes=1)}m"


def _section(log: Derived, past: Past) -> str:
    types = "" if log.types is None else f"types = {list(log.types)}".replace("'", '"')
    lines = [
        f"[logs.{log.name}]",
        'store = "bus"',
        'derived_from = "orders"',
        'source = "source"',
        f'source_key = "{"id" if log.by_id else "position"}"',
        f'per_event = "{"any" if log.any_number else "one"}"',
        types,
        f'table = "{log.name}"',
        'position = "position"',
        'id = "id"',
        'partition = "tenant"' if log.partitioned else "",
        "where = { is_draft = false }",
        f'max_delay = "{_minutes(MAX_DELAY)}"',
        f'retention = "{_minutes(RETENTION)}"' if log.forgets else "",
    ]
    if log.cursor is not None:
        by_tenant = 'partition = "tenant"' if past.partitioned else ""
        lines += [f"[logs.{log.name}.cursor]", f'table = "{log.name}_cursor"', 'position = "position"', by_tenant]
    return "\n".join(lines) + "\n"
