"""Tables in which a digest could take two different things for one: it must say what the comparison row by row says."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from auditor.config import load
from auditor.observer import Silent
from auditor.stores import open_store
from checks.model.result import Audit
from tests.histories.verdicts import FINE, audit, expect_the_same
from tests.postgres import Server

LOG = {"position": "position", "id": "id", "stream": "stream", "version": "version", "time": "time"}
Judge = Callable[..., Path]


@pytest.fixture
def told(database: str, tmp_path: Path) -> Judge:
    """Runs statements, and gives the auditor.toml for a log ``events`` and an ``inbox``."""

    def write(statements: str, *, inbox: str, log: str = "", consumer: str = "", words: str = "position id") -> Path:
        with psycopg.connect(database, autocommit=True) as connection:
            for statement in filter(None, map(str.strip, statements.split(";"))):
                connection.execute(statement.encode())
        keys = "".join(f'{word} = "{LOG[word]}"\n' for word in words.split())
        text = (
            f'[stores.shop]\nurl = "{database}"\n[logs.orders]\nstore = "shop"\ntable = "events"\nsettle = "100ms"\n'
            f'{keys}{log}\n[consumers.billing]\nlog = "orders"\nstore = "shop"\nstart = "first"\n{consumer}\n'
            f'[consumers.billing.inbox]\ntable = "inbox"\n{inbox}\n'
        )
        (tmp_path / "auditor.toml").write_text(text)
        return tmp_path / "auditor.toml"

    return write


def counted(audited: Audit) -> dict[str, int]:
    """How many of what, whatever the verdict."""
    assert not audited.problems or audited.totals is not None, audited.problems
    found: dict[str, int] = {}
    for finding in audited.findings:
        found[finding.check] = found.get(finding.check, 0) + finding.count
    return found


def test_numbers_whose_halves_are_traded_are_not_the_same(told: Judge) -> None:
    """PostgreSQL's hash of an integer begins by mixing its upper into its lower half."""
    first, second = (1 << 32) + 2, (2 << 32) + 1
    config = told(
        f"""CREATE TABLE events (position bigint PRIMARY KEY, id bigint NOT NULL UNIQUE);
        CREATE TABLE inbox (id bigint NOT NULL);
        INSERT INTO events VALUES (1, {first}), (2, {second});
        INSERT INTO inbox VALUES ({first}), ({first})""",
        inbox='id = "id"',
    )
    assert counted(audit(config, grain=FINE))["duplicate"] == 1
    expect_the_same(config)


def test_an_event_that_is_in_the_log_twice_was_received_twice(told: Judge) -> None:
    """Each receipt names another of its positions, so that each row has its like on the other side."""
    config = told(
        """CREATE TABLE events (position bigint PRIMARY KEY, id text NOT NULL);
        CREATE TABLE inbox (id text NOT NULL, position bigint NOT NULL);
        CREATE INDEX ON inbox (position);
        INSERT INTO events SELECT n, 'e' || n % 9 FROM generate_series(1, 18) n;
        INSERT INTO inbox SELECT id, position FROM events""",
        inbox='id = "id"\nposition = "position"',
    )
    assert counted(audit(config, grain=FINE))["duplicate"] == 9
    expect_the_same(config)


@pytest.mark.parametrize("received", ["", ", seq bigserial"])
def test_the_second_row_of_an_event_that_nobody_received_is_no_sign_of_progress(told: Judge, received: str) -> None:
    """Without a cursor the highest position received is how far the consumer is."""
    config = told(
        f"""CREATE TABLE events (
            position bigint PRIMARY KEY, id text NOT NULL, time timestamptz DEFAULT now() - interval '1 minute');
        CREATE TABLE inbox (id text NOT NULL{received});
        INSERT INTO events VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'), (6, 'c');
        INSERT INTO inbox (id) VALUES ('a'), ('b')""",
        inbox='id = "id"' + ('\nreceived = "seq"' if received else ""),
        words="position id time",
    )
    assert "missing" not in counted(audit(config, grain=FINE))
    expect_the_same(config)


