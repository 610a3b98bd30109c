"""What can be shown of a log."""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config import LogConfig
from auditor.identity import Kind, canonical
from auditor.statements.matching import among_of
from auditor.stores.interface import Match, Store
from auditor.stores.interface.showing import Among, Between, Showing, Tallied
from checks.model.event import Event


@dataclass(frozen=True, slots=True)
class LogTable:
    """A log and where it is. ``further``: columns that are shown besides those of the contract's words."""

    log: LogConfig
    store: Store
    further: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What names an event, and what is known of it."""
        log = self.log
        named = (log.partition, log.position, log.id, log.stream, log.version, log.type, log.time, *self.further)
        return tuple(dict.fromkeys(name for name in named if name is not None))

    def at(self, events: Sequence[Event]) -> Showing | None:
        """The rows where these stand; ``None`` where nothing has a position."""
        log, partitions = self.log, {event.partition for event in events}
        placed = [event for event in events if event.position is not None]
        if log.partition is None or len(partitions) == 1:
            places = tuple((event.position,) for event in placed if event.position is not None)
            among = Among((log.position,), (Kind.INTEGER,), places)
            scope = None if log.partition is None else (log.partition, next(iter(partitions)))
        else:
            both = ((event.partition, event.position) for event in placed)
            pairs = tuple((part, at) for part, at in both if part is not None and at is not None)
            among, scope = Among((log.partition, log.position), (None, Kind.INTEGER), pairs), None
        if not among.wanted:
            return None
        return Showing(
            table=log.table, columns=self.columns, among=(among,), partition=scope, order=(log.position,), limit=None
        )

    def within(self, spans: Sequence[Between], partition: str | None, most: int) -> Showing:
        """The first rows in these intervals of positions. Without a partition: of all of them."""
        log = self.log
        among = Among((log.position,), (Kind.INTEGER,), tuple((span,) for span in spans))
        return Showing(
            table=log.table,
            columns=self.columns,
            among=(among,),
            partition=self.scope(partition),
            order=(log.position,),
            limit=most,
        )

    def named(self, among: Among) -> Showing:
        """The rows with these identities, wherever they stand."""
        return Showing(table=self.log.table, columns=self.columns, among=(among,), order=(self.log.position,))

    def matching(self, match: Match | None, events: Sequence[Event]) -> Showing | None:
        """The rows with the identities of these events; ``None`` where they have none."""
        among = among_of(self.log, match, events)
        return None if among is None else self.named(among)

    def end(self, partition: str | None, *, first: bool = False) -> Showing:
        """Its head, or its first row. By the order that its consumers go by."""
        order = (self.log.position,) if first else self.log.order or (self.log.position,)
        return Showing(
            table=self.log.table,
            columns=tuple(dict.fromkeys((*self.columns, *order))),
            partition=self.scope(partition),
            present=order,
            order=order,
            descending=not first,
            limit=1,
        )

    def counted(self, spans: Sequence[Between], partition: str | None) -> Showing:
        """How many rows there are in these intervals of positions."""
        among = Among((self.log.position,), (Kind.INTEGER,), tuple((span,) for span in spans))
        return Showing(table=self.log.table, among=(among,), partition=self.scope(partition), tallied=Tallied())

    def streams(self, kind: Kind | None, names: Sequence[str]) -> Showing | None:
        """Of each of these streams how many events it has, and its first and last version (or position)."""
        log = self.log
        if log.stream is None or not names:
            return None
        wanted = tuple((name if kind is None else canonical(name, kind),) for name in names)
        return Showing(
            table=log.table,
            among=(Among((log.stream,), (kind,), wanted),),
            tallied=Tallied(by=(log.stream,), ends=log.version or log.position),
        )

    def scope(self, partition: str | None) -> tuple[str, str] | None:
        """What keeps a statement to one partition, where one is known."""
        return None if self.log.partition is None or partition is None else (self.log.partition, partition)
