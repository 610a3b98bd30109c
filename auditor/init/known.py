"""What presets know of a database's tables: their logs and cursors are sure, and nothing else is guessed of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.identity import as_integer
from auditor.init import words
from auditor.init.looks import Looks
from auditor.init.proposals import CursorProposal, InboxProposal, LogProposal, Sureness
from auditor.presets import recognise
from auditor.presets.layout import CursorLayout
from auditor.presets.recognition import Recognised
from auditor.stores.introspection import TableInfo, Value

_ROWS_AT_MOST = 5_000


@dataclass(slots=True)
class Known:
    """What was recognised. ``tables`` (store, name) are not to be guessed about any more."""

    logs: list[LogProposal] = field(default_factory=list)
    cursors: list[CursorProposal] = field(default_factory=list)
    inboxes: list[InboxProposal] = field(default_factory=list)
    tables: set[tuple[str, str]] = field(default_factory=set)


def known_among(tables: Sequence[TableInfo], kinds: Mapping[str, str], looks: Looks) -> Known:
    """The logs and cursors of known systems. ``kinds``: of the stores, by name."""
    known = Known()
    found = list(_recognised(tables, kinds))
    for table, application in ((by_name[one.event_table], one) for one, by_name in found if one.event_table):
        known.logs.append(_log(table, application))
        known.tables.add((table.store, table.name))
    for one, by_name in found:
        if one.tracking_table is not None and one.layout.cursor is not None:
            table = by_name[one.tracking_table]
            known.tables.add((table.store, table.name))
            _add_followers(known, table, one, one.layout.cursor, looks)
    return known


def _recognised(
    tables: Sequence[TableInfo], kinds: Mapping[str, str]
) -> Iterator[tuple[Recognised, Mapping[str, TableInfo]]]:
    for store, kind in kinds.items():
        here = {table.name: table for table in tables if table.store == store}
        columns = {name: [column.name for column in table.columns] for name, table in here.items()}
        for one in recognise(columns, kind):
            yield one, here


def _log(table: TableInfo, one: Recognised) -> LogProposal:
    keys = one.layout.log.keys

    def column(word: str) -> str | None:
        return str(keys[word]) if word in keys else None

    return LogProposal(
        name=words.slug(one.application or table.store),
        table=table,
        sureness=Sureness.SURE,
        reasons=(f"the layout of {one.variant}",),
        position=str(keys["position"]),
        partition=column("partition"),
        id=column("id"),
        stream=column("stream"),
        version=column("version"),
        first_version=int(keys.get("first_version", 1)),
        type=column("type"),
        time=column("time"),
        by_key=True,
        application=one.application,
        preset=one.log_keys,
    )


def _add_followers(known: Known, table: TableInfo, one: Recognised, layout: CursorLayout, looks: Looks) -> None:
    position = str(layout.keys["position"])
    rows = looks.sampler(table.store).rows(table.name, [layout.subscription, position], limit=_ROWS_AT_MOST)
    by_name: dict[str, list[int]] = defaultdict(list)
    for name, value in rows:
        if name is not None:
            by_name[str(name)].append(_number(value))
    for name, values in sorted(by_name.items()):
        logs = _upstream(name, table.store, known.logs)
        if name in one.no_consumers or not logs or "${" in name:
            continue
        if layout.row_an_event is not None and len(values) > 1:
            known.inboxes.append(_inbox(table, one, layout.subscription, name, position, logs[0]))
        else:
            known.cursors.append(_cursor(table, one, name, position, values, logs))


def _number(value: Value) -> int:
    return as_integer(value) or 0


def _upstream(name: str, store: str, logs: Sequence[LogProposal]) -> tuple[LogProposal, ...]:
    """The logs that a subscription of that name may be to.

    Those of that application; else, of those without a name, the one in a store of that name, or whatever is not the
    follower's own.
    """
    called = [log for log in logs if log.application and log.application.lower() == name.lower()]
    unnamed = [log for log in logs if log.application == ""]
    kept = [log for log in unnamed if log.table.store.lower() == name.lower()]
    others = [log for log in unnamed if log.table.store != store]
    return tuple(next((some for some in (called, kept, others) if len(some) == 1), called or unnamed))


def _cursor(
    table: TableInfo, one: Recognised, name: str, position: str, values: Sequence[int], logs: Sequence[LogProposal]
) -> CursorProposal:
    alone = len(logs) == 1
    return CursorProposal(
        table=table,
        sureness=Sureness.SURE if alone else Sureness.UNSURE,
        reasons=(f"the layout of {one.variant}", f"it stands at {max(values)}"),
        position=position,
        values=tuple(values),
        label=one.application or None,
        logs=tuple(log.name for log in logs),
        subscription=name,
        preset=one.cursor_keys,
    )


def _inbox(
    table: TableInfo, one: Recognised, subscription: str, name: str, position: str, log: LogProposal
) -> InboxProposal:
    return InboxProposal(
        table=table,
        log=log.name,
        sureness=Sureness.SURE,
        reasons=(f"the layout of {one.variant}", "it keeps a row for each event that was processed"),
        label=one.application or None,
        shared=subscription,
        consumer=name,
        columns={"position": position},
    )
