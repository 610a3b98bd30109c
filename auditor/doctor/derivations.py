"""What is examined of a derived log beside its own table: its publisher's cursor, and how it fits to its upstream."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from auditor.config import CursorConfig, LogConfig
from auditor.doctor import columns, contents, grounds, incremental, indexes, needs, uses
from auditor.doctor.about import About, failed
from auditor.doctor.indexes import Ward
from auditor.doctor.logs import table_of, texts
from auditor.doctor.opened import Guard, Opened
from auditor.doctor.uses import Use
from auditor.gather.consumer.matching import Matching
from auditor.gather.derived.follower import follower, inbox_of
from auditor.identity import Kind
from auditor.stores.catalogue import Table
from checks.model.diagnosis import Examined
from checks.wording import quoted


def examine(log: LogConfig, upstream: LogConfig, above: Opened, side: Opened, guard: Guard) -> Iterator[Examined]:
    """Every line about a derived log whose own table is as configured. ``above``: the store of the upstream."""
    matched: list[Matching] = []
    yield from guard(About("log", log.name, "identity"), partial(_identity, log, upstream, above, side, matched))
    types = partial(_types, log, upstream, above)
    yield from guard(About("log", log.name, "types"), types)
    if log.cursor is not None:
        yield from _cursor(log, log.cursor, side, guard)
    yield from guard(About("log", log.name, "indexes"), partial(_index, log, upstream, side, matched))
    if matched:
        ledger = partial(_ledger, log, upstream, matched[0], above, side)
        yield from guard(About("log", log.name, "ledger"), ledger)
    yield from grounds.of_derivation(log, upstream)


def _identity(
    log: LogConfig, upstream: LogConfig, above: Opened, side: Opened, matched: list[Matching], about: About
) -> Iterator[Examined]:
    """How rows name their events is put into ``matched``."""
    consumer = follower(log, upstream)
    matched.append(columns.matching(consumer, upstream, above.store, side.store))
    yield columns.matched(about, consumer, matched[0].match)


def _types(log: LogConfig, upstream: LogConfig, above: Opened, about: About) -> Iterator[Examined]:
    return contents.types(about, log.types, upstream, above, f"types in {uses.section('logs', log.name)}")


def _cursor(log: LogConfig, cursor: CursorConfig, side: Opened, guard: Guard) -> Iterator[Examined]:
    use = uses.of_publisher(log, cursor)
    found: list[Table] = []
    lines = guard(use.about("table"), lambda _: table_of(use, side, found))
    if found and not failed(lines):
        lines += guard(use.about("columns"), lambda _: _cursor_columns(use, side))
    yield from lines
    if found and not failed(lines):
        yield from guard(use.about("where"), lambda _: contents.conditions(use, side.catalogue))
        yield from guard(use.about("cursor"), lambda _: contents.cursor_rows(use, cursor, side.store))


def _cursor_columns(use: Use, side: Opened) -> Iterator[Examined]:
    with side.store.snapshot() as snapshot:
        absent = list(columns.absent(use, snapshot))
        yield from absent
        if not absent:
            yield columns.of_cursor(use, snapshot)


def _index(log: LogConfig, upstream: LogConfig, side: Opened, matched: list[Matching], _: About) -> Iterator[Examined]:
    """On what names the upstream event: by it rows are looked up."""
    use = uses.of_log(log)
    table = side.catalogue.table(log.table)
    if table is None:
        return
    need = needs.of_receipts(use, upstream, inbox_of(log, upstream))
    is_number = any(matching.match.kinds[-1] is Kind.INTEGER for matching in matched)
    need = replace(need, what_for=f"look-ups by {quoted(log.source or '')}", numbers=need.columns if is_number else ())
    yield from indexes.examine(Ward(use, table, side.catalogue, texts(use, side)), need)


def _ledger(
    log: LogConfig, upstream: LogConfig, matching: Matching, above: Opened, side: Opened, about: About
) -> Iterator[Examined]:
    """Whether every run compares all of it."""
    if log.source_key == "position":
        consumer = follower(log, upstream)
        yield from incremental.examine(about, consumer, upstream, matching, above, side)
        return
    message = f"every run compares all of it: {quoted(log.source or '')} names events by id, and not by position"
    yield about.fine(message, 'with source_key = "position" runs leave out what was verified (docs/incremental.md)')
