"""``auditor cutover`` as a process, against PostgreSQL; what it prints is executed by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.auditor.cli.prepared import Outcome, called
from tests.cutovers import OLD, SMALLEST, Upstream, World, in_order
from tests.integration.shop import Database, postgres_at, write_config
from tests.postgres import Server


@pytest.fixture
def shop(database: str) -> Iterator[Database]:
    with postgres_at(database) as opened:
        yield opened


def cutover(config: Path, *arguments: str) -> Outcome:
    return called("cutover", "billing", "--to", "v2", "--config", str(config), *arguments)


def document(config: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    outcome = cutover(config, "--format", "json", *arguments)
    assert (outcome.code, outcome.stderr) == (code, "")
    said: dict[str, Any] = json.loads(outcome.stdout)
    assert said["schema"] == "auditor.cutover/1"
    return said


def execute(url: str, statement: str) -> int:
    """As a person would, in a session of their own; returns the number of rows that it changed."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).rowcount


def cursor(url: str, column: str = "last_position") -> list[object]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(f"SELECT {column} FROM cursors ORDER BY name".encode())]


@pytest.mark.parametrize("type_", ["text", "bigint", "numeric", "varchar(20)"])
def test_the_printed_statement_sends_the_consumer_to_the_start_once_and_only_from_where_it_was(
    shop: Database, tmp_path: Path, type_: str
) -> None:
    world = replace(SMALLEST, cursor_type="text" if type_ == "varchar(20)" else type_)
    config = world.write(shop, tmp_path)
    if type_ == "varchar(20)":
        shop.execute(f"ALTER TABLE cursors ALTER last_position TYPE {type_}")
    shop.execute("INSERT INTO cursors SELECT 'payments', last_position FROM cursors")
    said = document(config)
    assert (said["decision"], said["start"], said["settled"], said["settled_by"]) == ("found", 1, 3, "proven")
    assert (said["twice"]["count"], said["twice"]["ranges"]) == (1, [[3, 3]])
    assert [str(value) for value in cursor(shop.url)] == ["2", "2"]  # it was printed, and not executed
    shop.execute("UPDATE cursors SET last_position = '3' WHERE name = 'orders'")
    assert execute(shop.url, said["statement"]) == 0
    shop.execute("UPDATE cursors SET last_position = '2' WHERE name = 'orders'")
    assert execute(shop.url, said["statement"]) == 1
    assert [str(value) for value in cursor(shop.url)] == ["1", "2"]
    assert execute(shop.url, said["statement"]) == 0


def test_a_cursor_among_columns_of_other_types_is_moved_where_it_alone_stands(shop: Database, tmp_path: Path) -> None:
    one = "6d3f0a5e-1b2c-4d5e-8f90-a1b2c3d4e5f6"
    where = {"owner": one.upper(), "is_live": True, "per%cent": "100% 'of' \\it", "shard": [1, 2]}
    keys = {"table": "public.odd", "where": where, "position": "select", "means": "next"}
    config = replace(SMALLEST, consumer={"cursor": keys}).write(shop, tmp_path)
    shop.execute('CREATE TABLE odd (owner uuid, is_live boolean, "per%cent" text, shard int, "select" char(8))')
    shop.execute(
        "INSERT INTO odd VALUES (?, ?, ?, ?, ?)",
        [(one, True, "100% 'of' \\it", 2, "00000003"), (one, False, "100% 'of' \\it", 2, "00000003")],
    )
    said = document(config)
    assert (said["cursor"], said["cursor_after"]) == ("00000003", "00000002")
    assert execute(shop.url, said["statement"]) == 1
    with psycopg.connect(shop.url) as connection:
        assert connection.execute('SELECT is_live, "select" FROM odd ORDER BY 1').fetchall() == [
            (False, "00000003"),
            (True, "00000002"),
        ]


def test_for_people_it_says_what_to_do_and_that_the_consumer_has_to_be_stopped(shop: Database, tmp_path: Path) -> None:
    outcome = cutover(SMALLEST.write(shop, tmp_path))
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("found: billing can go on in v2 after position 1\n")
    assert "at 2 stands the first event that is not proven processed: upstream 20 (no receipt)" in outcome.stdout
    assert "1 of them it has processed already and will get again: whether it can take that is not" in outcome.stdout
    assert "1. stop billing" in outcome.stdout
    [statement] = [line.strip() for line in outcome.stdout.splitlines() if line.strip().startswith("UPDATE ")]
    assert execute(shop.url, statement) == 1
    assert '   log = "v2"\n   start = 2\n' in outcome.stdout


def test_where_v2_lacks_something_it_ends_with_1_and_names_it(shop: Database, tmp_path: Path) -> None:
    config = replace(SMALLEST, new=in_order([0, 1])).write(shop, tmp_path)
    said = document(config, code=1)
    assert (said["decision"], said["start"], said["statement"]) == ("lacking", None, None)
    assert (said["lost"]["count"], said["lost"]["ranges"]) == (1, [[20, 20]])
    assert [event["id"] for event in said["lost"]["events"]] == ["e2"]
    assert cutover(config).stdout.startswith("lacking: billing would lose 1 event that v2 does not have\n")


def test_the_start_is_not_beyond_what_an_unfinished_writer_may_still_fill(shop: Database, tmp_path: Path) -> None:
    world = World(
        upstream=[Upstream(n) for n in range(4)],
        old=in_order([0, 1, 2, 3]),
        new=in_order([0, 1]),
        done=[1, 2, 3, 4],
        logs={"v2": {"settle": "50ms"}},
    )
    config = world.write(shop, tmp_path)
    insert = b"INSERT INTO v2 (event_id, source, type, shown) VALUES ('b', %s, 'Placed', 1)"
    with psycopg.connect(shop.url) as writer:
        writer.execute(insert, ("e2",))  # draws 3, and has not ended
        shop.execute(insert.decode().replace("%s", "?"), [("e3",)])
        said = document(config)
        assert (said["settled"], said["head"], said["start"], said["twice"]["ranges"]) == (2, 4, 2, [[4, 4]])
        assert any("is settled no further because of pid" in note for note in said["notes"])
    assert document(config)["start"] == 4


