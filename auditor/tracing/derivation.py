"""Which upstream event a row of a derived log names, and which rows of a derived log name an upstream event.

A derived log is read like an inbox of its upstream: ``source`` is what its rows have of an event, and their own
positions say which rows those are.
"""

from auditor.config import InboxConfig, LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind, as_integer, canonical, canonical_all, joint
from auditor.stores.interface import Identity, Match, Snapshot
from auditor.tracing.rows import Row, Rows, find_rows, first_of
from checks.model.event import Event


def named_by(snapshot: Snapshot, derived: LogConfig, row: Event) -> tuple[Event, ...]:
    """The upstream events that the row names; more than one only where its position stands twice."""
    if row.position is None:
        return ()
    match = Match(("position",), (Kind.INTEGER,))
    found = snapshot.find_receipts(_as_inbox(derived), match, [(row.position,)])
    same = (each for each in found if each.position == row.position and each.stream == row.partition)
    sources = dict.fromkeys(each.id for each in same if each.id is not None)
    named = (_named(derived, source, row.partition) for source in sources)
    return tuple(event for event in named if event is not None)


def source_kind(snapshot: Snapshot, derived: LogConfig) -> Kind:
    """What the column holds that names the upstream event."""
    return snapshot.kind(derived.table, derived.source or "")


def can_name(derived: LogConfig, event: Event) -> bool:
    """Whether enough is known of an upstream event to find the rows that name it."""
    return (event.id if derived.source_key == "id" else event.position) is not None


def rows_naming(snapshot: Snapshot, derived: LogConfig, upstream: Event, upstream_kind: Kind) -> Rows:
    """The rows that count and name an upstream event. ``upstream_kind``: what the upstream's ``id`` holds."""
    match, identity = _source_match(snapshot, derived, upstream, upstream_kind)
    found = snapshot.find_receipts(_as_inbox(derived, counting=True), match, [identity])
    same = (each for each in found if canonical_all(each.raw, match.kinds) == identity)
    rows, total = first_of(
        Row(Event(position=each.position, partition=each.stream), upstream=upstream) for each in same
    )
    left_out = False
    if not total and derived.where:
        others = snapshot.find_receipts(_as_inbox(derived), match, [identity])
        left_out = any(canonical_all(each.raw, match.kinds) == identity for each in others)
    whole = tuple(_whole(snapshot, derived, row) for row in rows)
    return Rows(whole, total, _id_kind(snapshot, derived), left_out)


def same_event_in(derived: LogConfig, upstream: Event) -> Event | None:
    """What a derived log's own row would be called, where it takes the upstream's id or position over."""
    if derived.source_key == "id":
        return Event(id=upstream.id) if derived.source == derived.id and upstream.id is not None else None
    if derived.source == derived.position and upstream.position is not None:
        return Event(position=upstream.position, partition=upstream.partition)
    return None


def _as_inbox(derived: LogConfig, *, counting: bool = False) -> InboxConfig:
    """Its rows, or only those that pass its ``where``.

    The partition stands where receipts have a stream: they tell no partition of theirs.
    """
    return InboxConfig(
        table=derived.table,
        where=derived.where if counting else {},
        id=derived.source,
        position=derived.position,
        partition=derived.partition,
        stream=derived.partition,
    )


def _named(derived: LogConfig, source: str, partition: str | None) -> Event | None:
    if derived.source_key == "id":
        return Event(id=source)
    position = as_integer(source)
    return None if position is None else Event(position=position, partition=partition)


def _source_match(
    snapshot: Snapshot, derived: LogConfig, upstream: Event, upstream_kind: Kind
) -> tuple[Match, Identity]:
    by_id = derived.source_key == "id"
    kind = joint(source_kind(snapshot, derived), upstream_kind if by_id else Kind.INTEGER)
    if kind is None:
        text = f"source: column {derived.source!r} of {derived.table!r} cannot be compared with the upstream's"
        raise StoreError(derived.store, "wrong-type", text)
    value = canonical(upstream.id if by_id else upstream.position, kind)
    if by_id or upstream.partition is None or derived.partition is None:
        return Match(("id",), (kind,)), (value,)
    its = joint(snapshot.kind(derived.table, derived.partition), Kind.TEXT) or Kind.TEXT
    return Match(("partition", "id"), (its, kind)), (canonical(upstream.partition, its), value)


def _whole(snapshot: Snapshot, derived: LogConfig, row: Row) -> Row:
    """The row with all that the log says of it; without a position there is no finding it again."""
    if row.event.position is None:
        return row
    there = find_rows(snapshot, derived, row.event).rows
    same = [each for each in there if each.event.partition == row.event.partition]
    return Row(same[0].event, same[0].order, same[0].passes, row.upstream) if same else row


def _id_kind(snapshot: Snapshot, log: LogConfig) -> Kind:
    return snapshot.kind(log.table, log.id) if log.id else Kind.TEXT
