"""Databases as people lay them out: each a log with consumers that have all that they should, and a receipt to lose.

Every layout is written twice, in SQLite's types and in PostgreSQL's. Nothing in it comes from the auditor's own words
where people would choose others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.integration.happened import STREAMS, TYPES, happened
from tests.integration.sides import Side


@dataclass(frozen=True, slots=True)
class Loss:
    """A receipt to delete, by a statement on the consumer's side, and what an audit then has to miss."""

    consumer: str
    position: int
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """``fill`` makes both sides, which are one database unless ``apart``. ``types``: of those that take a part."""

    name: str
    fill: Callable[[Side, Side], Loss]
    logs: tuple[str, ...]
    consumers: tuple[str, ...]
    types: dict[str, tuple[str, ...]] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    apart: bool = False
    only: str | None = None


def _plain_tables(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE events (position <serial>, event_id text NOT NULL UNIQUE, stream_id text NOT NULL, "
        "version integer NOT NULL, type text NOT NULL, data <json>, recorded_at <time> NOT NULL <now>, "
        "UNIQUE (stream_id, version))"
    )
    consumer.create(
        "CREATE TABLE inbox (seq <serial>, event_id text NOT NULL UNIQUE, received_at <time> NOT NULL <now>)",
        "CREATE TABLE cursors (name text PRIMARY KEY, last_position <big> NOT NULL)",
    )
    log.insert(
        "events (event_id, stream_id, version, type, data, recorded_at)",
        [(str(e.id), f"order-{e.stream}", e.version, e.type, "{}", e.time) for e in events],
    )
    consumer.insert("inbox (event_id, received_at)", [(str(e.id), e.received) for e in events])
    consumer.insert("cursors", [("billing", len(events))])
    return Loss("billing", 30, f"DELETE FROM inbox WHERE event_id = '{events[29].id}'")


def _uuids(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE domain_events (id <serial>, event_uuid <uuid> NOT NULL UNIQUE, aggregate_id <uuid> NOT NULL, "
        "aggregate_version integer NOT NULL, event_type text NOT NULL, payload <json> NOT NULL, created_at <time> "
        "NOT NULL <now>, UNIQUE (aggregate_id, aggregate_version))"
    )
    consumer.create("CREATE TABLE processed_events (event_uuid <uuid> PRIMARY KEY, processed_at <time> NOT NULL <now>)")
    log.insert(
        "domain_events (event_uuid, aggregate_id, aggregate_version, event_type, payload, created_at)",
        [(e.id, e.stream, e.version, e.type, "{}", e.time) for e in events],
    )
    consumer.insert("processed_events (event_uuid, processed_at)", [(e.id, e.received) for e in events])
    return Loss("processed_events", 11, f"DELETE FROM processed_events WHERE event_uuid = '{events[10].id}'")


def _composite_keys(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE journal (account <uuid> NOT NULL, revision integer NOT NULL, global_position <big> NOT NULL "
        "UNIQUE, kind text NOT NULL, body <json>, booked_at <time> NOT NULL, PRIMARY KEY (account, revision))"
    )
    consumer.create(
        "CREATE TABLE handled (account <uuid> NOT NULL, revision integer NOT NULL, handled_at <time> NOT NULL, "
        "PRIMARY KEY (account, revision))",
        "CREATE TABLE checkpoint (global_position <big> NOT NULL)",
    )
    log.insert(
        "journal (account, revision, global_position, kind, body, booked_at)",
        [(e.stream, e.version, e.position * 10, e.type, "{}", e.time) for e in events],
    )
    consumer.insert("handled", [(e.stream, e.version, e.received) for e in events])
    consumer.insert("checkpoint", [(len(events) * 10,)])
    lost = events[41]
    return Loss("handled", 420, f"DELETE FROM handled WHERE account = '{lost.stream}' AND revision = {lost.version}")


def _several_logs(log: Side, consumer: Side) -> Loss:
    events, payments = happened(60, seed=1), happened(90, seed=2)
    for table, written in (("order_events", events), ("payment_events", payments)):
        log.create(
            f"CREATE TABLE {table} (position <serial>, event_id <uuid> NOT NULL UNIQUE, stream_id <uuid> NOT NULL, "
            "version integer NOT NULL, type text NOT NULL, recorded_at <time> NOT NULL, UNIQUE (stream_id, version))"
        )
        log.insert(
            f"{table} (event_id, stream_id, version, type, recorded_at)",
            [(e.id, e.stream, e.version, e.type, e.time) for e in written],
        )
    consumer.create(
        "CREATE TABLE order_inbox (event_id <uuid> PRIMARY KEY, received_at <time> NOT NULL)",
        "CREATE TABLE payment_inbox (event_id <uuid> PRIMARY KEY, received_at <time> NOT NULL)",
        "CREATE TABLE checkpoints (name text PRIMARY KEY, position <big> NOT NULL)",
    )
    consumer.insert("order_inbox", [(e.id, e.received) for e in events])
    consumer.insert("payment_inbox", [(e.id, e.received) for e in payments])
    consumer.insert("checkpoints", [("order", len(events)), ("payment", len(payments))])
    return Loss("payment", 77, f"DELETE FROM payment_inbox WHERE event_id = '{payments[76].id}'")


def _tenants(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE events (tenant_id text NOT NULL, position <big> NOT NULL, event_id <uuid> NOT NULL UNIQUE, "
        "stream_id <uuid> NOT NULL, version integer NOT NULL, type text NOT NULL, recorded_at <time> NOT NULL, "
        "PRIMARY KEY (tenant_id, position), UNIQUE (stream_id, version))"
    )
    consumer.create(
        "CREATE TABLE inbox (event_id <uuid> PRIMARY KEY, received_at <time> NOT NULL)",
        "CREATE TABLE cursors (tenant_id text PRIMARY KEY, position <big> NOT NULL)",
    )
    log.insert(
        "events",
        [(e.tenant, e.of_tenant, e.id, e.stream, e.version, e.type, e.time) for e in events],
    )
    consumer.insert("inbox", [(e.id, e.received) for e in events])
    heads = {e.tenant: e.of_tenant for e in events}
    consumer.insert("cursors", list(heads.items()))
    lost = events[20]
    return Loss("inbox", lost.of_tenant, f"DELETE FROM inbox WHERE event_id = '{lost.id}'")


def _camel_case(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        'CREATE TABLE "OrderEvents" ("SequenceNumber" <serial>, "EventId" <uuid> NOT NULL UNIQUE, "AggregateId" '
        '<uuid> NOT NULL, "AggregateVersion" integer NOT NULL, "EventType" text NOT NULL, "Payload" <json>, '
        '"CreatedAt" <time> NOT NULL, UNIQUE ("AggregateId", "AggregateVersion"))'
    )
    consumer.create(
        'CREATE TABLE "ShippingProcessedMessages" ("Number" <serial>, "EventId" <uuid> NOT NULL UNIQUE, '
        '"ProcessedAt" <time> NOT NULL)',
        'CREATE TABLE "ConsumerOffsets" ("ConsumerName" text PRIMARY KEY, "LastPosition" <big> NOT NULL)',
    )
    log.insert(
        '"OrderEvents" ("EventId", "AggregateId", "AggregateVersion", "EventType", "Payload", "CreatedAt")',
        [(e.id, e.stream, e.version, e.type, "{}", e.time) for e in events],
    )
    consumer.insert('"ShippingProcessedMessages" ("EventId", "ProcessedAt")', [(e.id, e.received) for e in events])
    consumer.insert('"ConsumerOffsets"', [("Shipping", len(events))])
    return Loss("shipping", 5, f'DELETE FROM "ShippingProcessedMessages" WHERE "EventId" = \'{events[4].id}\'')


def _schemas(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE SCHEMA sales",
        "CREATE TABLE sales.events (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL "
        "UNIQUE, stream text NOT NULL, version bigint NOT NULL, name text NOT NULL, data jsonb, at timestamptz "
        "NOT NULL, UNIQUE (stream, version))",
        "CREATE SCHEMA billing",
        "CREATE TABLE billing.inbox (event_id uuid PRIMARY KEY REFERENCES sales.events (event_id), at timestamptz)",
        "CREATE TABLE billing.cursors (subscription text PRIMARY KEY, position bigint NOT NULL)",
    )
    log.insert(
        "sales.events (event_id, stream, version, name, data, at)",
        [(e.id, str(e.stream), e.version, e.type, "{}", e.time) for e in events],
    )
    log.insert("billing.inbox", [(e.id, e.received) for e in events])
    log.insert("billing.cursors", [("invoicing", len(events))])
    return Loss("invoicing", 59, f"DELETE FROM billing.inbox WHERE event_id = '{events[58].id}'")


def _shared_tables(log: Side, consumer: Side) -> Loss:
    events = happened()
    takes = {"billing": ("Paid", "Placed"), "mail": TYPES, "search": ("Cancelled", "Shipped")}
    log.create(
        "CREATE TABLE events (position <serial>, event_id <uuid> NOT NULL UNIQUE, stream_id <uuid> NOT NULL, version "
        "integer NOT NULL, type text NOT NULL, recorded_at <time> NOT NULL, UNIQUE (stream_id, version))"
    )
    consumer.create(
        "CREATE TABLE inbox (consumer text NOT NULL, event_id <uuid> NOT NULL, received_at <time> NOT NULL, "
        "PRIMARY KEY (consumer, event_id))",
        "CREATE TABLE subscriptions (consumer text PRIMARY KEY, checkpoint <big> NOT NULL)",
        "CREATE TABLE dead_letters (consumer text NOT NULL, event_id <uuid> NOT NULL, error text, "
        "PRIMARY KEY (consumer, event_id))",
    )
    log.insert(
        "events (event_id, stream_id, version, type, recorded_at)",
        [(e.id, e.stream, e.version, e.type, e.time) for e in events],
    )
    paid = [e for e in events if e.type == "Paid"]
    for name, types in takes.items():
        dead = paid[1:2] if name == "billing" else []
        taken = [e for e in events if e.type in types and e not in dead]
        consumer.insert("inbox", [(name, e.id, e.received) for e in taken])
    consumer.insert("dead_letters", [("billing", e.id, "no such account") for e in paid[1:2]])
    consumer.insert("subscriptions", [(name, len(events)) for name in takes])
    lost = paid[3]
    return Loss("billing", lost.position, f"DELETE FROM inbox WHERE consumer = 'billing' AND event_id = '{lost.id}'")


def _outbox(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE orders (id <uuid> PRIMARY KEY, status text NOT NULL, created_at <time> NOT NULL)",
        "CREATE TABLE outbox (id <serial>, message_id <uuid> NOT NULL UNIQUE, aggregate_id <uuid> NOT NULL, type text "
        "NOT NULL, payload <json> NOT NULL, created_at <time> NOT NULL, published_at <time>)",
    )
    consumer.create(
        "CREATE TABLE received_messages (no <serial>, message_id <uuid> NOT NULL UNIQUE, at <time> NOT NULL)"
    )
    log.insert("orders", [(e.stream, "open", e.time) for e in events[:STREAMS]])
    log.insert(
        "outbox (message_id, aggregate_id, type, payload, created_at, published_at)",
        [(e.id, e.stream, e.type, "{}", e.time, e.received) for e in events],
    )
    consumer.insert("received_messages (message_id, at)", [(e.id, e.received) for e in events])
    return Loss("consumer", 33, f"DELETE FROM received_messages WHERE message_id = '{events[32].id}'")


def _positions_alone(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE event_log (id <serial>, event_type text NOT NULL, payload <json> NOT NULL, created_at <time> "
        "NOT NULL)"
    )
    consumer.create(
        "CREATE TABLE processed_events (event_id <key>, processed_at <time> NOT NULL)",
        "CREATE TABLE last_event (position <big> NOT NULL)",
    )
    log.insert("event_log (event_type, payload, created_at)", [(e.type, "{}", e.time) for e in events])
    consumer.insert("processed_events", [(e.position, e.received) for e in events])
    consumer.insert("last_event", [(len(events),)])
    return Loss("consumer", 44, "DELETE FROM processed_events WHERE event_id = 44")


def _versions_from_zero(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE messages (global_position <serial>, position <big> NOT NULL, stream_name text NOT NULL, type "
        "text NOT NULL, data <json>, id <uuid> NOT NULL UNIQUE, time <time> NOT NULL, UNIQUE (stream_name, position))"
    )
    consumer.create("CREATE TABLE inbox (message_id text PRIMARY KEY, received_at <time> NOT NULL)")
    log.insert(
        "messages (position, stream_name, type, data, id, time)",
        [(e.version - 1, f"order-{e.stream}", e.type, "{}", e.id, e.time) for e in events],
    )
    consumer.insert("inbox", [(e.id.hex, e.received) for e in events])
    return Loss("consumer", 21, f"DELETE FROM inbox WHERE message_id = '{events[20].id.hex}'")


def _partitioned(log: Side, consumer: Side) -> Loss:
    events = happened()
    log.create(
        "CREATE TABLE events (position bigserial, event_id uuid NOT NULL, stream_id uuid NOT NULL, version integer NOT "
        "NULL, type text NOT NULL, recorded_at timestamptz NOT NULL, PRIMARY KEY (position, recorded_at), "
        "UNIQUE (event_id, recorded_at), UNIQUE (stream_id, version, recorded_at)) PARTITION BY RANGE (recorded_at)",
        "CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2020-01-01')",
        "CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2020-01-01') TO (MAXVALUE)",
        "CREATE TABLE inbox (event_id uuid PRIMARY KEY, received_at timestamptz NOT NULL)",
        "CREATE TABLE cursors (name text PRIMARY KEY, position numeric NOT NULL)",
    )
    log.insert(
        "events (event_id, stream_id, version, type, recorded_at)",
        [(e.id, e.stream, e.version, e.type, e.time) for e in events],
    )
    log.insert("inbox", [(e.id, e.received) for e in events])
    log.insert("cursors", [("billing", len(events))])
    return Loss("billing", 13, f"DELETE FROM inbox WHERE event_id = '{events[12].id}'")


def _wide_keys(log: Side, consumer: Side) -> Loss:
    """As Emmett has it: the key of a message holds more than what places it, and the cursor is text."""
    events = happened()
    log.create(
        "CREATE TABLE emt_messages (stream_id text NOT NULL, stream_position <big> NOT NULL, partition text NOT NULL, "
        "message_type text NOT NULL, message_id text NOT NULL, is_archived <bool> NOT NULL, global_position <big> "
        "NOT NULL UNIQUE, created <time> NOT NULL, PRIMARY KEY (stream_id, stream_position, partition, is_archived))"
    )
    consumer.create(
        "CREATE TABLE emt_processors (processor_id text, partition text, version integer, "
        "last_processed_checkpoint text, PRIMARY KEY (processor_id, partition, version))",
        "CREATE TABLE handled_messages (message_id text PRIMARY KEY, handled_at <time> NOT NULL)",
    )
    log.insert(
        "emt_messages",
        [(str(e.stream), e.version, "global", e.type, str(e.id), False, e.position, e.time) for e in events],
    )
    consumer.insert("emt_processors", [("shipping", "global", 1, f"{len(events):019}")])
    consumer.insert("handled_messages", [(str(e.id), e.received) for e in events])
    return Loss("shipping", 18, f"DELETE FROM handled_messages WHERE message_id = '{events[17].id}'")


LAYOUTS = (
    Layout(name="plain tables", fill=_plain_tables, logs=("events",), consumers=("billing",)),
    Layout(name="uuids", fill=_uuids, logs=("domain_events",), consumers=("processed_events",)),
    Layout(name="composite keys", fill=_composite_keys, logs=("journal",), consumers=("handled",)),
    Layout(
        name="several logs",
        fill=_several_logs,
        logs=("order_events", "payment_events"),
        consumers=("order", "payment"),
    ),
    Layout(name="tenants", fill=_tenants, logs=("events",), consumers=("inbox",), says=('partition = "tenant_id"',)),
    Layout(
        name="camel case",
        fill=_camel_case,
        logs=("OrderEvents",),
        consumers=("shipping",),
        says=('position = "SequenceNumber"', 'table = "ShippingProcessedMessages"'),
    ),
    Layout(
        name="schemas",
        fill=_schemas,
        logs=("sales-events",),
        consumers=("invoicing",),
        says=('table = "sales.events"', 'table = "billing.inbox"', '#positions = "drawn-on-insert"'),
        only="postgresql",
    ),
    Layout(
        name="shared tables",
        fill=_shared_tables,
        logs=("events",),
        consumers=("billing", "mail", "search"),
        types={"billing": ("Paid", "Placed"), "search": ("Cancelled", "Shipped")},
        says=('where = { consumer = "billing" }', 'where = { consumer = "search" }'),
    ),
    Layout(
        name="an outbox",
        fill=_outbox,
        logs=("outbox",),
        consumers=("consumer",),
        says=('#sent = "published_at"',),
        apart=True,
    ),
    Layout(name="wide keys", fill=_wide_keys, logs=("emt_messages",), consumers=("shipping",)),
    Layout(name="positions alone", fill=_positions_alone, logs=("event_log",), consumers=("consumer",), apart=True),
    Layout(
        name="versions from zero",
        fill=_versions_from_zero,
        logs=("messages",),
        consumers=("consumer",),
        says=("first_version = 0", 'version = "position"', 'position = "global_position"'),
        apart=True,
    ),
    Layout(
        name="a partitioned table",
        fill=_partitioned,
        logs=("events",),
        consumers=("billing",),
        says=('#received = "received_at"',),
        only="postgresql",
    ),
)
"""Layouts in which the log and its consumers are clear."""
