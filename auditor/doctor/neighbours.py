"""Whether a table that several consumers share is read as if it were this consumer's alone.

Nothing in a database says that it is shared: a column whose name speaks of consumers and that holds several values is
a strong hint, and no proof, hence a warning. What is missed: a column with another name, or a value that was not seen.
"""

import json
import re
from collections.abc import Iterator

from auditor.config.problems import dotted
from auditor.doctor.uses import Use
from auditor.stores.catalogue import Catalogue, Table, Values
from checks.model.diagnosis import Examined
from checks.wording import listed, quoted

_WORDS = (
    "consumer", "consumergroup", "subscription", "subscriber", "handler", "processor", "projection", "projector",
    "listener", "reader", "reactor", "processmanager", "group", "queue", "endpoint", "service", "application",
)  # fmt: skip
_SPEAKING = re.compile(rf"(event|message)?({'|'.join(_WORDS)})(id|name|key|type|class|group)?")
_MOST_SHOWN = 5


def is_speaking(column: str) -> bool:
    """Whether a column's name says which consumer a row belongs to: ``consumer_id``, ``HandlerName``."""
    return _SPEAKING.fullmatch(re.sub(r"[^a-z]", "", column.lower())) is not None


def examine(use: Use, table: Table, catalogue: Catalogue) -> Iterator[Examined]:
    """A line for each column that looks as if it told consumers apart, and that the config leaves aside."""
    for column in table.columns:
        if is_speaking(column) and column not in use.named() and column not in table.unreadable:
            yield from _judge(use, column, catalogue.values(use.table, column, use.where))


def _judge(use: Use, column: str, values: Values) -> Iterator[Examined]:
    about, seen = use.about("where"), values.seen
    if len(seen) > 1:
        shown = listed([quoted(value) for value in seen], _MOST_SHOWN).replace("; ", ", ")
        what = "of these rows" if use.where else "and no condition tells whose rows count"
        message = f"{use.section}: {quoted(column)} of {quoted(use.table)} has several values ({shown}) {what}"
        yield about.warning(message, _advice(use, column, seen))
    elif seen:
        yield about.fine(f"{use.section}: {quoted(column)} of {quoted(use.table)} has one value, {quoted(seen[0])}")


def _advice(use: Use, column: str, seen: tuple[str, ...]) -> str:
    own = [value for value in seen if value.lower() == use.name.lower()]
    own = own or [value for value in seen if use.name.lower() in value.lower()]
    if len(own) != 1:
        return f"if the table is shared, give {use.section} a where on {quoted(column)} with the value of {use.name}"
    condition = f"where = {{ {dotted((column,))} = {json.dumps(own[0], ensure_ascii=False)} }}"
    return f"if the table is shared, write {condition} in {use.section}"
