"""PostgreSQL's side of what every database's SQL must be able to say. Nothing here runs a statement."""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    FromClause,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIT

from auditor.identity import LOWER, UPPER, Kind
from auditor.moment import EPOCH_UNITS, NANOSECONDS
from auditor.stores.interface import BIGGEST
from auditor.stores.sql.relation import NO_TEXTS, Expression, is_one_of

_NUMBER = r"^\s*[+-]?[0-9]+\s*$"
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")


class PostgresDialect:
    """PostgreSQL's side of :class:`auditor.stores.sql.relation.Dialect`."""

    def as_text(self, column: Expression, kind: Kind) -> Expression:
        """Bytes as hex; everything else by its own cast, which also strips the padding of ``char(n)``."""
        written = func.encode(column, "hex") if kind is Kind.BYTES else cast(column, Text)
        return written.collate("C")

    def as_integer(self, column: Expression, kind: Kind) -> Expression:
        """Text that is no number becomes NULL instead of an error."""
        if kind is Kind.INTEGER:
            return column
        written = cast(column, Text)
        return case((written.regexp_match(_NUMBER), cast(written, Numeric)))

    def is_no_integer(self, column: Expression, kind: Kind) -> Expression | None:
        """Text is looked at digit by digit; fractions, NaN and infinity are no integers either."""
        if isinstance(column.type, Integer):
            return None
        written = cast(column, Text)
        if kind is Kind.TEXT:
            number: Expression = case((written.regexp_match(_NUMBER), cast(written, Numeric)))
            return and_(column.is_not(None), or_(number.is_(None), func.abs(number) > BIGGEST))
        number = cast(column, Numeric)
        return or_(written.in_(_NO_NUMBERS), number != func.trunc(number), func.abs(number) > BIGGEST)

    def folded(self, text: Expression) -> Expression:
        """ASCII letters only: ``lower`` would depend on the database's locale."""
        return func.translate(text, f"{UPPER}-", LOWER).collate("C")

    def as_bigint(self, number: Expression) -> Expression:
        """A column of integers is left alone."""
        return number if isinstance(number.type, Integer) else cast(number, BigInteger)

    def text_number(self, text: Expression) -> Expression:
        """The first 60 bits of the MD5."""
        digits = func.substr(func.md5(text), 1, 15)
        return cast(cast(literal("x", Text).concat(digits), BIT(60)), BigInteger)

    def packed(self, numbers: Expression) -> Expression | None:
        """Eight bytes a number, the highest first: a tenth of the work of as many rows."""
        return func.string_agg(func.int8send(numbers), literal(b"", LargeBinary), type_=LargeBinary)

    def one_of(self, left: Expression, kind: Kind, values: Sequence[object]) -> Expression:
        """As one array where the column's type has one; text of other types is compared as the column's own."""
        if kind is Kind.INTEGER:
            return left == any_(literal(values, ARRAY(BigInteger)))
        if isinstance(left.type, Uuid | Text):
            return left == any_(literal(values, ARRAY(left.type)))
        return is_one_of(left, values)

    def pairs(self, pairs: Sequence[tuple[int, int]]) -> FromClause:
        """Two arrays side by side."""
        lows, highs = (literal([pair[end] for pair in pairs], ARRAY(BigInteger)) for end in (0, 1))
        given = (
            func.unnest(lows, highs).table_valued("low", "high", with_ordinality="nth", name="given").render_derived()
        )
        return select((given.c.nth - 1).label("n"), given.c.low, given.c.high).subquery("pairs")

    def among(self, number: Expression, wanted: Sequence[int]) -> Expression:
        """As one array, however many there are."""
        return number == any_(literal(list(wanted), ARRAY(BigInteger)))

    def plainly(self, column: Expression, *, exact: bool) -> Expression:
        """Of an enumeration, or under a loose collation, its text."""
        return column if exact else self.as_text(column, Kind.TEXT)

    def written(self, value: object, column: Expression) -> Expression:
        """Bytes by their hex digits."""
        return (
            func.decode(literal(value.hex(), Text), "hex") if isinstance(value, bytes) else literal(value, column.type)
        )

    def glob(self, text: Expression, pattern: str) -> Expression:
        """A LIKE under the C collation."""
        escaped = "".join(f"\\{character}" if character in "%_\\" else character for character in pattern)
        return text.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")

    def is_no(self, column: Expression, kind: Kind) -> Expression:
        """Of a boolean false, of a number 0, of text what says the same; any other value of other types says yes."""
        if isinstance(column.type, Boolean):
            return not_(column)
        if kind is Kind.INTEGER:
            return column == 0
        return is_one_of(cast(column, Text), NO_TEXTS, Text()) if kind is Kind.TEXT else false()

    def moment(self, column: Expression, kind: Kind) -> Expression | None:
        """The database's own time where it has one, or numbers by their magnitude. What text says it cannot tell.

        A fraction of what an epoch is counted in is left away, as it is where one is read; ``infinity`` is no time.
        """
        if kind is Kind.TIME and isinstance(column.type, DateTime):
            return case((func.isfinite(column), column))
        if kind is not Kind.INTEGER:
            return None
        number = func.trunc(cast(column, Numeric))
        units = [(func.abs(number) < below, number * each) for below, each in EPOCH_UNITS]
        readable = cast(column, Text).not_in(_NO_NUMBERS)
        return case((readable, case(*units, else_=number / NANOSECONDS)))
