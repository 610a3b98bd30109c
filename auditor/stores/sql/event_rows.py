"""A row of a log as a statement asks for it, and as everything else reads it."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, case, func, null, select

from auditor.config import LogConfig
from auditor.errors import StoreError
from auditor.identity import Kind, as_integer
from auditor.stores.interface import ELIGIBLE, EXCLUDED, OUTSIDE, LogRow, Match, Wanted
from auditor.stores.sql.reading import AnySelect, Reading, key_of
from auditor.stores.sql.relation import Expression, Relation


class EventRows(Reading):
    """What every read of a log is made of."""

    def _position(self, relation: Relation, log: LogConfig) -> Expression:
        if relation.kind(log.position) not in (Kind.INTEGER, Kind.TEXT):
            kind = relation.kind(log.position)
            text = f"column {log.position!r} of {log.table!r} holds {kind} values; a position must be an integer"
            raise StoreError(self._store.name, "wrong-type", text)
        return relation.integer(log.position)

    def _partition(self, relation: Relation, log: LogConfig) -> Expression:
        return null() if log.partition is None else relation.text(log.partition)

    def _by_partition(self, relation: Relation, log: LogConfig) -> list[Expression]:
        return [] if log.partition is None else [relation.text(log.partition)]

    def _passes(self, relation: Relation, log: LogConfig, wanted: Wanted) -> Expression:
        """Whether a row passes ``where`` and the types; where it stands is another question."""
        types = (relation.wanted(log.type, each) for each in (wanted.types, wanted.also))
        return and_(relation.holds(log.where), *types)

    def _placed(self, relation: Relation, log: LogConfig, match: Match) -> list[Expression]:
        """Conditions for rows that have a position and an identity."""
        identified = self._identified(relation, log, match)
        if "position" in match.words or log.position in relation.required:
            return identified
        return [self._position(relation, log).is_not(None), *identified]

    def _eligible(self, relation: Relation, log: LogConfig, wanted: Wanted) -> Expression:
        """The same, and at or after ``start``."""
        passes = self._passes(relation, log, wanted)
        return passes if wanted.start is None else and_(passes, self._position(relation, log) >= wanted.start)

    def _log_rows(
        self,
        relation: Relation,
        log: LogConfig,
        raws: Sequence[Expression],
        wanted: Wanted,
        *,
        ranked: bool = False,
    ) -> AnySelect:
        position = self._position(relation, log)
        eligible = self._passes(relation, log, wanted)
        scope = case((eligible, ELIGIBLE), else_=EXCLUDED)
        if wanted.start is not None:
            scope = case((position < wanted.start, OUTSIDE), (eligible, ELIGIBLE), else_=EXCLUDED)
        rank: Expression = null()
        if ranked:
            counted = func.sum(case((eligible, 1), else_=0))
            rank = counted.over(partition_by=self._by_partition(relation, log) or None, order_by=position)
        texts = {word: getattr(log, word) for word in ("id", "stream", "type")}
        said = {word: null() if name is None else relation.text(name) for word, name in texts.items()}
        version: Expression = null() if log.version is None else relation.integer(log.version)
        return select(
            *(raw.label(f"raw{n}") for n, raw in enumerate(raws)),
            scope.label("scope"),
            rank.label("rank"),
            position.label("position"),
            self._partition(relation, log).label("partition"),
            said["id"].label("id"),
            said["stream"].label("stream"),
            version.label("version"),
            said["type"].label("type"),
            (null() if log.time is None else relation.column(log.time)).label("time"),
            *(relation.text(name).label(f"order{n}") for n, name in enumerate(log.order)),
        )

    def _log_row(self, row: Sequence[Any], raws: int, orders: int = 0) -> LogRow:
        values = tuple(row)
        raw = values[:raws] if raws and None not in values[:raws] else None
        scope, rank, position, partition, id_, stream, version, type_, time = values[raws : raws + 9]
        order = self._numbers(values[raws + 9 : raws + 9 + orders]) if orders else None
        return LogRow(
            None if raw is None else key_of(raw),
            raw,
            scope,
            0 if rank is None else int(rank),
            None if position is None else int(position),
            partition,
            id_,
            stream,
            None if version is None else int(version),
            type_,
            time,
            order,
        )

    def _numbers(self, values: Iterable[object]) -> tuple[int, ...] | None:
        numbers = tuple(as_integer(value) for value in values)
        return None if None in numbers else tuple(number for number in numbers if number is not None)
