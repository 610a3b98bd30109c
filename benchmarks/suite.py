"""Which cases are measured, in which order, and what is hoped of them."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import postgres, sqlite
from benchmarks.again import Again
from benchmarks.cases import Case
from benchmarks.data import Databases, Inbox, few_missing, nothing, paid_missing, percent_missing
from benchmarks.measure import measured
from benchmarks.table import Line, Table
from tests.postgres import Server

POSITION = (("position", "position"),)
ID = (("id", "event_id"),)
RECEIVED = (("received", "received_at"),)

MOST_OF_FLOOR = 3
LEAST_FASTER = 4
MOST_OF_FEW = 4
MOST_MB = 200
MOST_GROWTH = 1.2
MOST_SECONDS_OF_HELP = 0.25
MOST_SECONDS_OF_NOTHING = 0.8
NEW = 10_000
MOST_SECONDS_OF_NEXT = 0.8
MOST_TIMES_OF_NEXT = 1.3


@dataclass(frozen=True, slots=True)
class Suite:
    """``events`` of the main comparison; others take a fifth of it, and ``full`` also twice as many."""

    events: int
    runs: int
    reladiff: bool
    full: bool
    table: Table

    def run(self) -> None:
        """Measure everything, and print it. Raises WrongError where an audit did not find what was left out."""
        with postgres.server() as server:
            self._start_up(server)
            few = self._main(server)
            small = self._small(server)
            self._slow(server)
            large = self._large(server) if self.full else few
            self._memory(small, large)
            self._again(server)
        self.table.end()

    def _start_up(self, server: Server) -> None:
        self.table.section("starting")
        with tempfile.TemporaryDirectory() as folder:
            auditor = Path(sys.executable).with_name("auditor")
            cost = measured([str(auditor), "--help"], folder=Path(folder), runs=self.runs)
        helped = self.table.add(Line("auditor --help", cost))
        self.table.target("auditor --help, seconds: at most 0.25", helped.audit.seconds, MOST_SECONDS_OF_HELP)
        with postgres.databases(server, 0, [nothing()]) as databases:
            empty = self._line("two empty tables", Case(databases, nothing(), POSITION, self.runs))
        self.table.target("two empty tables, seconds: at most 0.8", empty.audit.seconds, MOST_SECONDS_OF_NOTHING)

    def _main(self, server: Server) -> Line:
        few, percent, paid = few_missing(self.events), percent_missing(self.events), paid_missing(self.events)
        with postgres.databases(server, self.events, [few, percent, paid]) as databases:
            self.table.section(f"PostgreSQL against PostgreSQL, {self.events:,} events")
            case = Case(databases, few, POSITION, self.runs)
            main = self._line("by position, 13 missing", case, reladiff="position")
            self.table.add(Line("the same, and the log audited, too", case.audit(), main.floor))
            self._line("by id (uuid), 13 missing", replace(case, shares=ID), reladiff="event_id")
            self._line("by id and position, 13 missing", replace(case, shares=ID + POSITION))
            self._line("by position, order of receipt, 13 missing", replace(case, shares=POSITION + RECEIVED))
            self._line("by position, 2 of 5 types, 13 missing", replace(case, inbox=paid))
            scattered = self._line("by position, 1 % missing", replace(case, inbox=percent), reladiff="position")
        self._hopes(main, scattered)
        return main

    def _hopes(self, main: Line, scattered: Line) -> None:
        self.table.target("by position, times the floor: at most 3", main.of_floor, MOST_OF_FLOOR)
        self.table.target_at_least("by position, times faster than reladiff: at least 4", main.faster, LEAST_FASTER)
        times = scattered.audit.seconds / main.audit.seconds
        self.table.target("1 % missing, times the time with 13 missing: at most 4", times, MOST_OF_FEW)
        self.table.target("1 % missing, peak MB: at most 200", scattered.audit.peak_mb, MOST_MB)

    def _small(self, server: Server) -> Line:
        """What is measured on a fifth of the events, the memory of a small comparison among it."""
        events = self.events // 5
        inbox = few_missing(events)
        with postgres.databases(server, events, [inbox]) as databases, _files(events, inbox) as files:
            self.table.section(f"other pairs, {events:,} events")
            case = Case(databases, inbox, POSITION, self.runs)
            line = self._line("PostgreSQL against PostgreSQL, by position, 13 missing", case)
            self._line("SQLite against SQLite, by position, 13 missing", replace(case, databases=files))
            self._line("SQLite against SQLite, by id (text)", replace(case, databases=files, shares=ID))
            mixed = replace(databases, inbox_url=files.inbox_url)
            self._line("PostgreSQL against SQLite, by position, 13 missing", replace(case, databases=mixed))
        return line

    def _slow(self, server: Server) -> None:
        """What docs/performance.md warns of."""
        events = self.events // 5
        inbox = few_missing(events)
        self.table.section(f"what makes it slow, PostgreSQL against PostgreSQL, {events:,} events, 13 missing")
        with postgres.databases(server, events, [inbox]) as databases:
            case = Case(databases, inbox, POSITION, self.runs)
            self._line("by id, order of receipt by time, no positions", replace(case, shares=ID + RECEIVED))
            postgres.drop_index_of_positions(databases.inbox_url, inbox)
            self._line("by position, no index on the inbox's", case)
        with postgres.databases(server, events, [inbox], vacuumed=False) as databases:
            self._line("by position, never vacuumed", Case(databases, inbox, POSITION, self.runs))

    def _large(self, server: Server) -> Line:
        events = 2 * self.events
        inbox = few_missing(events)
        with postgres.databases(server, events, [inbox]) as databases:
            self.table.section(f"PostgreSQL against PostgreSQL, {events:,} events")
            return self._line("by position, 13 missing", Case(databases, inbox, POSITION, self.runs))

    def _again(self, server: Server) -> None:
        """The run after the run before, on a small and on the largest log."""
        events = 2 * self.events if self.full else self.events
        self.table.section(f"{NEW:,} new events since the run before")
        costs = {number: self._next_run(server, number) for number in (self.events // 5, events)}
        [small, large] = [line.audit.seconds for line in costs.values()]
        self.table.target(
            f"{NEW:,} new of {events:,}, seconds: at most {MOST_SECONDS_OF_NEXT}", large, MOST_SECONDS_OF_NEXT
        )
        self.table.target(
            f"{events // (self.events // 5)} times the events, times the time: at most 1.3",
            large / small,
            MOST_TIMES_OF_NEXT,
        )

    def _next_run(self, server: Server, events: int) -> Line:
        """The consumer alone, as everywhere; the other lines only show what they cost."""
        few = few_missing(events)
        with postgres.databases(server, events, [nothing()]) as databases:
            case = Case(databases, nothing(), POSITION, max(3, self.runs))
            again = Again(case, min(NEW, events))
            line = self.table.add(Line(f"of {events:,}", again.cost("billing")))
            self.table.add(Line(f"of {events:,}, and the log audited, too", again.cost()))
        with postgres.databases(server, events, [few]) as databases:
            missing = Again(replace(case, databases=databases, inbox=few), min(NEW, events))
            self.table.add(Line(f"of {events:,}, 13 missing since long", missing.cost("billing")))
        return line

    def _memory(self, small: Line, large: Line) -> None:
        times = 10 if self.full else 5
        peak, growth = large.audit.peak_mb, large.audit.peak_mb / small.audit.peak_mb
        self.table.target("the largest by position, peak MB: at most 200", peak, MOST_MB)
        self.table.target(f"{times} times the events, times the memory: at most {MOST_GROWTH}", growth, MOST_GROWTH)

    def _line(self, name: str, case: Case, *, reladiff: str | None = None) -> Line:
        """``reladiff``: the column that it compares, where it is measured, too."""
        floor = case.floor()
        audit = case.audit("billing")
        rival = case.reladiff(reladiff) if reladiff and self.reladiff else None
        return self.table.add(Line(name, audit, floor, rival))


@contextmanager
def _files(events: int, inbox: Inbox) -> Iterator[Databases]:
    with tempfile.TemporaryDirectory() as name:
        log_url = sqlite.write_log(Path(name) / "shop.db", events)
        inbox_url = sqlite.write_inbox(Path(name) / "billing.db", events, inbox)
        yield Databases(events, log_url, inbox_url)
