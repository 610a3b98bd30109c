"""Both sides of every pair of stores compute the same fingerprints: what is equal is not nominated, what is lost is."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from auditor.compare.drill import Drill, Grain
from auditor.compare.recipe import Range
from auditor.config import Condition, Config, load
from auditor.gather.consumer.case import Case
from auditor.gather.consumer.digested import Sides, recipe_for
from auditor.gather.consumer.matching import match_receipts
from auditor.gather.settled import Ground
from auditor.observer import Silent
from auditor.stores import open_store
from auditor.stores.interface import LogRow, ReceiptRow, Store
from auditor.stores.sql.fingerprints import PRIMES
from checks.model.settled import How, Settlement
from tests.histories.database import Side, build, dashed
from tests.histories.history import Event, History, Receipt
from tests.integration.test_histories_postgres import NATIVE, PADDED, TEXTUAL, Kind, postgres_side
from tests.postgres import Server

LOST = {7, 130, 299}
EVENTS = tuple(
    Event(n, UUID(int=n * 2**97 + 1), f"order-{n % 40}", n // 40 + 1, "OrderPlaced", timedelta(hours=2))
    for n in range(1, 301)
)
"""Uuids in another order than positions."""


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[tuple[str, str]]:
    with postgres.database() as shop, postgres.database() as billing:
        yield shop, billing


def history(identity: str, *, lost: Iterable[int] = LOST, further: bool = False, done: bool = False) -> History:
    received = [event for event in EVENTS if event.position not in set(lost)]
    return History(
        events=EVENTS,
        receipts=tuple(Receipt(seq, event) for seq, event in enumerate(received, start=1)),
        cursors={None: 300},
        identity=identity,
        start="first",
        further=further,
        has_done=done,
        received=False,
    )


@contextmanager
def on_sqlite(folder: Path, name: str, spell: Callable[[UUID], object], *, indexed: bool) -> Iterator[Side]:
    with closing(sqlite3.connect(folder / f"{name}.db")) as connection, connection:

        def execute(statement: str, rows: Iterable[Sequence[object]]) -> None:
            connection.execute(statement) if rows == () else connection.executemany(statement, rows)

        yield Side(execute, f"sqlite:///{name}.db", "text", spell, indexed=indexed)


SQLITE = "sqlite"
PAIRS: dict[str, tuple[Kind | str, Kind | str]] = {
    "uuid, uuid": (NATIVE, NATIVE),
    "uuid, text": (NATIVE, TEXTUAL),
    "char, uuid": (PADDED, NATIVE),
    "uuid, sqlite": (NATIVE, SQLITE),
    "sqlite, text": (SQLITE, TEXTUAL),
    "sqlite, sqlite": (SQLITE, SQLITE),
}


@contextmanager
def written(
    databases: tuple[str, str], folder: Path, past: History, kinds: tuple[Kind | str, Kind | str], *, indexed: bool
) -> Iterator[Config]:
    with ExitStack() as stack:
        sides = [
            stack.enter_context(
                on_sqlite(folder, name, dashed, indexed=indexed)
                if isinstance(kind, str)
                else postgres_side(url, kind, indexed=indexed)
            )
            for kind, url, name in zip(kinds, databases, ("shop", "billing"), strict=True)
        ]
        (folder / "auditor.toml").write_text(build(past, *sides))
    yield load(folder / "auditor.toml")


def case_of(config: Config, ours: Store, theirs: Store) -> Case:
    return Case(
        consumer=config.consumers["billing"],
        log=config.logs["orders"],
        log_store=ours,
        store=theirs,
        ground=Ground(Settlement(how=How.UNKNOWN), {}, {}),
        observer=Silent(),
        sleep=lambda _: None,
        sample_limit=None,
    )


def nominated(config: Config, grain: Grain) -> tuple[set[int | None], set[int | None]]:
    """The positions that either side brings to be looked at, out of all 300."""
    log, consumer = config.logs["orders"], config.consumers["billing"]
    ours, theirs = (open_store(config.stores[name], Silent()) for name in (log.store, consumer.store))
    case = case_of(config, ours, theirs)
    found: tuple[set[int | None], set[int | None]] = (set(), set())

    def nominate(rows: Sequence[LogRow], receipts: Sequence[ReceiptRow]) -> None:
        found[0].update(row.position for row in rows)
        found[1].update(receipt.version for receipt in receipts)

    with ExitStack() as stack:
        for closing_one in (case.scratch.close, ours.close, theirs.close):
            stack.callback(closing_one)
        log_side, side = stack.enter_context(ours.snapshot()), stack.enter_context(theirs.snapshot())
        matching = match_receipts(log_side, side, log, consumer)
        sides = Sides(case, log_side, side, matching)
        recipe = recipe_for(sides)
        assert consumer.inbox is not None
        drill = Drill(
            log=log_side.log_side(log, matching.match, recipe, case.wanted),
            inbox=side.inbox_side(consumer.inbox, matching.match, recipe),
            unique=True,
            nominate=nominate,
            grain=grain,
        )
        counted = drill.run(drill.log.cut(grain.ranges))
    assert counted is not None
    assert counted.compared == 300
    return found


@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "bare"])
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize(
    "past",
    [
        history("id"),
        history("position"),
        history("stream-version"),
        history("id", further=True),
        history("position", done=True),
        history("stream-version", further=True, done=True),
    ],
    ids=["id", "position", "stream and version", "id and more", "position and done", "all"],
)
def test_exactly_what_is_lost_is_nominated(
    databases: tuple[str, str], tmp_path: Path, past: History, pair: str, indexed: bool
) -> None:
    with written(databases, tmp_path, past, PAIRS[pair], indexed=indexed) as config:
        for grain in (Grain(), Grain(ranges=4, pieces=3, leaf=10, batch=40)):
            assert nominated(config, grain) == (LOST, set())


def test_rows_that_trade_their_words_are_nominated(databases: tuple[str, str], tmp_path: Path) -> None:
    """Two receipts that trade their versions leave every sum over a single column as it was."""
    past = history("stream-version", lost=())
    first, second = EVENTS[0], EVENTS[1 + 40]
    traded = {
        first: replace(first, version=second.version),
        second: replace(second, version=first.version),
    }
    receipts = tuple(replace(one, event=traded.get(one.event, one.event)) for one in past.receipts or ())
    for kinds in ((NATIVE, NATIVE), (SQLITE, SQLITE)):
        with written(databases, tmp_path, replace(past, receipts=receipts), kinds, indexed=False) as config:
            ours, _ = nominated(config, Grain())
            assert ours == {first.position, second.position, 2, 41}  # 2 and 41 have two
        (tmp_path / "shop.db").unlink(missing_ok=True)
        (tmp_path / "billing.db").unlink(missing_ok=True)


def test_the_moduli_are_primes_below_two_to_the_31st() -> None:
    assert all(2**30 < prime < 2**31 for prime in PRIMES)
    assert all(pow(base, prime - 1, prime) == 1 for prime in PRIMES for base in (2, 3, 5, 7, 11, 13))


@pytest.mark.parametrize("kinds", [(NATIVE, NATIVE), (SQLITE, SQLITE)], ids=["native", "portable"])
def test_sets_with_the_same_count_and_sum_have_different_digests(
    databases: tuple[str, str], tmp_path: Path, kinds: tuple[Kind | str, Kind | str]
) -> None:
    """Positions 1, 3, 6 and 1, 4, 5: what a checksum by sums could not tell apart."""
    events = tuple(replace(event) for event in EVENTS if event.position in (1, 3, 6))
    others = tuple(event for event in EVENTS if event.position in (1, 4, 5))
    past = replace(
        history("position"), events=events, receipts=tuple(Receipt(seq, event) for seq, event in enumerate(others, 1))
    )
    with written(databases, tmp_path, past, kinds, indexed=True) as config:
        log, consumer = config.logs["orders"], config.consumers["billing"]
        ours, theirs = (open_store(config.stores[name], Silent()) for name in (log.store, consumer.store))
        with closing(ours), closing(theirs), ours.snapshot() as log_side, theirs.snapshot() as side:
            matching = match_receipts(log_side, side, log, consumer)
            case = case_of(config, ours, theirs)
            assert consumer.inbox is not None
            for _ in range(20):
                recipe = recipe_for(Sides(case, log_side, side, matching))
                everything = [Range(None, None)]
                [here] = log_side.log_side(log, matching.match, recipe, case.wanted).digests(everything)
                [there] = side.inbox_side(consumer.inbox, matching.match, recipe).digests(everything)
                assert here.compared == there.compared == 3
                assert here.checksum != there.checksum
            case.scratch.close()


@pytest.mark.parametrize(
    ("index", "where", "expected"),
    [
        ("pos", {}, True),
        ("consumer, pos", {"consumer": "billing"}, True),
        ("consumer, status, pos", {"consumer": "billing", "status": "Handled"}, True),
        ("consumer, pos", {}, False),
        ("consumer, pos", {"consumer": ("billing", "another")}, False),
        ("status, pos", {"consumer": "billing"}, False),
        ("pos, consumer", {"consumer": "billing"}, True),
    ],
)
def test_an_index_may_begin_with_what_where_ties_to_one_value(
    databases: tuple[str, str], tmp_path: Path, index: str, where: dict[str, Condition], expected: bool
) -> None:
    (tmp_path / "auditor.toml").write_text(
        f'[stores.there]\nurl = "{databases[1]}"\n[stores.here]\nurl = "sqlite:///i.db"\n'
    )
    create = (
        "DROP TABLE IF EXISTS shared",
        "CREATE TABLE shared (consumer text, status text, pos bigint NOT NULL)",
        f"CREATE INDEX of_shared ON shared ({index})",
    )
    with psycopg.connect(databases[1], autocommit=True) as there, closing(sqlite3.connect(tmp_path / "i.db")) as here:
        for statement in create:
            there.execute(statement.encode())
            here.execute(statement)
    for config in load(tmp_path / "auditor.toml").stores.values():
        store = open_store(config, Silent())
        with closing(store), store.snapshot() as snapshot:
            assert snapshot.is_indexed("shared", "pos", where) is expected
