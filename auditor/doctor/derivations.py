"""What is examined of how a derived log follows its upstream: its publisher's cursor, and how both are matched.

It is held against its upstream as a consumer is, so it is examined as one, under its own name.
"""

from collections.abc import Iterator

from auditor.config import LogConfig
from auditor.doctor import columns, contents, indexes, needs, uses
from auditor.doctor.about import About, failed
from auditor.doctor.consumers import contents_of, table_and_columns
from auditor.doctor.indexes import Ward
from auditor.doctor.logs import texts
from auditor.doctor.opened import Guard, Opened
from auditor.doctor.uses import Use
from auditor.gather.derived.follower import follower
from auditor.stores.catalogue import Table
from checks.model.diagnosis import Examined


def examine(
    log: LogConfig, upstream: LogConfig, upstream_side: Opened, side: Opened, guard: Guard
) -> Iterator[Examined]:
    """Every line about a derived log that its own rows do not tell. Its table and columns are there."""
    use = uses.of_publisher(log)
    found: dict[str, tuple[Use, Table]] = {}
    lines = [] if use is None else table_and_columns(use, side, found, guard)
    yield from lines
    if use is not None and not failed(lines):
        yield from contents_of(use, found[use.section][1], side, guard)
    reader = follower(log, upstream)

    def identity(about: About) -> Iterator[Examined]:
        match = columns.matching(reader, upstream, upstream_side.store, side.store).match
        yield columns.matched(about, reader, match)

    section = uses.section("logs", log.name)
    yield from guard(About("log", log.name, "identity"), identity)
    yield from guard(
        About("log", log.name, "types"),
        lambda about: contents.types(about, section, log.types or (), upstream, upstream_side),
    )
    yield from guard(About("log", log.name, "indexes"), lambda _: _index(log, upstream, side))


def _index(log: LogConfig, upstream: LogConfig, side: Opened) -> Iterator[Examined]:
    use, inbox, table = uses.of_log(log), follower(log, upstream).inbox, side.catalogue.table(log.table)
    if inbox is not None and table is not None:
        ward = Ward(use, table, side.catalogue, texts(use, side))
        yield from indexes.examine(ward, needs.of_receipts(use, upstream, inbox))
