"""Finding rows by identity, with conditions that an index can serve.

A column of text is compared bare, not folded, so a uuid in it is looked for in the ways in which programs write one:
with dashes or without, in small letters or capitals, or as its bytes. Rows found so may still be others (a column may
ignore case): whoever asks compares identities.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from uuid import UUID

from sqlalchemy import tuple_

from auditor.identity import Kind, canonical, fold
from auditor.stores.interface import BIGGEST, Identity, Match
from auditor.stores.sql.relation import Expression, Relation

AT_ONCE = 4_000
"""Combinations of values in one statement: databases bound the number of parameters."""
_HEX_DIGITS_OF_A_UUID = 32


def conditions(
    relation: Relation, names: Sequence[str], match: Match, identities: Sequence[Identity]
) -> Iterator[Expression]:
    """Conditions that together hold for every row with one of the identities."""
    wanted = [
        values
        for identity in identities
        for values in product(*(spellings(relation, n, part) for n, part in zip(names, identity, strict=True)))
    ]
    lefts = [_left(relation, name, kind) for name, kind in zip(names, match.kinds, strict=True)]
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        if len(lefts) > 1:
            yield tuple_(*lefts).in_(some)
        else:
            kind = Kind.INTEGER if match.kinds[0] is Kind.INTEGER else relation.kind(names[0])
            yield relation.dialect.one_of(lefts[0], kind, [value for (value,) in some])


def as_read(relation: Relation, name: str, texts: Sequence[str]) -> Expression:
    """Whether a column holds one of ``texts``, which the same column gave as text."""
    if relation.kind(name) not in (Kind.INTEGER, Kind.UUID, Kind.TEXT, Kind.BYTES):
        return relation.text(name).in_(texts)
    values = [value for text in texts for value in (text, *spellings(relation, name, canonical(text, Kind.TEXT)))]
    native = relation.kind(name) in (Kind.UUID, Kind.BYTES)
    held = [value for value in values if not (native and isinstance(value, str))]
    return relation.dialect.one_of(relation.column(name), relation.kind(name), held)


def _left(relation: Relation, name: str, kind: Kind) -> Expression:
    return relation.integer(name) if kind is Kind.INTEGER else relation.column(name)


def spellings(relation: Relation, name: str, part: int | str) -> Sequence[object]:
    """What the column may hold for one component of an identity; nothing where it cannot hold it."""
    if isinstance(part, int):
        return [part] if abs(part) <= BIGGEST else []
    kind, is_uuid = relation.kind(name), _is_uuid(part)
    if kind is Kind.UUID:
        return [UUID(part)] if is_uuid else []
    if kind is Kind.BYTES:
        return [bytes.fromhex(part)] if _is_hex(part) else []
    if kind is not Kind.TEXT:
        return []
    if not is_uuid:
        return [part]
    dashed = str(UUID(part))
    return [dashed, part, dashed.upper(), part.upper()]


def _is_uuid(part: str) -> bool:
    return len(part) == _HEX_DIGITS_OF_A_UUID and fold(part) == part and _is_hex(part)


def _is_hex(part: str) -> bool:
    try:
        return bytes.fromhex(part) is not None
    except ValueError:
        return False
