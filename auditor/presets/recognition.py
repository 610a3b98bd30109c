"""Which known systems a database's tables belong to, by their names and columns alone.

It proposes: a table of other making may have the same name and columns. Rows are not looked at, so who the consumers
of a tracking table are is left to whoever may read them (:attr:`Recognised.subscription`, without ``no_consumers``).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from auditor.presets.layout import Layout, Preset, TableLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """One application of a known system in a database. Tables are named as they were given, schema included.

    ``application``: its name as its tables have it, often in lower case only; ``""`` for one without a name. A mere
    producer has no tracking table, a mere follower no event table; at least one is there.
    """

    preset: Preset
    layout: Layout
    application: str
    event_table: str | None
    tracking_table: str | None

    @property
    def variant(self) -> str:
        """What was found, for people: ``eventsourcing on PostgreSQL``."""
        return f"{self.preset.name} on {self.layout.name}"

    @property
    def log_keys(self) -> Mapping[str, str]:
        """The keys of ``[logs.…]`` to write, beside ``store``; empty without an event table."""
        if self.event_table is None:
            return {}
        table = {} if self.event_table == self.layout.log.table else {"table": self.event_table}
        return {"preset": self.preset.name} | table

    @property
    def cursor_keys(self) -> Mapping[str, str]:
        """The keys of ``[consumers.….cursor]`` to write, beside ``subscription``; often none."""
        cursor = self.layout.cursor
        if cursor is None or self.tracking_table is None or self.tracking_table == cursor.table:
            return {}
        return {"table": self.tracking_table}

    @property
    def subscription(self) -> str | None:
        """The column of the tracking table whose values are subscriptions, for ``subscription = "…"``."""
        return self.layout.cursor.subscription if self.layout.cursor and self.tracking_table else None

    @property
    def no_consumers(self) -> frozenset[str]:
        """Values of that column which are no subscriptions."""
        return frozenset(self.layout.cursor.no_consumers if self.layout.cursor else ())


def recognised(presets: Collection[Preset], tables: Mapping[str, Collection[str]], kind: str) -> Iterator[Recognised]:
    """Every application that a preset recognises, by preset, schema and name. See :func:`auditor.presets.recognise`."""
    for preset in presets:
        layout = preset.layout(kind)
        if layout is not None:
            yield from _applications(preset, layout, tables)


def _applications(preset: Preset, layout: Layout, tables: Mapping[str, Collection[str]]) -> Iterator[Recognised]:
    events = _found(layout.log, tables)
    tracking = {} if layout.cursor is None else _found(layout.cursor, tables)
    for owner in sorted(events.keys() | tracking.keys()):
        yield Recognised(
            preset=preset,
            layout=layout,
            application=owner[1],
            event_table=events.get(owner),
            tracking_table=tracking.get(owner),
        )


def _found(layout: TableLayout, tables: Mapping[str, Collection[str]]) -> dict[tuple[str, str], str]:
    """The tables of that layout, by schema and application."""
    found = {}
    for name, columns in tables.items():
        schema, _, bare = name.rpartition(".")
        application = layout.application(bare)
        if application is not None and layout.has(frozenset(columns)):
            found[schema, application] = name
    return found
