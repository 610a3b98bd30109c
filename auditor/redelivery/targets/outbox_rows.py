"""Which rows of an outbox are a planned event's: by its place, by the upstream event that they name, or by its id.

They are looked for in the transaction that writes, so that what is found is what is written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, null, select

from auditor.config import LogConfig
from auditor.desk import Desk
from auditor.errors import AuditorError, StoreError
from auditor.gather.consumer.matching import find_identity, match_by_position
from auditor.identity import Kind, as_integer, canonical, canonical_all, joint
from auditor.stores.interface import Identity, Match
from auditor.stores.sql.lookup import conditions
from auditor.stores.sql.reading import AnySelect
from auditor.stores.sql.relation import Expression, Relation
from checks.model.event import Event
from checks.wording import quoted

Place = tuple[str | None, int]
"""Partition and position."""


@dataclass(frozen=True, slots=True)
class Naming:
    """``columns`` of an outbox hold what ``words`` of an event say.

    ``of_source``: not of the event itself, but of the upstream event that it was made out of, as the outbox was.
    """

    words: tuple[str, ...]
    columns: tuple[str, ...]
    of_source: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of an outbox. ``id``: what it says; ``sent``: whether it is marked so."""

    place: Place
    id: str | None
    sent: bool


def naming(box: LogConfig, log: LogConfig, *, copies: bool) -> Naming:
    """How events of a log are found in an outbox. Raises AuditorError where nothing says it.

    ``copies``: rows of the same event at other positions are looked for, too.
    """
    if box.name == log.name:
        return Naming(("id",), (box.id,)) if copies and box.id is not None else Naming(*_placed(log, box.position))
    if box.derived_from == log.name:
        return _by_source(box, log)
    shared = box.derived_from is not None and box.derived_from == log.derived_from
    if shared and box.source_key == log.source_key and log.source is not None:
        named = _by_source(box, log)
        return Naming(named.words, named.columns, of_source=True)
    if box.id is not None and log.id is not None:
        return Naming(("id",), (box.id,))
    text = f"nothing says which row of {quoted(box.name)} is which event of {quoted(log.name)}"
    raise AuditorError(
        f"{text}: they are not the same log, the one is not made out of the other, nor have both an 'id'"
    )


def _by_source(box: LogConfig, log: LogConfig) -> Naming:
    source = box.source or ""
    return Naming(("id",), (source,)) if box.source_key == "id" else Naming(*_placed(box, source, log))


