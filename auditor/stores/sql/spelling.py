"""Conditions and values as a person would write them, for statements that somebody pastes into a client."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Text, false, literal

from auditor.config import Condition, IsNull
from auditor.identity import Kind, as_integer, canonical
from auditor.stores.interface.showing import Among, Part
from auditor.stores.sql import lookup
from auditor.stores.sql.relation import Expression, Relation


def conditions(relation: Relation, where: Mapping[str, Condition]) -> list[Expression]:
    """Those of a config, one for each column. They compare columns as they are."""
    return [_condition(relation, name, condition) for name, condition in where.items()]


def _condition(relation: Relation, name: str, condition: Condition) -> Expression:
    column = relation.column(name)
    if isinstance(condition, IsNull):
        return column.is_(None) if condition.is_null else column.is_not(None)
    values = condition if isinstance(condition, tuple) else (condition,)
    left = _plainly(relation, name)
    return _is_one_of(left, [held for value in values for held in _configured(relation, name, value)])


def _plainly(relation: Relation, name: str) -> Expression:
    column = relation.column(name)
    if relation.kind(name) is not Kind.TEXT:
        return column
    return relation.dialect.plainly(column, exact=name in relation.exact_texts)


def _configured(relation: Relation, name: str, value: object) -> list[Expression]:
    """A value of the config in terms of its column; none where the column cannot hold it."""
    column, kind = relation.column(name), relation.kind(name)
    if kind is Kind.TEXT:
        return [literal(str(value).lower() if isinstance(value, bool) else str(value), Text())]
    if kind is Kind.UUID:
        try:
            return [literal(UUID(str(value)), column.type)]
        except ValueError:
            return []
    if isinstance(value, date):
        return [literal(value)]
    return [literal(value, Text()) if isinstance(value, str) else literal(value)]


def same(relation: Relation, name: str, text: str | None) -> Expression:
    """Whether a column holds what it gave as ``text`` before; ``None``: NULL."""
    if text is None:
        return relation.column(name).is_(None)
    return part_of(relation, name, None, text)


def alternatives(relation: Relation, among: Among) -> list[list[Expression]]:
    """Conditions of which all of one list hold for each row that is meant. Of one column there is but one list."""
    if len(among.columns) == 1:
        return [[each] for each in _of_one_column(relation, among)]
    pairs = list(zip(among.columns, among.kinds, strict=True))
    return [
        [part_of(relation, name, kind, part) for (name, kind), part in zip(pairs, parts, strict=True)]
        for parts in among.wanted
    ]


def _of_one_column(relation: Relation, among: Among) -> list[Expression]:
    """All plain values in one list; an interval, and what may be spelt in several ways, for itself."""
    [name], [kind] = among.columns, among.kinds
    plain: list[Expression] = []
    others: list[Expression] = []
    for (part,) in among.wanted:
        if isinstance(part, tuple) and part[0] != part[1]:
            others.append(_between(relation, name, part))
            continue
        spelt = _values(relation, name, kind, part[0] if isinstance(part, tuple) else part)
        if len(spelt) == 1:
            plain += spelt
        elif spelt:
            others.append(_is_one_of(_compared(relation, name, kind), spelt))
    return [*([_is_one_of(_compared(relation, name, kind), plain)] if plain or not others else []), *others]


def part_of(relation: Relation, name: str, kind: Kind | None, part: Part) -> Expression:
    """Whether a column holds one part of what is looked for."""
    if isinstance(part, tuple):
        return _between(relation, name, part)
    return _is_one_of(_compared(relation, name, kind), _values(relation, name, kind, part))


def _between(relation: Relation, name: str, span: tuple[int, int]) -> Expression:
    first, last = (literal(end, BigInteger()) for end in span)
    number = relation.integer(name)
    return number == first if span[0] == span[1] else number.between(first, last)


def _compared(relation: Relation, name: str, kind: Kind | None) -> Expression:
    if kind is Kind.INTEGER:
        return relation.integer(name)
    if relation.kind(name) in (Kind.TIME, Kind.OTHER):
        return relation.text(name)
    return _plainly(relation, name)


def _values(relation: Relation, name: str, kind: Kind | None, part: int | str) -> list[Expression]:
    """What the column may hold for a part, as :mod:`auditor.stores.sql.lookup` looks for it."""
    if isinstance(part, int):
        return [literal(part, BigInteger())]
    held = relation.kind(name)
    if held is Kind.INTEGER:
        number = as_integer(part)
        return [] if number is None else [literal(number, BigInteger())]
    if kind is None and held not in (Kind.UUID, Kind.BYTES):
        return [literal(part, Text())]
    spelt = lookup.spellings(relation, name, canonical(part, Kind.TEXT) if kind is None else part)
    return [relation.dialect.written(value, relation.column(name)) for value in spelt]


def _is_one_of(left: Expression, values: list[Expression]) -> Expression:
    if not values:
        return false()
    return left == values[0] if len(values) == 1 else left.in_(values)