@pytest.mark.parametrize("type_", ["numeric(12, 2)", "numeric", "double precision", "real", "smallint", "integer"])
def test_positions_of_every_numeric_type_are_compared(told: Judge, type_: str) -> None:
    config = told(
        f"""CREATE TABLE events (position {type_} PRIMARY KEY);
        CREATE TABLE inbox (position {type_} NOT NULL);
        CREATE INDEX ON inbox (position);
        INSERT INTO events SELECT n FROM generate_series(-300, 300) n WHERE n % 7 <> 0;
        INSERT INTO inbox SELECT position FROM events WHERE position <> 5;
        INSERT INTO inbox VALUES (6), (7);
        ANALYZE""",
        inbox='position = "position"',
        words="position",
    )
    assert counted(audit(config, grain=FINE)) == {"missing": 1, "duplicate": 1, "unexpected": 1}
    expect_the_same(config)


def test_numbers_beyond_64_bits_name_streams(told: Judge) -> None:
    config = told(
        """CREATE TABLE events (position bigint PRIMARY KEY, id text NOT NULL UNIQUE, stream numeric(39));
        CREATE TABLE inbox (id text NOT NULL UNIQUE, stream numeric(39));
        INSERT INTO events SELECT n, 'e' || n, 1e30 + n FROM generate_series(1, 20) n;
        INSERT INTO inbox SELECT id, stream FROM events;
        UPDATE inbox SET stream = 5 WHERE id = 'e3'""",
        inbox='id = "id"\nstream = "stream"',
        words="position id stream",
    )
    assert counted(audit(config, grain=FINE)) == {"conflict": 1}
    expect_the_same(config)


def test_receipts_without_a_position_can_be_out_of_order(told: Judge) -> None:
    config = told(
        """CREATE TABLE events (position bigint PRIMARY KEY, id text NOT NULL UNIQUE, stream text, version int);
        CREATE TABLE inbox (id text NOT NULL UNIQUE, position bigint, seq bigserial);
        INSERT INTO events SELECT n, 'e' || n, 's', n FROM generate_series(1, 9) n;
        INSERT INTO inbox (id, position) VALUES ('e1', 1), ('e2', 2), ('e4', 4), ('e3', NULL), ('e5', 5)""",
        inbox='id = "id"\nposition = "position"\nreceived = "seq"',
        words="position id stream version",
    )
    assert counted(audit(config, grain=FINE))["out-of-order"] == 1
    expect_the_same(config)


def test_a_unique_index_says_nothing_of_the_tables_that_inherit(told: Judge) -> None:
    config = told(
        """CREATE TABLE events (position bigint PRIMARY KEY, id text NOT NULL UNIQUE);
        CREATE TABLE events_old () INHERITS (events);
        CREATE TABLE inbox (id text NOT NULL);
        INSERT INTO events SELECT n, 'e' || n FROM generate_series(1, 5) n;
        INSERT INTO events_old SELECT n, 'e' || n FROM generate_series(3, 4) n;
        INSERT INTO inbox SELECT id FROM events""",
        inbox='id = "id"',
    )
    assert counted(audit(config, grain=FINE))["duplicate"] == 2
    expect_the_same(config)


def test_what_a_column_only_claims_lets_nulls_stay(told: Judge, postgres: Server) -> None:
    """A domain's NOT NULL never looks at a subquery, and PostgreSQL 18 has constraints that were not validated."""
    claim = "ALTER TABLE events ADD CONSTRAINT c NOT NULL id NOT VALID" if postgres.version >= 18 else "SELECT 1"
    config = told(
        f"""CREATE DOMAIN name AS text {"" if postgres.version >= 18 else "NOT NULL"};
        CREATE TABLE events (position bigint PRIMARY KEY, id name);
        CREATE TABLE inbox (id text NOT NULL);
        INSERT INTO events SELECT n, 'e' || n FROM generate_series(1, 5) n;
        INSERT INTO inbox SELECT id FROM events;
        INSERT INTO events VALUES (7, (SELECT id FROM events WHERE false));
        {claim}""",
        inbox='id = "id"',
    )
    audited = audit(config, grain=FINE)
    assert audited.totals is not None
    assert (audited.totals.produced, audited.totals.unverifiable) == (6, 1)
    expect_the_same(config)


