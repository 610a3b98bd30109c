"""Applications of the library ``eventsourcing``, running: a shop that places orders, and who follows it.

Nothing of the library is replaced, and no table is written to but by it: the tests take away what they then look for.
A follower here keeps a table with a row for each event that it processed, in the transaction of its tracking row, as
the library's own documentation builds views; one that keeps its tracking row only is there too.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.persistence import InfrastructureFactory, StoredEvent, Tracking, TrackingRecorder
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteCursor, SQLiteTrackingRecorder
from eventsourcing.system import ProcessApplication, SingleThreadedRunner, System
from eventsourcing.utils import Environment
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow
from psycopg.sql import SQL

from tests.integration.shop import Database, Settings, postgres_at, sqlite_at

_KEY = "PRIMARY KEY (originator_id, originator_version)"


class Order(Aggregate):
    """Placed, then shipped any number of times."""

    @event("Placed")
    def __init__(self, customer: str) -> None:
        self.customer = customer
        self.parcels = 0

    @event("Shipped")
    def ship(self) -> None:
        self.parcels += 1


class Orders(Application[UUID]):
    """An application with a name."""


class Nameless(Application[UUID]):
    """An application without one."""

    name = ""


class View(TrackingRecorder):
    """A read model that remembers every event it was shown, with its tracking row, in one transaction."""

    @abstractmethod
    def process(self, stored: StoredEvent, tracking: Tracking) -> None: ...


class PostgresView(PostgresTrackingRecorder, View):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS processed (originator_id uuid, originator_version bigint,"
                " PRIMARY KEY (originator_id, originator_version))"
            ).format()
        )

    def process(self, stored: StoredEvent, tracking: Tracking) -> None:
        self.note(stored.originator_id, stored.originator_version, tracking)

    def note(self, stream: object, version: int, tracking: Tracking) -> None:
        cursor: Cursor[DictRow]
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("INSERT INTO processed VALUES (%s, %s)", (stream, version))


class SqliteView(SQLiteTrackingRecorder, View):
    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            f"CREATE TABLE IF NOT EXISTS processed (originator_id TEXT, originator_version INTEGER, {_KEY})",
        ]

    def process(self, stored: StoredEvent, tracking: Tracking) -> None:
        cursor: SQLiteCursor
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            row = (str(stored.originator_id), stored.originator_version)
            cursor.execute("INSERT INTO processed VALUES (?, ?)", row)


class Mail(Projection[PostgresView]):
    """The same as a projection that the library's own runner drives."""

    name = "mail"

    @singledispatchmethod
    def process_event(self, domain_event: DomainEventProtocol[UUID], tracking: Tracking) -> None:
        self._view.note(domain_event.originator_id, domain_event.originator_version, tracking)


class Accounting(ProcessApplication[UUID]):
    """A follower that is an event-sourced application itself: it has a tracking row and no other trace."""

    @singledispatchmethod
    def policy(self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]) -> None:
        """Everything is booked without a word."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the library keeps its tables: a PostgreSQL database, or a SQLite ``file``."""

    url: str
    file: Path | None = None

    @property
    def kind(self) -> str:
        """As a preset says it."""
        return "postgresql" if self.file is None else "sqlite"

    @property
    def view(self) -> type[View]:
        """The read model of a follower."""
        return PostgresView if self.file is None else SqliteView

    def environment(self) -> dict[str, str]:
        """What the library is configured by."""
        if self.file is not None:
            return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(self.file)}
        told = conninfo_to_dict(self.url)
        settings = {f"POSTGRES_{word.upper()}": str(told[word]) for word in ("dbname", "host", "port", "user")}
        password = {"POSTGRES_PASSWORD": str(told["password"])}
        return {"PERSISTENCE_MODULE": "eventsourcing.postgres", **settings, **password}

    def opened(self) -> AbstractContextManager[Database]:
        """A connection of the test's own."""
        return postgres_at(self.url) if self.file is None else sqlite_at(self.file)

    def events_table(self, application: str) -> str:
        """The event table of an application."""
        return f"{application.lower() or 'stored'}_events" if self.file is None else "stored_events"

    def tracking_table(self, follower: str) -> str:
        """The tracking table of a follower."""
        return f"{follower.lower() or 'notification'}_tracking" if self.file is None else "tracking"


def sqlite_place(folder: Path) -> Place:
    """A SQLite file of the library's in that folder."""
    file = folder / "shop.db"
    return Place(f"sqlite:///{file}", file)


@dataclass(frozen=True, slots=True)
class Shop:
    """An application and a follower of it, both open, in one place. ``follower``: the follower's name."""

    place: Place
    app: Application[UUID]
    view: View
    follower: str

    def place_orders(self, count: int, parcels: int = 2) -> list[UUID]:
        """So many orders with so many parcels each: ``count * (parcels + 1)`` events."""
        orders = [Order(f"customer {n}") for n in range(count)]
        for order in orders:
            for _ in range(parcels):
                order.ship()
            self.app.save(order)
        return [order.id for order in orders]

    def follow(self) -> None:
        """Let the follower process what is new to it, in the order of the library's notifications."""
        processed = self.view.max_tracking_id(self.app.name)
        for new in self.app.recorder.select_notifications(processed, 1000, inclusive_of_start=False):
            self.view.process(new, Tracking(self.app.name, new.id))

    def said(self, consumer: Mapping[str, object] | None = None, log: Mapping[str, object] | None = None) -> Settings:
        """What auditor.toml says of the two; with changes, of which ``None`` leaves a key out."""
        return {
            "stores": {"shop": {"url": self.place.url}},
            "logs": {"orders": self.log() | dict(log or {})},
            "consumers": {"mail": self.consumer() | dict(consumer or {})},
        }

    def log(self) -> dict[str, object]:
        """The log's section: the preset, and the table only where it has another name than without an application."""
        table = self.place.events_table(self.app.name)
        named = {} if table == self.place.events_table("") else {"table": table}
        return {"store": "shop", "preset": "eventsourcing", **named}

    def consumer(self) -> dict[str, object]:
        """The follower's section, with its read model for an inbox."""
        return {
            "log": "orders",
            "store": "shop",
            "start": "first",
            "grace": "0s",
            "cursor": self.cursor(),
            "inbox": {"table": "processed", "stream": "originator_id", "version": "originator_version"},
        }

    def cursor(self) -> dict[str, object]:
        """The cursor's section: the subscription, and the table only where it is named after the follower."""
        table = self.place.tracking_table(self.follower)
        named = {} if table == self.place.tracking_table("") else {"table": table}
        return {"subscription": self.app.name, **named}


@contextmanager
def open_shop(
    place: Place,
    kind: type[Application[UUID]] = Orders,
    follower: str = "mail",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Shop]:
    """An application with a follower, closed afterwards. ``environment``: settings of the library for both."""
    settings = place.environment() | dict(environment)
    factory: InfrastructureFactory[Any] = InfrastructureFactory.construct(Environment(follower, settings))
    with closing(kind(env=settings)) as app, closing(factory):
        yield Shop(place, app, factory.tracking_recorder(place.view), follower)


@contextmanager
def bookkeeping(shop: Place, books: Place) -> Iterator[Orders]:
    """Orders in one place, followed by an accounting that is an application itself, in the other."""
    settings = {f"ORDERS_{name}": value for name, value in shop.environment().items()}
    settings |= {f"ACCOUNTING_{name}": value for name, value in books.environment().items()}
    runner: SingleThreadedRunner[UUID] = SingleThreadedRunner(System(pipes=[[Orders, Accounting]]), env=settings)
    with runner:
        yield runner.get(Orders)
