"""What a config selects, whose rows they are, how far a log is settled, and on which server: against real databases."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.config import load
from auditor.doctor.examination import Examination
from auditor.observer import Silent
from checks.model.diagnosis import Examined
from tests.integration.doctoring import FAILURE, FINE, UNKNOWN, WARNING, about, lines, only, said_with, worse
from tests.integration.shop import Database, Row, Settings, postgres_at, rows, settings, sqlite_at, write_config
from tests.integration.test_standby import replay_paused
from tests.postgres import Server


@pytest.fixture(params=["postgres18", "postgres16", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A healthy shop anywhere."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            opened = stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            server = request.getfixturevalue(request.param)
            opened = stack.enter_context(postgres_at(stack.enter_context(server.database())))
        opened.write([*rows(4), Row(position=5, version=3, type="Order[x]")])
        yield opened


def share(shop: Database, column: str, *values: str) -> None:
    """Let the inbox have rows of these values in turn."""
    shop.execute(f'ALTER TABLE inbox ADD "{column}" text')
    for number, value in enumerate(values):
        shop.execute(f"UPDATE inbox SET \"{column}\" = '{value}' WHERE seq % {len(values)} = {number}")


def inbox(**keys: object) -> dict[str, object]:
    return {"inbox": {"table": "inbox", "id": "event_id", "received": "seq", **keys}}


# -- whose rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["consumer", "Consumer_Id", "subscription", "HandlerName", "projection-name"])
def test_a_shared_inbox_without_a_condition_is_a_warning_with_the_condition(
    shop: Database, tmp_path: Path, column: str
) -> None:
    share(shop, column, "Billing", "mail")
    line = said_with(lines(tmp_path, settings(shop.url)), "has several values")
    assert (line.name, line.topic, line.level) == ("billing", "where", WARNING)
    assert "('Billing', 'mail') and no condition tells whose rows count" in line.message
    condition = f'where = {{ {column} = "Billing" }}'
    assert line.advice == f"if the table is shared, write {condition} in [consumers.billing.inbox]"
    said = settings(shop.url, consumer=inbox(where={column: "Billing"}))
    assert not [one for one in lines(tmp_path, said) if "several values" in one.message]


def test_a_shared_inbox_whose_values_speak_of_nobody_is_told_without_a_guess(shop: Database, tmp_path: Path) -> None:
    share(shop, "consumer", "a", "b", "c", "d", "e", "f")
    line = said_with(lines(tmp_path, settings(shop.url)), "has several values")
    assert "a where on 'consumer' with the value of billing" in (line.advice or "")


def test_an_inbox_of_one_consumer_is_fine(shop: Database, tmp_path: Path) -> None:
    share(shop, "consumer", "billing")
    line = said_with(lines(tmp_path, settings(shop.url)), "'consumer' of 'inbox'")
    assert (line.level, line.message) == (
        FINE,
        "[consumers.billing.inbox]: 'consumer' of 'inbox' has one value, 'billing'",
    )


def test_a_second_column_that_tells_consumers_apart_counts_among_the_rows_that_pass(
    shop: Database, tmp_path: Path
) -> None:
    share(shop, "service", "ours", "theirs")
    share(shop, "handler", "billing", "mail", "stock")
    said = settings(shop.url, consumer=inbox(where={"service": "ours"}))
    assert "'handler' of 'inbox' has several values" in said_with(lines(tmp_path, said), "several").message


def test_statistics_are_believed_where_there_are_some(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as shop:
        shop.write(rows(4))
        shop.execute("INSERT INTO inbox SELECT n, 'x' || n FROM generate_series(1, 60000) n")
        shop.execute("ALTER TABLE inbox ADD consumer text")
        shop.execute("UPDATE inbox SET consumer = CASE WHEN seq < 55000 THEN 'billing' ELSE 'mail' END")
        for _ in range(2):
            line = said_with(lines(tmp_path, settings(url)), "has several values")
            assert "('billing', 'mail')" in line.message
            shop.execute("ANALYZE inbox")


# -- what is selected ----------------------------------------------------------------------------------------------


def test_a_type_that_matches_nothing_is_told_with_what_there_is(shop: Database, tmp_path: Path) -> None:
    said = settings(shop.url, consumer={"types": ["OrderPlaced", "Order[*", "orderplaced", "Invoice*"]})
    found = about(lines(tmp_path, said), "billing", "types")
    assert [(line.level, line.message.partition(" (seen: ")[0]) for line in found] == [
        (WARNING, f"no event of orders has a type that matches {glob!r}") for glob in ("orderplaced", "Invoice*")
    ]
    assert "'Order[x]'" in found[0].message
    assert found[0].advice == "correct types in [consumers.billing], unless it is yet to come"


def test_types_that_are_all_there_are_fine(shop: Database, tmp_path: Path) -> None:
    said = settings(shop.url, consumer={"types": ["Order?laced", "Order[x]"]})
    assert only(lines(tmp_path, said), "billing", "types").message == "events of 2 configured types are there"


def test_a_rare_type_is_looked_for_in_the_log_itself(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as shop:
        shop.write(rows(2))
        shop.execute("INSERT INTO events (position, type) SELECT n, 'Common' FROM generate_series(10, 60000) n")
        shop.execute("INSERT INTO events (position, type) VALUES (60001, 'Rare')")
        shop.execute("ANALYZE events")
        said = settings(url, consumer={"types": ["Common", "Rare", "Absent"]})
        found = about(lines(tmp_path, said), "billing", "types")
        assert ["'Absent'" in line.message for line in found] == [True]


def test_looking_for_a_type_for_too_long_is_unknown(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as shop:
        shop.write(rows(2))
        slow = "SELECT e.*, (SELECT 'x' || pg_sleep(60)) AS slow FROM events e"
        shop.execute(
            f"CREATE VIEW shown AS SELECT position, event_id, type || coalesce(slow, '') AS type FROM ({slow}) s"
        )
        log = {"table": "shown", "stream": None, "version": None, "time": None}
        said = settings(url, log=log, consumer={"types": ["Absent"]})
        said["stores"]["shop"]["statement_timeout"] = "2s"
        assert only(lines(tmp_path, said), "billing", "types").level == UNKNOWN


def test_a_condition_that_nothing_passes_is_told_with_what_there_is(shop: Database, tmp_path: Path) -> None:
    share(shop, "consumer", "billing", "mail")
    line = said_with(lines(tmp_path, settings(shop.url, consumer=inbox(where={"consumer": "biling"}))), "no row of")
    assert (line.level, line.topic) == (WARNING, "where")
    assert line.message.endswith("passes where (seen in consumer: 'billing', 'mail')")


def test_a_condition_on_an_empty_table_is_fine(shop: Database, tmp_path: Path) -> None:
    share(shop, "consumer", "billing", "mail")
    shop.execute("DELETE FROM inbox")
    found = lines(tmp_path, settings(shop.url, consumer=inbox(where={"consumer": "billing"})))
    assert said_with(found, "'inbox' has no rows yet").level == FINE


def test_a_condition_of_another_type_is_a_failure(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as shop:
        shop.write(rows(2))
        line = only(lines(tmp_path, settings(url, log={"where": {"position": "one"}})), "orders", "where")
        assert (line.level, "operator does not exist" in line.message) == (FAILURE, True)


@pytest.mark.parametrize(
    ("statement", "level", "words"),
    [
        ("DELETE FROM cursors", WARNING, "no row of 'cursors' is the consumer's"),
        ("INSERT INTO cursors VALUES ('orders', '1')", FAILURE, "several rows of 'cursors' are the cursor"),
        ("INSERT INTO cursors VALUES ('other', '1')", FINE, "the consumer's cursor is there"),
    ],
)
def test_the_rows_of_a_cursor_are_counted(
    shop: Database, tmp_path: Path, statement: str, level: object, words: str
) -> None:
    shop.execute(statement)
    line = only(lines(tmp_path, settings(shop.url)), "billing", "cursor")
    assert (line.level, words in line.message) == (level, True)


# -- what cannot be judged -----------------------------------------------------------------------------------------


def test_what_hides_losses_is_a_warning_and_the_rest_is_one_line(shop: Database, tmp_path: Path) -> None:
    log = {"stream": None, "version": None, "time": None}
    said = settings(shop.url, log=log, consumer={"inbox": None, "start": None})
    found = lines(tmp_path, said)
    hidden = [line.message.partition(" (")[0] for line in about(found, "billing", "checks") if line.level == WARNING]
    assert hidden[0].startswith("cannot be checked: missing, backfill-incomplete")
    assert hidden[1] == "cannot be checked: lagging"
    [gap] = [line for line in about(found, "orders", "checks") if line.level == WARNING]
    assert gap.message.startswith("cannot be checked: version-gap")
    assert said_with(about(found, "billing", "checks"), "not configured, so").level == FINE


def test_a_log_that_gives_all_ground_says_so(shop: Database, tmp_path: Path) -> None:
    line = only(lines(tmp_path, settings(shop.url)), "orders", "checks")
    assert (line.level, line.message) == (FINE, "not configured, so not checked: unsent (no-sent)")
    shop.execute("ALTER TABLE events ADD COLUMN published_at text")
    line = only(lines(tmp_path, settings(shop.url, log={"sent": "published_at"})), "orders", "checks")
    assert (line.level, line.message) == (FINE, "every check has what it needs")


def test_a_start_that_is_not_declared_is_named(shop: Database, tmp_path: Path) -> None:
    found = about(lines(tmp_path, settings(shop.url, consumer={"start": None})), "billing", "checks")
    assert [line.advice for line in found if line.level == WARNING] == [
        'say start = "first", or the first position that it should receive, in [consumers.billing]'
    ]


# -- settling ------------------------------------------------------------------------------------------------------

SERIAL = "CREATE TABLE events (position bigserial PRIMARY KEY, event_id text, recorded_at timestamptz DEFAULT now())"
TRIGGER = """
    CREATE FUNCTION choose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER chooser BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION choose()"""
OBSTACLES = {
    "a cache": ("ALTER SEQUENCE events_position_seq CACHE 20", "blocks of 20", "CACHE 1"),
    "a trigger": (TRIGGER, "trigger 'chooser' runs before each insert", "see whether it sets the position"),
    "by hand": ("INSERT INTO events VALUES (1000, 'x')", "written by hand", "setval"),
    "no default": ("ALTER TABLE events ALTER position DROP DEFAULT", "no plain sequence", "identity"),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_stands_against_a_proof_is_told_with_what_to_do(database: str, tmp_path: Path, obstacle: str) -> None:
    statement, words, advice = OBSTACLES[obstacle]
    with postgres_at(database) as opened:
        opened.execute(SERIAL)
        opened.execute("INSERT INTO events DEFAULT VALUES")
        opened.execute(statement)
    line = only(lines(tmp_path, log_alone(database, positions="drawn-on-insert")), "orders", "settling")
    assert (line.level, words in line.message, advice in (line.advice or "")) == (WARNING, True, True)


def test_a_log_against_which_nothing_stands_is_fine(database: str, tmp_path: Path) -> None:
    with postgres_at(database) as opened:
        opened.execute(SERIAL)
    line = only(lines(tmp_path, log_alone(database, positions="drawn-on-insert")), "orders", "settling")
    assert (line.level, line.message) == (FINE, "it can be proven up to where the log is settled")


def log_alone(url: str, **keys: object) -> Settings:
    said = settings(url, log={"stream": None, "version": None, "type": None, **keys})
    return {"stores": said["stores"], "logs": said["logs"]}


def test_without_proof_and_time_nothing_shows_what_is_settled(database: str, tmp_path: Path) -> None:
    with postgres_at(database) as opened:
        opened.execute(SERIAL)
    found = about(lines(tmp_path, log_alone(database, time=None)), "orders", "settling")
    assert [line.level for line in found] == [WARNING, WARNING]
    assert found[1].advice == "name the key time in [logs.orders]"


def test_a_sequence_that_may_not_be_read_is_told_with_the_grant(
    database: str, postgres: Server, tmp_path: Path
) -> None:
    reader = postgres.role("reader", "for reading")
    said = log_alone(postgres.url(database.rpartition("/")[2], reader), positions="drawn-on-insert")
    with postgres_at(database) as opened:
        opened.execute(SERIAL)
        opened.execute(f"GRANT SELECT ON events TO {reader}")
        line = said_with(about(lines(tmp_path, said), "orders", "settling"), "may not read the sequence")
        assert line.level == FINE
        for statement in line.statements:
            opened.execute(statement)
    assert len(about(lines(tmp_path, said), "orders", "settling")) == 1


def test_sqlite_needs_no_proof(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as opened:
        opened.write(rows(2))
        assert only(lines(tmp_path, settings(opened.url)), "orders", "settling").level == FINE


# -- servers -------------------------------------------------------------------------------------------------------


def test_a_standby_is_told_and_so_is_how_far_behind_it_is(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as opened, postgres18.standby() as standby:
        opened.write(rows(2))
        standby.catch_up(postgres18)
        said = settings(standby.url(url.rpartition("/")[2]))
        line = only(lines(tmp_path, said), "shop", "standby")
        assert (line.level, "has replayed all that it received" in line.message) == (FINE, True)
        with replay_paused(standby, postgres18):
            opened.execute("DELETE FROM inbox")
            behind = only(lines(tmp_path, said), "shop", "standby")
        assert behind.level == WARNING
        assert "it may lack what its primary has" in behind.message
        against = [line.message for line in about(lines(tmp_path, said), "orders", "settling")]
        assert "holes in the positions cannot be judged: the server is a standby" in against


@pytest.mark.parametrize(("ahead", "words"), [(-3_630, "1h ahead of"), (3_630, "1h behind")])
def test_a_clock_that_differs_is_a_warning(postgres18: Server, tmp_path: Path, ahead: int, words: str) -> None:
    with postgres18.database() as url, postgres_at(url) as opened:
        opened.write(rows(2))
        line = only(clocked(tmp_path, url, ahead), "shop", "clock")
    assert line.level == WARNING
    assert f"its clock is {words} this machine's" in line.message


def clocked(folder: Path, url: str, ahead: int) -> list[Examined]:
    """The lines of a machine whose clock is so many seconds ahead."""
    config = load(write_config(folder, settings(url)))
    examination = Examination(config, Silent(), now=lambda: datetime.now(UTC) + timedelta(seconds=ahead))
    found = list(examination.lines(set()))
    examination.close()
    return found


def test_two_stores_whose_clocks_agree_are_not_worth_a_line(
    postgres18: Server, postgres16: Server, tmp_path: Path
) -> None:
    with postgres18.database() as one, postgres16.database() as other:
        for url in (one, other):
            with postgres_at(url) as opened:
                opened.write(rows(2))
        said = settings(one, consumer={"store": "billing-db"})
        said["stores"]["billing-db"] = {"url": other}
        found = lines(tmp_path, said)
    assert about(found, "billing", "clock") == []
    assert worse(found, FAILURE, UNKNOWN) == []