def test_where_only_age_says_what_is_settled_it_is_said_and_where_nothing_does_it_is_undecided(
    shop: Database, tmp_path: Path
) -> None:
    world = replace(SMALLEST, done=[1, 2, 3], logs={"v2": {"positions": "unknown", "time": "recorded_at"}})
    config = world.write(shop, tmp_path)
    shop.execute("ALTER TABLE v2 ADD recorded_at timestamptz")
    shop.execute("UPDATE v2 SET recorded_at = now() - interval '1 day' * (4 - position)")
    said = document(config)
    assert (said["start"], said["settled_by"]) == (3, "by age")
    assert any(note.startswith("by age only is it known") for note in said["notes"])
    shop.execute("UPDATE v2 SET recorded_at = now() + interval '1 hour' WHERE position = 3")
    assert document(config)["start"] == 2
    timeless = replace(world, logs={"v2": {"positions": "unknown"}})
    undecided = document(write_config(tmp_path, timeless.settings(shop.url)), code=3)
    assert (undecided["decision"], undecided["reason"]) == ("undecided", "unsettled")


def test_ids_that_are_uuids_in_one_log_and_text_in_another_name_one_event(shop: Database, tmp_path: Path) -> None:
    config = SMALLEST.write(shop, tmp_path)
    as_uuid = "md5({column})::uuid"
    shop.execute(f"ALTER TABLE events ALTER event_id TYPE uuid USING {as_uuid.format(column='event_id')}")
    shop.execute(f"ALTER TABLE v1 ALTER source TYPE uuid USING {as_uuid.format(column='source')}")
    shop.execute("UPDATE v2 SET source = upper(replace(md5(source)::uuid::text, '-', ''))")
    said = document(config)
    assert (said["start"], said["events"]["processed"], said["twice"]["ranges"]) == (1, 2, [[3, 3]])


def test_a_role_that_may_only_select_is_enough(shop: Database, tmp_path: Path, postgres: Server) -> None:
    config = SMALLEST.write(shop, tmp_path)
    shop.execute("DROP ROLE IF EXISTS onlooker")
    shop.execute("CREATE ROLE onlooker LOGIN PASSWORD 'geheim'")
    shop.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO onlooker")
    try:
        url = psycopg.conninfo.conninfo_to_dict(shop.url)
        place = f"postgresql://onlooker:geheim@{url['host']}:{url.get('port', 5432)}/{url['dbname']}"
        config.write_text(config.read_text(encoding="utf-8").replace(shop.url, place), encoding="utf-8")
        assert document(config)["start"] == 1
    finally:
        shop.execute("DROP OWNED BY onlooker")
        shop.execute("DROP ROLE onlooker")


def test_what_is_wrong_with_the_question_ends_with_2_and_says_nothing_on_stdout(shop: Database, tmp_path: Path) -> None:
    config = SMALLEST.write(shop, tmp_path)
    outcome = cutover(config, "--to", "v1")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr == "error: 'billing' reads 'v1' already\n"
    assert cutover(config, "--format", "csv").code == 2


def test_without_an_inbox_it_ends_with_3_and_says_how_to_go_on(shop: Database, tmp_path: Path) -> None:
    config = replace(SMALLEST, consumer={"inbox": None}).write(shop, tmp_path)
    outcome = cutover(config)
    assert outcome.code == 3
    assert outcome.stdout == (
        "undecided: 'billing' has no inbox: nothing proves what it processed (--trust-cursor takes its cursor's word)\n"
    )
    said = document(config, "--trust-cursor")
    assert (said["start"], said["cursor_trusted"]) == (1, True)
    assert "2 taken for processed, on its cursor's word alone" in cutover(config, "--trust-cursor").stdout


def test_a_server_out_of_reach_ends_with_3(shop: Database, tmp_path: Path) -> None:
    config = SMALLEST.write(shop, tmp_path)
    text = config.read_text(encoding="utf-8").replace(shop.url, "postgresql://nobody@127.0.0.1:9/none")
    config.write_text(text, encoding="utf-8")
    said = document(config, code=3)
    assert (said["decision"], said["reason"], said["start"]) == ("undecided", "unreachable", None)


def test_on_a_standby_nothing_shows_what_may_still_appear(postgres18: Server, tmp_path: Path) -> None:
    with postgres18.database() as url, postgres_at(url) as shop:
        config = SMALLEST.write(shop, tmp_path)
        with postgres18.standby() as standby:
            standby.catch_up(postgres18)
            there = standby.url(str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]))
            config.write_text(config.read_text(encoding="utf-8").replace(url, there), encoding="utf-8")
            said = document(config, code=3)
    assert (said["decision"], said["reason"], said["statement"]) == ("undecided", "standby", None)


def test_many_sample_events_are_bounded_and_all_of_them_are_to_be_had(shop: Database, tmp_path: Path) -> None:
    numbers = [*range(9)]
    world = World([Upstream(n, time=OLD) for n in numbers], in_order(numbers), in_order(numbers[:1]), done=[1])
    config = world.write(shop, tmp_path)
    few, every = (document(config, "--max-findings", most, code=1) for most in ("2", "0"))
    assert [len(said["lost"]["events"]) for said in (few, every)] == [2, 8]
    assert few["lost"]["count"] == 8