def _placed(box: LogConfig, column: str, log: LogConfig | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    partitioned = (box if log is None else log).partition is not None and box.partition is not None
    return (("partition", "position"), (box.partition or "", column)) if partitioned else (("position",), (column,))


class OutboxRows:
    """Finds the rows of one log's events in one outbox. Opened by :func:`outbox_rows`."""

    def __init__(self, desk: Desk, log: LogConfig, box: LogConfig, relation: Relation, named: Naming) -> None:
        self.box = box
        self.relation = relation
        self._desk, self._log, self._naming = desk, log, named
        self._match = Match(named.words, tuple(self._kind(word) for word in named.words))

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that are read to find a row."""
        named = (self.box.position, self.box.partition, self.box.id, self.box.sent, *self._naming.columns)
        return tuple(dict.fromkeys(column for column in (*named, *self.box.where) if column is not None))

    @property
    def place_columns(self) -> tuple[str, ...]:
        """Those that say where a row is."""
        return (self.box.position,) if self.box.partition is None else (self.box.partition, self.box.position)

    def identities(self, events: Sequence[Event]) -> list[Identity | None]:
        """By what each is found; ``None`` where it lacks that. Asks the consumer's log. Raises StoreError."""
        meant = self._sources(events) if self._naming.of_source else events
        return [None if event is None else find_identity(event, self._match) for event in meant]

    def of(
        self, connection: Connection, events: Sequence[Event], identities: Sequence[Identity | None]
    ) -> list[list[Entry]]:
        """The rows of each event, by position."""
        found: dict[Identity, list[Entry]] = {}
        for identity, entry in self._find(connection, [each for each in identities if each is not None]):
            found.setdefault(identity, []).append(entry)
        pairs = zip(events, identities, strict=True)
        return [[] if one is None else self._mine(event, found.get(one, ())) for event, one in pairs]

    def at(self, places: Iterable[Place]) -> Iterator[Expression]:
        """Conditions for the rows at these places, the lowest first."""
        match = match_by_position(self.box)
        columns = self.place_columns
        ordered = sorted(places, key=lambda place: (place[0] or "", place[1]))
        wanted = [canonical_all(place[-len(columns) :], match.kinds) for place in ordered]
        return conditions(self.relation, columns, match, wanted)

    def place(self) -> tuple[Expression, Expression]:
        """What to select for a row's place."""
        return self._partition(), self.relation.integer(self.box.position)

    def naming(self) -> tuple[Expression, Expression, Expression]:
        """What to select for a row's id, stream and version."""
        box, relation = self.box, self.relation
        id_: Expression = null() if box.id is None else relation.text(box.id)
        stream: Expression = null() if box.stream is None else relation.text(box.stream)
        version: Expression = null() if box.version is None else relation.integer(box.version)
        return id_.label("id"), stream.label("stream"), version.label("version")

    def order(self) -> list[Expression]:
        """What to order by, so that whoever locks rows does it as everybody else does."""
        position = self.relation.integer(self.box.position)
        return [position] if self.box.partition is None else [self._partition(), position]

    def _mine(self, event: Event, entries: Sequence[Entry]) -> list[Entry]:
        """A row of the consumer's own log that says another id is another event."""
        is_own = self.box.name == self._log.name
        mine = [entry for entry in entries if not is_own or _agree(event.id, entry.id)]
        return sorted(mine, key=lambda entry: entry.place[1])

    def _find(self, connection: Connection, identities: Sequence[Identity]) -> Iterator[tuple[Identity, Entry]]:
        wanted, parts = set(identities), len(self._match.words)
        for condition in conditions(self.relation, self._naming.columns, self._match, identities):
            for row in connection.execute(self._entries().where(condition)).all():
                identity, (partition, position, id_, sent) = tuple(row)[:parts], tuple(row)[parts:]
                place = as_integer(position)
                if None in identity or place is None:
                    continue
                known = canonical_all(identity, self._match.kinds)
                if known in wanted:
                    yield known, Entry((partition, place), id_, bool(sent))

    def _entries(self) -> AnySelect:
        relation, box = self.relation, self.box
        pairs = zip(self._naming.columns, self._match.kinds, strict=True)
        raws = [relation.raw(column, kind) for column, kind in pairs]
        id_: Expression = null() if box.id is None else relation.text(box.id)
        sent: Expression = null() if box.sent is None else case((relation.is_unset(box.sent), 0), else_=1)
        told = [*raws, *self.place(), id_, sent]
        return select(*(each.label(f"c{n}") for n, each in enumerate(told))).where(relation.holds(box.where))

    def _partition(self) -> Expression:
        return null() if self.box.partition is None else self.relation.text(self.box.partition)

    def _kind(self, word: str) -> Kind:
        if word != "id":
            return Kind.INTEGER if word == "position" else Kind.TEXT
        ours, theirs = (self._log.source if self._naming.of_source else self._log.id) or "", self._naming.columns[0]
        with self._desk.snapshot(self._log.store) as snapshot:
            kind = joint(snapshot.kind(self._log.table, ours), self.relation.kind(theirs))
        if kind is None:
            text = f"column {theirs!r} of {self.box.table!r} cannot be compared with {ours!r} of {self._log.table!r}"
            raise StoreError(self.box.store, "wrong-type", text)
        return kind

    def _sources(self, events: Sequence[Event]) -> list[Event | None]:
        """The upstream events, as far as their names go, read from the rows of the consumer's log."""
        named = self._log.model_copy(update={"id": self._log.source})
        match = match_by_position(self._log)
        places = [canonical_all(_values(event, match), match.kinds) for event in events]
        with self._desk.snapshot(self._log.store) as snapshot:
            rows = list(snapshot.find_events(named, match, places))
        sources = {(row.partition, row.position): self._source(row.id, row.partition) for row in rows}
        return [sources.get((event.partition, event.position)) for event in events]

    def _source(self, name: str | None, partition: str | None) -> Event:
        if self._naming.words == ("id",):
            return Event(id=name)
        return Event(position=as_integer(name), partition=partition)


def _values(event: Event, match: Match) -> list[object]:
    return [getattr(event, word) for word in match.words]


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or canonical(one, Kind.TEXT) == canonical(other, Kind.TEXT)
