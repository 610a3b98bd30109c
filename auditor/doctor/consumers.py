"""What is examined of a consumer, in which order: its tables, then how they fit to its log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from auditor.config import ConsumerConfig, CursorConfig, InboxConfig, LogConfig, ParkedConfig
from auditor.doctor import columns, contents, grounds, incremental, indexes, needs, neighbours, statistics, uses
from auditor.doctor.about import About, Topic, failed
from auditor.doctor.indexes import Ward
from auditor.doctor.logs import table_of, texts
from auditor.doctor.opened import Guard, Opened
from auditor.doctor.uses import Use
from auditor.gather.columns import expect_inbox
from auditor.gather.consumer.matching import Matching
from auditor.identity import Kind
from auditor.stores.catalogue import Table
from checks.model.diagnosis import Examined


def examine(
    consumer: ConsumerConfig, log: LogConfig, log_side: Opened, side: Opened, guard: Guard
) -> Iterator[Examined]:
    """Every line about a consumer of ``log``."""
    found: dict[str, tuple[Use, Table]] = {}
    lines = [line for use in uses.of_consumer(consumer) for line in _table(use, side, found, guard)]
    yield from lines
    matched: list[Matching] = []
    if not failed(lines):
        for topic, work in _fit(consumer, log, log_side, side, matched).items():
            yield from guard(About("consumer", consumer.name, topic), work)
        for use, table in found.values():
            yield from _contents(use, table, side, guard)
            yield from guard(use.about("indexes"), partial(_indexes, use, table, log, side, matched))
        if matched:
            work = partial(
                incremental.examine,
                consumer=consumer,
                log=log,
                matching=matched[0],
                log_side=log_side,
                side=side,
            )
            yield from guard(About("consumer", consumer.name, "ledger"), work)
    yield from guard(About("consumer", consumer.name, "checks"), partial(_grounds, consumer, log, side, matched))


def _table(use: Use, side: Opened, found: dict[str, tuple[Use, Table]], guard: Guard) -> list[Examined]:
    tables: list[Table] = []
    lines = guard(use.about("table"), lambda _: table_of(use, side, tables))
    if tables and not failed(lines):
        found[use.section] = (use, tables[0])
        lines += guard(use.about("columns"), lambda _: _columns(use, side))
    return lines


def _columns(use: Use, side: Opened) -> Iterator[Examined]:
    with side.store.snapshot() as snapshot:
        absent = list(columns.absent(use, snapshot))
        yield from absent
        if absent:
            return
        if isinstance(use.config, InboxConfig):
            expect_inbox(snapshot, use.config, use.store)
        yield columns.of_cursor(use, snapshot) if use.kind == "cursor" else columns.readable(use)


def _fit(
    consumer: ConsumerConfig, log: LogConfig, log_side: Opened, side: Opened, matched: list[Matching]
) -> Mapping[Topic, Callable[[About], Iterable[Examined]]]:
    """How a consumer fits to its log, by topic. What is found out about the identity is put into ``matched``."""

    def identity(about: About) -> Iterator[Examined]:
        matching = columns.matching(consumer, log, log_side.store, side.store)
        matched.append(matching)
        yield columns.matched(about, consumer, matching.match)

    def types(about: About) -> Iterator[Examined]:
        return contents.types(
            about, consumer.types, log, log_side, f"types in {uses.section('consumers', consumer.name)}"
        )

    return {"identity": identity, "types": types}


def _contents(use: Use, table: Table, side: Opened, guard: Guard) -> Iterator[Examined]:
    yield from guard(use.about("where"), lambda _: contents.conditions(use, side.catalogue))
    yield from guard(use.about("where"), lambda _: neighbours.examine(use, table, side.catalogue))
    if isinstance(use.config, CursorConfig):
        cursor = use.config
        yield from guard(use.about("cursor"), lambda _: contents.cursor_rows(use, cursor, side.store))


def _indexes(
    use: Use, table: Table, log: LogConfig, side: Opened, matched: Sequence[Matching], _: About
) -> Iterator[Examined]:
    ward = Ward(use, table, side.catalogue, texts(use, side))
    if isinstance(use.config, InboxConfig | ParkedConfig):
        need = needs.of_receipts(use, log, use.config)
        by_number = any(matching.match.kinds == (Kind.INTEGER,) for matching in matched)
        yield from indexes.examine(ward, replace(need, numbers=need.columns) if by_number else need)
    yield from indexes.invalid(ward)
    yield from statistics.examine(ward)


def _grounds(
    consumer: ConsumerConfig, log: LogConfig, side: Opened, matched: Sequence[Matching], _: About
) -> Iterator[Examined]:
    """Without a matching, what depends on it is taken to be there: why it is not has been told."""
    shared = [word for word, _ in matched[0].shared] if matched else ["?"]
    inbox, timed = consumer.inbox, not matched
    if matched and inbox is not None and inbox.received is not None:
        with side.store.snapshot() as snapshot:
            timed = snapshot.kind(inbox.table, inbox.received) is not Kind.INTEGER
    yield from grounds.of_consumer(consumer, log, shared, timed=timed)
