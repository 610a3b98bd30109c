"""A log cut into ranges of streams, so that what is asked of each stream can be asked of some at a time.

That costs no more than asking of all at once where an index has all that is asked for, stream by stream; elsewhere
each range would be a look at the whole table. Ranges are as the column orders them, whatever its collation: of two
bounds only the database knows which one comes first, but every stream lies in exactly one range between them.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import literal, select

from auditor.config import LogConfig
from auditor.identity import Kind
from auditor.stores.interface import StreamRange
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.relation import Expression, Relation


class StreamReads(EventRows):
    """The reads of a log by ranges of streams."""

    def ranges_streams(self, log: LogConfig) -> bool:
        """Whether an index begins with the stream, and has the version and whatever ``where`` asks for."""
        if log.stream is None or log.version is None or log.partition is not None:
            return False
        relation = self._relation(log.table)
        needed = {log.stream, log.version, *log.where}
        covering = any(
            index.columns[:1] == (log.stream,) and needed.issubset(index.columns) for index in relation.indexes
        )
        return covering and self._is_bounded(relation, log.stream) and self._needs_no_rows(relation)

    def _is_bounded(self, relation: Relation, name: str) -> bool:
        """Whether a value that was read as text can be given back as a bound."""
        kind = relation.kind(name)
        if self.family() == "sqlite":
            return kind is Kind.TEXT
        return name in relation.exact_texts or kind in (Kind.UUID, Kind.INTEGER)

    def _needs_no_rows(self, relation: Relation) -> bool:
        with self._store.errors():
            return self._store.needs_no_rows(self._connection, relation)

    def stream_cuts(self, log: LogConfig, after: str | None, rows: int, total: int) -> Iterator[str]:
        """By the database's own statistics where it keeps any, else by counting along the index.

        What SQLite keeps as bytes in a column of texts stands beyond all texts, and so does not end where its text
        says: all of it lies beyond the last cut.
        """
        relation, name = self._relation(log.table), log.stream or ""
        known = [str(value) for value in self.quantiles(relation, name)]
        known = known[:: max(1, round(len(known) * rows / max(total, 1)))]
        if known:
            yield from known if after is None else self._beyond(relation, log, after, known)
            return
        stream = relation.column(name)
        while True:
            beyond = in_range(relation, log, StreamRange(after, None))
            statement = select(relation.text(name)).where(stream.is_not(None), *beyond).order_by(stream)
            found = self.all(statement.offset(rows).limit(1))
            cut = str(found[0][0]) if found else None
            if cut is None or cut == after or not self._parts(relation, log, StreamRange(after, cut)):
                return
            yield cut
            after = cut

    def _beyond(self, relation: Relation, log: LogConfig, after: str, known: Sequence[str]) -> Sequence[str]:
        """Without those up to which no stream stands beyond ``after``."""
        for number, cut in enumerate(known):
            if self._parts(relation, log, StreamRange(after, cut)):
                return known[number:]
        return ()

    def _parts(self, relation: Relation, log: LogConfig, between: StreamRange) -> bool:
        """Whether any stream lies there."""
        some = select(1).select_from(relation.table).where(*in_range(relation, log, between))
        return bool(self.all(some.limit(1)))


def in_range(relation: Relation, log: LogConfig, within: StreamRange) -> Iterator[Expression]:
    """Conditions for the streams in a range."""
    name = log.stream or ""
    if within.after is not None:
        yield relation.column(name) > _bound(relation, name, within.after)
    if within.through is not None:
        yield relation.column(name) <= _bound(relation, name, within.through)


def _bound(relation: Relation, name: str, text: str) -> Expression:
    return literal(_key(relation, name, text), relation.column(name).type)


def _key(relation: Relation, name: str, text: str) -> "str | int | UUID":
    kind = relation.kind(name)
    return UUID(text) if kind is Kind.UUID else int(Decimal(text)) if kind is Kind.INTEGER else text
