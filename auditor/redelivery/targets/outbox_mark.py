"""What the column that marks an outbox's rows as sent holds in a row that was not sent.

The relay looks for what a new row holds, and NULL, false and 0 are not the same to it: a column of numbers may be a
flag, and then it is 0, or a time, and then it is NULL. Its default says which.
"""

from sqlalchemy.types import Boolean

from auditor.errors import AuditorError
from auditor.identity import Kind
from auditor.redelivery.targets.database import Field
from auditor.redelivery.targets.outbox_rows import OutboxRows
from auditor.stores.sql.relation import NO_TEXTS

WAITING = "is waiting to be sent already"
_NO = {Kind.INTEGER: 0, Kind.TEXT: ""}


def unsent_mark(field: Field, rows: OutboxRows) -> object:
    """A boolean: false. Others: the default where that says no, else NULL, else what says no in the column's type.

    Raises AuditorError where a row cannot say that it was not sent.
    """
    name = rows.box.sent or ""
    kind = rows.relation.kind(name)
    if isinstance(field.type, Boolean):
        return False
    default = _literal(field.default)
    if kind in _NO and default in NO_TEXTS:
        return 0 if kind is Kind.INTEGER else default
    if field.nullable:
        return None
    if kind not in _NO:
        text = f"column {name!r} of {rows.box.table!r} is never NULL: no row there can be marked unsent"
        raise AuditorError(f'{text} (mode = "insert" adds rows)')
    return _NO[kind]


def _literal(default: str | None) -> str | None:
    """What a default says where it is a plain value: ``'0'::text``, ``(0)``.

    >>> _literal("('0'::text)"), _literal("0"), _literal("''"), _literal("now()"), _literal(None)
    ('0', '0', '', 'now()', None)
    """
    if default is None:
        return None
    bare = default.removeprefix("(").removesuffix(")") if default.startswith("(") else default
    return bare.partition("::")[0].strip("'")
