"""Types of the ledger's columns, the same in every database: exact text, and moments in UTC."""

import json
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

_ESCAPED = "\x1b"
"""What stands before text that is kept as JSON spells it."""


class Exact(TypeDecorator[str]):
    """Text as it is, also where it holds what databases refuse: NUL, or half of a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape the few that need it."""
        if value is None or (value.isascii() and value.isprintable()):
            return value
        awkward = "\0" in value or value.startswith(_ESCAPED) or any("\ud800" <= each <= "\udfff" for each in value)
        return f"{_ESCAPED}{json.dumps(value)}" if awkward else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it was."""
        if value is None or not value.startswith(_ESCAPED):
            return value
        return str(json.loads(value[1:]))


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept and given in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps no zone. A naive moment is taken to be UTC."""
        if value is None:
            return None
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.replace(tzinfo=None) if dialect.name == "sqlite" else aware

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Number = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits. SQLite counts rows up by itself only where it reads INTEGER."""