@pytest.mark.parametrize("type_", ["varchar(40)", "char(12)", "mood", "ident", "bytea", "bigint", "smallint"])
def test_ids_of_every_type_are_compared(told: Judge, type_: str) -> None:
    """A domain; an enum; a fixed width; bytes; numbers."""
    made = {"bytea": "('e' || n)::bytea", "bigint": "n", "smallint": "n"}.get(type_, f"('e' || n)::{type_}")
    values = ", ".join(f"'e{n}'" for n in range(40))
    config = told(
        f"""CREATE TYPE mood AS ENUM ({values});
        CREATE DOMAIN ident AS text CHECK (length(value) > 0);
        CREATE TABLE events (position bigint PRIMARY KEY, id {type_} NOT NULL UNIQUE);
        CREATE TABLE inbox (id {type_} NOT NULL);
        CREATE INDEX ON inbox (id);
        INSERT INTO events SELECT n, {made} FROM generate_series(1, 30) n;
        INSERT INTO inbox SELECT id FROM events WHERE position <> 5;
        INSERT INTO inbox SELECT {made} FROM generate_series(30, 31) n""",
        inbox='id = "id"',
    )
    assert counted(audit(config, grain=FINE)) == {"missing": 1, "duplicate": 1, "unexpected": 1}
    expect_the_same(config)


@pytest.mark.parametrize("type_", ["bigint", "uuid", "boolean", "date", "smallint"])
def test_ranges_of_partitions_of_every_type_are_told_apart(told: Judge, type_: str) -> None:
    """Between 2 and 4 of one partition lies 3, which was received; the rows of the other are in nobody's way."""
    one, other = {
        "uuid": (f"'{'0' * 32}'", f"'{'1' * 32}'"),
        "boolean": ("true", "false"),
        "date": ("'2020-01-01'", "'2021-01-01'"),
    }.get(type_, ("1", "2"))
    config = told(
        f"""CREATE TABLE events (position bigint, tenant {type_}, id text NOT NULL UNIQUE);
        CREATE UNIQUE INDEX ON events (tenant, position);
        CREATE TABLE inbox (id text NOT NULL);
        INSERT INTO events SELECT n, {one}, 'a' || n FROM generate_series(1, 9) n;
        INSERT INTO events SELECT n, {other}, 'b' || n FROM generate_series(1, 9, 2) n;
        INSERT INTO inbox SELECT id FROM events WHERE id NOT IN ('a2', 'a4', 'b5', 'b7')""",
        inbox='id = "id"',
        log='partition = "tenant"',
    )
    ranges = {finding.ranges for finding in audit(config, grain=FINE).findings if finding.check == "missing"}
    assert ranges == {((2, 2), (4, 4)), ((5, 7),)}
    expect_the_same(config)


def test_nothing_is_proven_of_a_database_that_shows_rows_of_another(told: Judge) -> None:
    """What a foreign table shows is committed elsewhere, and a view may go by the clock: no snapshot tells of it."""
    inbox = 'id = "id"'
    config = told(
        """CREATE TABLE events (position bigint, id text); CREATE TABLE inbox (id text);
        CREATE VIEW recent AS SELECT * FROM events WHERE now() > 'epoch'""",
        inbox=inbox,
    )
    store = open_store(load(config).stores["shop"], Silent())
    with closing(store):
        with store.snapshot() as snapshot:
            assert snapshot.mark(["events", "inbox"]) is not None
            assert snapshot.mark(["events", "recent"]) is None
        told(
            """CREATE FOREIGN DATA WRAPPER nothing;
            CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
            CREATE FOREIGN TABLE remote (id text) SERVER elsewhere""",
            inbox=inbox,
        )
        with store.snapshot() as snapshot:
            assert snapshot.mark(["events", "inbox"]) is None


def test_events_of_no_partition_have_ranges_of_their_own(told: Judge) -> None:
    config = told(
        """CREATE TABLE events (position bigint, tenant text, id text NOT NULL UNIQUE);
        CREATE UNIQUE INDEX ON events (position, tenant);
        CREATE TABLE inbox (id text NOT NULL);
        INSERT INTO events SELECT n, NULL, 'a' || n FROM generate_series(1, 9, 2) n;
        INSERT INTO events SELECT n, 'b', 'b' || n FROM generate_series(1, 9) n;
        INSERT INTO inbox SELECT id FROM events WHERE id NOT IN ('a3', 'a5')""",
        inbox='id = "id"',
        log='partition = "tenant"',
    )
    [missing] = [finding for finding in audit(config, grain=FINE).findings if finding.check == "missing"]
    assert missing.ranges == ((3, 5),)
    expect_the_same(config)
