"""What is read of the streams of a log, and of a state that mirrors them: a row a stream, counted in the database."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, false, func, literal, null, or_, select, true, union_all
from sqlalchemy.sql.selectable import CTE, Subquery

from auditor.config import LogConfig, StateConfig
from auditor.identity import Key, Kind, fold
from auditor.stores.interface import EVERYTHING, Match
from auditor.stores.interface.mirrors import (
    DOUBTFUL,
    IN_STEP,
    LEFT_OUT,
    Beyond,
    Mirrored,
    Mirroring,
    StateRow,
    StreamRow,
)
from auditor.stores.sql.event_rows import EventRows
from auditor.stores.sql.relation import Expression, Relation

Names = Sequence[tuple[int | str, ...]]
Grouped = Select[*tuple[Any, ...]]
_STREAM = ("name", "stream", "head", "eligible", "ended", "wanted", "scattered", "time", "eligible_time")
_ROW = ("name", "stream", "rows", "low", "high", "versions", "changed")


class MirrorReads(EventRows):
    """The reads of streams and their mirrors."""

    def streams(self, log: LogConfig, mirroring: Mirroring) -> Iterator[StreamRow]:
        """Grouped in the database, and sorted there by what every database sorts alike."""
        grouped = self._streams(self._relation(log.table), log, mirroring).subquery()
        for row in self.stream(self._sorted(self._relation(log.table), grouped, mirroring)):
            yield _stream_row(tuple(row), mirroring)

    def find_streams(self, log: LogConfig, mirroring: Mirroring, names: Names) -> Iterator[StreamRow]:
        """By an index on the stream, where there is one."""
        relation = self._relation(log.table)
        for condition in self._matching(relation, log, _by_stream(mirroring), names):
            for row in self.stream(self._streams(relation, log, mirroring).where(condition)):
                yield _stream_row(tuple(row), mirroring)

    def state_rows(self, state: StateConfig, mirroring: Mirroring) -> Iterator[StateRow]:
        """Grouped and sorted likewise: nothing says that a stream has one row only."""
        grouped = self._rows(self._relation(state.table), state, mirroring).subquery()
        for row in self.stream(self._sorted(self._relation(state.table), grouped, mirroring)):
            yield _state_row(tuple(row), mirroring)

    def find_state_rows(self, state: StateConfig, mirroring: Mirroring, names: Names) -> Iterator[StateRow]:
        """By an index on the stream, where there is one."""
        relation = self._relation(state.table)
        for condition in self._matching(relation, state, _by_stream(mirroring), names):
            for row in self.stream(self._rows(relation, state, mirroring).where(condition)):
                yield _state_row(tuple(row), mirroring)

    def nameless_rows(self, state: StateConfig) -> int:
        """Asked only where the column may be NULL."""
        relation = self._relation(state.table)
        if state.stream in relation.required:
            return 0
        statement = select(func.count()).select_from(relation.table)
        nameless = relation.column(state.stream).is_(None)
        return int(self.all(statement.where(nameless, relation.holds(state.where)))[0][0])

    def joins_in_full(self) -> bool:
        """SQLite learnt it late."""
        return self._store.joins_in_full

    def mirrored(self, log: LogConfig, state: StateConfig, mirroring: Mirroring) -> Iterator[Mirrored]:
        """One statement: both sides grouped and joined, the doubtful pairs as they are, the others counted."""
        ours, theirs = self._relation(log.table), self._relation(state.table)
        streams = self._streams(ours, log, mirroring).cte("streams")
        rows = self._rows(theirs, state, mirroring).cte("mirrors")
        same = _same(streams, rows, mirroring, {ours.kind(log.stream or ""), theirs.kind(state.stream)})
        both = streams.outerjoin(rows, same, full=True)
        ours_and_theirs = [streams.c[word].label(f"s_{word}") for word in _STREAM]
        ours_and_theirs += [rows.c[word].label(f"r_{word}") for word in _ROW]
        joined = select(*ours_and_theirs).select_from(both).cte("joined")
        placed = select(_place(joined, mirroring).label("place"), *joined.c).cte("placed")
        place = placed.c.place
        columns = [column for column in placed.c if column is not place]
        doubtful = select(place, literal(1, BigInteger).label("count"), *columns).where(place == DOUBTFUL)
        fine = select(place, func.count(), *(null() for _ in columns)).where(place != DOUBTFUL).group_by(place)
        for found in self.stream(union_all(doubtful, fine)):
            at, count, *values = tuple(found)
            stream, row = tuple(values[: len(_STREAM)]), tuple(values[len(_STREAM) :])
            yield Mirrored(
                int(at),
                int(count),
                None if stream[1] is None else _stream_row(stream, mirroring),
                None if row[1] is None else _state_row(row, mirroring),
            )

    def first_beyond(self, log: LogConfig, mirroring: Mirroring, names: Names, after: int | None) -> Iterator[Beyond]:
        """The lowest place of each stream first, then the events that stand there."""
        relation = self._relation(log.table)
        name, place = _name(relation, log.stream or "", mirroring), self._ordinal(relation, log, mirroring)
        further = true() if after is None else place > after
        eligible = and_(self._changes(relation, log, mirroring), place.is_not(None), further)
        for condition in self._matching(relation, log, _by_stream(mirroring), names):
            lowest = select(name.label("name"), func.min(place).label("place")).where(eligible, condition)
            first = lowest.group_by(name).subquery()
            raw = relation.raw(log.stream or "", mirroring.kind)
            at = and_(name == first.c.name, place == first.c.place)
            events = self._log_rows(relation, log, (raw,), EVERYTHING).add_columns(place.label("place"))
            for row in self.stream(events.join(first, at).where(eligible, condition)):
                event = self._log_row(tuple(row)[:-1], 1, len(log.order))
                yield Beyond(
                    event.raw or (),
                    int(row[-1]),
                    event.position,
                    event.partition,
                    event.id,
                    event.stream,
                    event.version,
                    event.type,
                    event.time,
                )

    def _streams(self, relation: Relation, log: LogConfig, mirroring: Mirroring) -> Grouped:
        """A row a stream, with the columns of ``_STREAM``."""
        name, place = _name(relation, log.stream or "", mirroring), self._ordinal(relation, log, mirroring)
        changes = self._changes(relation, log, mirroring)
        ends = false() if mirroring.ended is None else relation.wanted(log.type, mirroring.ended)
        time = relation.column(log.time) if mirroring.timed and log.time is not None else null()
        return (
            select(
                name.label("name"),
                _text(relation, log.stream or "", mirroring).label("stream"),
                func.max(place).label("head"),
                func.max(case((changes, place))).label("eligible"),
                func.max(case((ends, place))).label("ended"),
                func.count(case((changes, 1))).label("wanted"),
                self._scattered(relation, log).label("scattered"),
                (func.max(time) if mirroring.timed else null()).label("time"),
                (func.max(case((changes, time))) if mirroring.timed else null()).label("eligible_time"),
            )
            .where(relation.column(log.stream or "").is_not(None))
            .group_by(name)
        )

    def _rows(self, relation: Relation, state: StateConfig, mirroring: Mirroring) -> Grouped:
        """A row a stream, with the columns of ``_ROW``."""
        name, counts = _name(relation, state.stream, mirroring), relation.holds(state.where)
        version = null() if state.version is None else relation.integer(state.version)
        changed = null() if state.changed is None else relation.column(state.changed)
        has_version = state.version is not None
        return (
            select(
                name.label("name"),
                _text(relation, state.stream, mirroring).label("stream"),
                func.count(case((counts, 1))).label("rows"),
                (func.min(case((counts, version))) if has_version else null()).label("low"),
                (func.max(case((counts, version))) if has_version else null()).label("high"),
                (func.count(case((counts, version))) if has_version else literal(0, BigInteger)).label("versions"),
                (null() if state.changed is None else func.max(case((counts, changed)))).label("changed"),
            )
            .where(relation.column(state.stream).is_not(None))
            .group_by(name)
        )

    def _sorted(self, relation: Relation, grouped: Subquery, mirroring: Mirroring) -> Grouped:
        by = grouped.c.name if mirroring.kind is Kind.INTEGER else relation.dialect.folded(grouped.c.stream)
        return select(grouped).order_by(by)

    def _ordinal(self, relation: Relation, log: LogConfig, mirroring: Mirroring) -> Expression:
        return relation.integer(log.version or "") if mirroring.by_version else self._position(relation, log)

    def _changes(self, relation: Relation, log: LogConfig, mirroring: Mirroring) -> Expression:
        return and_(relation.holds(log.where), relation.wanted(log.type, mirroring.types))

    def _scattered(self, relation: Relation, log: LogConfig) -> Expression:
        if log.partition is None:
            return literal(0, BigInteger)
        partition = relation.text(log.partition)
        some = func.count(partition)
        several = or_(func.min(partition) != func.max(partition), and_(some > 0, some < func.count()))
        return case((several, 1), else_=0)


def _by_stream(mirroring: Mirroring) -> Match:
    return Match(("stream",), (mirroring.kind,))


def _name(relation: Relation, column: str, mirroring: Mirroring) -> Expression:
    """What is grouped by: equal where the value is the same, and written in the same way."""
    return relation.integer(column) if mirroring.kind is Kind.INTEGER else relation.exact(column)


def _text(relation: Relation, column: str, mirroring: Mirroring) -> Expression:
    """What is grouped by as it is needs no aggregate to be shown."""
    text, is_grouped_by = relation.text(column), mirroring.kind is not Kind.INTEGER and column in relation.exact_texts
    return text if is_grouped_by else func.min(text)


def _same(streams: CTE, rows: CTE, mirroring: Mirroring, kinds: set[Kind]) -> Expression:
    if mirroring.kind is Kind.INTEGER or kinds == {Kind.UUID}:
        by_value: Expression = streams.c.name == rows.c.name
        return by_value
    as_text: Expression = streams.c.stream == rows.c.stream
    return as_text


def _place(joined: CTE, mirroring: Mirroring) -> Expression:
    """What is fine beyond doubt, and why; everything else is looked at."""
    c = joined.c
    has_stream, has_row = c.s_stream.is_not(None), func.coalesce(c.r_rows, 0) > 0
    in_step: Expression = true()
    if mirroring.by_version:
        in_step = and_(
            c.r_versions == c.r_rows,
            c.r_low == c.r_high,
            c.r_high <= c.s_head,
            or_(c.s_eligible.is_(None), c.r_high >= c.s_eligible),
        )
    fine = and_(has_stream, has_row, c.s_scattered == 0, in_step)
    ended = and_(c.s_ended.is_not(None), or_(c.s_eligible.is_(None), c.s_ended >= c.s_eligible))
    needs_none = and_(~has_row, or_(~has_stream, c.s_wanted == 0, ended, c.r_stream.is_not(None)))
    return case((and_(fine, c.s_wanted > 0), IN_STEP), (or_(fine, needs_none), LEFT_OUT), else_=DOUBTFUL)


def _stream_row(values: tuple[Any, ...], mirroring: Mirroring) -> StreamRow:
    name, stream, head, eligible, ended, wanted, scattered, time, eligible_time = values
    key, raw = _named(name, stream, mirroring)
    return StreamRow(
        key,
        raw,
        stream,
        _integer(head),
        _integer(eligible),
        _integer(ended),
        bool(wanted),
        bool(scattered),
        time,
        eligible_time,
    )


def _state_row(values: tuple[Any, ...], mirroring: Mirroring) -> StateRow:
    name, stream, rows, low, high, versions, changed = values
    key, raw = _named(name, stream, mirroring)
    return StateRow(key, raw, stream, rows, _integer(low), _integer(high), versions, changed)


def _named(name: Any, stream: str, mirroring: Mirroring) -> tuple[Key, tuple[int | str, ...]]:
    """By what a stream is sorted, and what it is called."""
    if mirroring.kind is Kind.INTEGER:
        number = (int(name),)
        return number, number
    return (fold(stream),), (stream,)


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)
