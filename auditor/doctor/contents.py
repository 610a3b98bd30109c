"""Whether what a config selects selects anything: types, conditions, the rows of a cursor.

A misspelt type or condition selects nothing, and an audit of nothing finds nothing. That a table has no such row yet
is no fault, so these are warnings; several rows of a cursor are a failure, since an audit cannot tell which one counts.
"""

import fnmatch
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from auditor.config import CursorConfig, LogConfig
from auditor.doctor.about import About
from auditor.doctor.opened import Opened
from auditor.doctor.uses import Use
from auditor.errors import StoreError
from auditor.stores.catalogue import Catalogue, Values
from auditor.stores.interface import Store
from checks.model.diagnosis import Examined
from checks.wording import counted, listed, quoted

_MOST_SHOWN = 5


def conditions(use: Use, catalogue: Catalogue) -> Iterator[Examined]:
    """Whether any row passes ``where``."""
    about = use.about("where")
    if not use.where:
        return
    if catalogue.has_row(use.table, use.where):
        yield about.fine(f"{use.section}: rows of {quoted(use.table)} pass where")
        return
    if not catalogue.has_row(use.table, {}):
        yield about.fine(f"{use.section}: {quoted(use.table)} has no rows yet")
        return
    seen = [f"{column}: {_shown(catalogue.values(use.table, column, {}))}" for column in use.where]
    message = f"{use.section}: no row of {quoted(use.table)} passes where (seen in {'; '.join(seen)})"
    yield about.warning(message, f"correct where in {use.section}, unless such rows are yet to come")


def types(about: About, globs: Sequence[str] | None, log: LogConfig, opened: Opened, key: str) -> Iterator[Examined]:
    """Whether events of each configured type exist: by the common types first, then by a look at the log.

    ``opened``: the log's store. ``key``: which key says so, in which section.
    """
    if not globs or log.type is None:
        return
    common = opened.catalogue.values(log.table, log.type, {})
    rare = [glob for glob in globs if not any(_matches(glob, type_) for type_ in common.seen)]
    try:
        absent = _absent(opened.store, log, rare)
    except StoreError as error:
        if error.reason != "timeout":
            raise
        names = ", ".join(quoted(glob) for glob in rare)
        message = (
            f"no common type of {log.name} matches {names}; looking for rare ones takes longer than a doctor waits"
        )
        yield about.unknown(message, f"compare them with the types of the log (seen: {_shown(common)})")
        return
    for glob in absent:
        message = f"no event of {log.name} has a type that matches {quoted(glob)} (seen: {_shown(common)})"
        yield about.warning(message, f"correct {key}, unless it is yet to come")
    if not absent:
        yield about.fine(f"events of {counted(len(globs), 'configured type')} are there")


def _absent(store: Store, log: LogConfig, globs: Sequence[str]) -> Sequence[str]:
    if not globs:
        return ()
    with store.snapshot() as snapshot:
        return snapshot.unmatched_types(log, globs)


def _matches(glob: str, type_: str) -> bool:
    """``*`` and ``?`` only: what is a class of characters elsewhere is none here."""
    return re.fullmatch(fnmatch.translate(glob.replace("[", "[[]")), type_) is not None


def cursor_rows(use: Use, cursor: CursorConfig, store: Store) -> Iterator[Examined]:
    """Whether the cursor's rows can be told apart."""
    about, whose = use.about("cursor"), "the consumer's" if use.of == "consumer" else "its publisher's"
    with store.snapshot() as snapshot:
        rows = list(islice(snapshot.cursors(cursor), 2))
    if not rows:
        message = f"{use.section}: no row of {quoted(use.table)} is {whose}"
        yield about.warning(message, "nothing to do if it has not begun yet; else correct the table or where")
    elif len(rows) == 1 or cursor.partition is not None or cursor.stream is not None:
        yield about.fine(f"{use.section}: {whose} cursor is there")
    else:
        message = f"{use.section}: several rows of {quoted(use.table)} are the cursor, and nothing tells which counts"
        yield about.failure(message, f"give {use.section} a where that leaves one row, or partition, or stream")


def _shown(values: Values) -> str:
    shown = listed([quoted(value) for value in values.seen], _MOST_SHOWN).replace("; ", ", ")
    return shown or "nothing"
