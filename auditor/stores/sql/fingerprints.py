"""A row's fingerprint as a SQL expression: see :mod:`auditor.compare.recipe` for what it is and why.

Two families. *Native*: PostgreSQL's own seeded hash functions, where both sides are PostgreSQL; as fast as counting.
*Portable*: what every database computes to the same 62 bits. A single number is squared modulo two primes after a
random linear step (sums of a linear function would collide as sums of the numbers do; all products stay below 2^63,
since SQLite turns an overflow into a floating-point number without a word). Anything else goes through MD5, which is
no secret here, only a good mixer that PostgreSQL has and Python can lend to SQLite.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from sqlalchemy import BigInteger, Integer, Text, case, cast, func, literal

from auditor.compare.recipe import Form, Part, Recipe
from auditor.identity import BARE_UUID_LENGTH, DASHED_UUID_LENGTH
from auditor.stores.sql.relation import Expression, Relation

PRIMES = (
    2147483647, 2147483629, 2147483587, 2147483579, 2147483563,
    2147483549, 2147483543, 2147483497, 2147483489, 2147483477,
)  # fmt: skip
"""The largest below 2^31."""
_HALF = 31
_SUMMED_BITS = 2**36 - 1
"""Of a hashed text, of which each look costs another MD5: a hundred million times 36 bits stay below 2^63."""
_UPPER_HALF, _OF_UPPER_HALVES = 32, 2**16
"""Of a number of 64 bits; and what its salt is away from that of the whole, further than there are words."""
_NOTHING = 2**61 - 1
"""What a NULL counts as beside other words."""


class Fingerprint(NamedTuple):
    """A row's fingerprint, ``whole``, and in ``summands`` of which a database can sum many without an overflow."""

    whole: Expression
    summands: tuple[Expression, ...]


def fingerprint(relation: Relation, names: Mapping[str, str], recipe: Recipe, done: Expression | None) -> Fingerprint:
    """The fingerprint of a row. ``names``: the column of each word. ``done``: 1 where a row counts as processed."""
    parts = (*recipe.identity, *recipe.shared)
    if recipe.native:
        hashed = _native(relation, names, parts, recipe.salt, done)
        return Fingerprint(hashed, (hashed,))  # PostgreSQL's sums of 64 bits have no bound
    [first, *others] = parts
    if not others and done is None and first.form is Form.INTEGER:
        return _squared(_integer(relation, names[first.word]), Random(recipe.salt))  # noqa: S311 (spreads numbers, hides none)
    texts = [_text(relation, names[part.word], part) for part in parts]
    if done is not None:
        texts.append(cast(done, Text))
    number = relation.dialect.text_number(_spelled(str(recipe.salt), texts))
    return Fingerprint(number, (number.bitwise_and(_bigint(_SUMMED_BITS)),))


def bucket(fingerprint: Expression, buckets: int) -> Expression:
    """One of ``buckets`` (a power of two) numbers from 0, by bits that are as good as any other."""
    return fingerprint.bitwise_rshift(literal(20, Integer)).bitwise_and(_bigint(buckets - 1))


def _native(
    relation: Relation, names: Mapping[str, str], parts: Sequence[Part], salt: int, done: Expression | None
) -> Expression:
    """Words are hashed one by one, each with a salt of its own, then all together: no two rows trade their words."""
    hashes = []
    for nth, part in enumerate(parts):
        hashed = _native_hash(relation, names[part.word], part, salt + nth)
        hashes.append(hashed if names[part.word] in relation.required else func.coalesce(hashed, _bigint(_NOTHING)))
    if done is not None:
        hashes.append(_native_number(cast(done, BigInteger), salt + len(hashes)))
    mixed = hashes[0]
    for hashed in hashes[1:]:
        mixed = mixed.bitwise_xor(hashed)
    return mixed if len(hashes) == 1 else _native_number(mixed, salt)


def _native_hash(relation: Relation, name: str, part: Part, salt: int) -> Expression:
    match part.form:
        case Form.INTEGER if part.small:
            return func.hashint8extended(_integer(relation, name), _bigint(salt))
        case Form.INTEGER:
            return _native_number(_integer(relation, name), salt)
        case Form.UUID:
            return func.uuid_hash_extended(relation.column(name), _bigint(salt))
        case Form.TEXT:
            return func.hashtextextended(relation.text(name), _bigint(salt))
        case Form.HEX:
            return func.hashtextextended(_hex(relation, name), _bigint(salt))


def _native_number(number: Expression, salt: int) -> Expression:
    """PostgreSQL's hash begins by mixing the upper half of a number into its lower one, so the upper is hashed, too.

    By itself it would take ``2^32 + 2`` and ``2^33 + 1`` for one number under every salt. That of a narrower column is
    0 or -1, and its hash a constant: a number has one hash, however wide the column that holds it is, or comes to be.
    """
    hashed, upper_salt = func.hashint8extended(number, _bigint(salt)), _bigint(salt + _OF_UPPER_HALVES)
    if isinstance(number.type, Integer) and not isinstance(number.type, BigInteger):
        negative, other = (func.hashint8extended(_bigint(upper), upper_salt) for upper in (-1, 0))
        return hashed.bitwise_xor(case((number < literal(0, Integer), negative), else_=other))
    upper = number.bitwise_rshift(literal(_UPPER_HALF, Integer))
    return hashed.bitwise_xor(func.hashint8extended(upper, upper_salt))


def _squared(number: Expression, chance: Random) -> Fingerprint:
    halves = []
    for _ in range(2):
        inner, outer = chance.sample(PRIMES, 2)
        halves.append(_squared_half(number, inner, outer, chance))
    return Fingerprint(halves[0] * _bigint(2**_HALF) + halves[1], tuple(halves))


def _squared_half(number: Expression, inner: int, outer: int, chance: Random) -> Expression:
    factor, offset = chance.randrange(2**29, 2**_HALF), chance.randrange(2**_HALF)
    mixed = ((number % _bigint(inner)) * _bigint(factor) + _bigint(offset)) % _bigint(inner)
    return (mixed * mixed) % _bigint(outer)


def _spelled(salt: str, texts: Sequence[Expression]) -> Expression:
    """One text for all words, each led by its length: ``a1`` and ``2`` are not ``a`` and ``12``."""
    whole: Expression = literal(f"{salt}|", Text)
    for written in texts:
        led = cast(func.length(written), Text).concat(":").concat(written)
        whole = whole.concat(func.coalesce(led, "-"))
    return whole


def _text(relation: Relation, name: str, part: Part) -> Expression:
    if part.form is Form.INTEGER:
        return cast(_integer(relation, name), Text)
    return _hex(relation, name) if part.form in (Form.HEX, Form.UUID) else relation.text(name)


def _integer(relation: Relation, name: str) -> Expression:
    return relation.dialect.as_bigint(relation.integer(name))


def _hex(relation: Relation, name: str) -> Expression:
    """As :func:`auditor.identity.canonical` writes it, but for the look at every digit."""
    text = relation.text(name)
    may_be_uuid = func.length(text).in_((BARE_UUID_LENGTH, DASHED_UUID_LENGTH))
    return case((may_be_uuid, relation.dialect.folded(text)), else_=text)


def _bigint(number: int) -> Expression:
    return literal(number, BigInteger)
