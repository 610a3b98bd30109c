"""Whatever stands in the tables is data: it is judged as it should be and shown as it is, to people and to programs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import auditor
from checks.model.result import Audit, Result
from reports import PLAIN, render
from tests.integration.shop import (
    LONG_AGO,
    Database,
    Row,
    check,
    consumer_keys,
    postgres_at,
    rows,
    settings,
    sqlite_at,
    write_config,
)
from tests.postgres import Server

HIGHEST = 2**63 - 1
BEYOND_FLOATS = 2**53
IN_A_WEEK = (datetime.now(UTC) + timedelta(days=7)).isoformat()


@pytest.fixture(scope="module")
def on_postgres(postgres18: Server) -> Iterator[str]:
    """The URL of a database that each test finds empty."""
    with postgres18.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        with sqlite_at(tmp_path / "shop.db") as file:
            yield file
        return
    with postgres_at(request.getfixturevalue("on_postgres")) as there:
        there.execute("DROP SCHEMA public CASCADE")
        there.execute("CREATE SCHEMA public")
        yield there


@dataclass(frozen=True)
class Seen:
    """A result, as everybody gets it."""

    result: Result
    document: dict[str, Any]
    page: str

    @property
    def log(self) -> Audit:
        return self.result.audits[0]

    @property
    def consumer(self) -> Audit:
        return self.result.audits[1]


def audit(folder: Path, database: Database, log: Mapping[str, object], consumer: Mapping[str, object]) -> Seen:
    result = auditor.run(write_config(folder, settings(database.url, log, consumer)))
    document = json.loads(render(result, "json", PLAIN))
    return Seen(result, document, render(result, "terminal", PLAIN))


# -- names ---------------------------------------------------------------------------------------------------------

NAMES = {
    "markup": "[red]x[/red]",
    "open markup": "[/] [link=http://x]",
    "injection": "'; drop table events; --",
    "placeholders": "%s %(a)s {0} :name ?",
    "emoji": "👩‍👩‍👧 order",
    "right to left": "\u202eredro\u200f",
    "newline": "two\nlines\r\n",
    "escape": "\x1b[2J\x1b]0;title\x07",
    "tab and backslash": "a\tb\\",
    "byte order mark": "\ufefforder",
    "combining": "e\u0301",
    "empty": "",
    "spaces": "  ",
    "10 kB": "order-" + "x" * 10_000,
}


def test_a_name_is_judged_like_any_other_and_reported_whole(database: Database, tmp_path: Path) -> None:
    names = list(NAMES.values())
    events = [Row(3 * n + v, stream=name, version=v, type=name, id=f"{name}{v}")
              for n, name in enumerate(names) for v in (1, 2, 3)]  # fmt: skip
    database.write(events, received=[n for n in range(len(events)) if n % 3 != 1])
    seen = audit(tmp_path, database, {}, {"types": ["*"]})
    assert (str(seen.log.verdict), str(seen.consumer.verdict)) == ("consistent", "inconsistent")
    [finding] = seen.document["audits"][1]["findings"]
    reported = [(event["stream"], event["type"], event["id"]) for event in finding["events"]]
    assert (finding["check"], reported) == ("missing", [(name, name, f"{name}2") for name in names])


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_stays_on_its_line(tmp_path: Path, name: str) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write([Row(n, stream=name, version=n, type=name, id=f"{name}{n}") for n in (1, 2, 3)], received=[0, 2])
        page = audit(tmp_path, database, {}, {}).page
    assert all(line.isprintable() for line in page.splitlines())
    assert page.count("- position 2, ") == 1


def test_names_that_differ_in_case_accents_or_spaces_are_streams_of_their_own(
    database: Database, tmp_path: Path
) -> None:
    names = ["order", "Order", "order ", "e\u0301", "é", "or-der"]
    database.write([Row(n, stream=name, version=1, id=f"{name}!") for n, name in enumerate(names, start=1)])
    seen = audit(tmp_path, database, {}, {})
    assert [str(each.verdict) for each in seen.result.audits] == ["consistent", "consistent"]


TYPES = ["[a-z]*", "a%b", "a_b", "a\\b", "a*b", "ab", "axb", "aXb", "[", "]", "^a", "'", "AxB", "a\nb"]


GLOBS = {
    **{name: [name] for name in TYPES if "*" not in name},
    "[a-z]*": ["[a-z]*"],
    "a*b": ["a%b", "a_b", "a\\b", "a*b", "ab", "axb", "aXb", "a\nb"],
    "a?b": ["a%b", "a_b", "a\\b", "a*b", "axb", "aXb", "a\nb"],
    "*": TYPES,
    "?": ["[", "]", "'"],
}


def test_a_type_glob_means_only_its_stars_and_question_marks(database: Database, tmp_path: Path) -> None:
    database.write([Row(n, version=n, type=name) for n, name in enumerate([*TYPES, None], start=1)])
    said = settings(database.url)
    said["consumers"] = {f"c{n}": consumer_keys(types=[glob]) for n, glob in enumerate(GLOBS)}
    result = auditor.run(write_config(tmp_path, said))
    totals = [audit.totals for audit in result.audits if audit.of == "consumer" and audit.totals]
    matched = {glob: (each.received, each.excluded) for glob, each in zip(GLOBS, totals, strict=True)}
    assert matched == {glob: (len(names), len(TYPES) + 1 - len(names)) for glob, names in GLOBS.items()}
    assert str(result.verdict) == "consistent"


WORDS = [
    "select",
    "Order",
    "a b",
    'with"quote',
    "percent%s",
    "ünïcode",
    "semi;colon",
    "tab\tand\nline",
    "(a):",
    "x" * 63,
]


@pytest.mark.parametrize("word", WORDS)
def test_tables_and_columns_may_have_any_name(database: Database, tmp_path: Path, word: str) -> None:
    database.write(rows(3), received=[0, 2])
    quoted = '"' + word.replace('"', '""') + '"'
    for table, column in (("events", "event_id"), ("inbox", "event_id"), ("cursors", "last_position")):
        database.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO {quoted}".replace("?", "??"))
    database.execute(f"ALTER TABLE events RENAME TO {quoted}")
    consumer = {
        "cursor": {"table": "cursors", "where": {"name": "orders"}, "position": word},
        "inbox": {"table": "inbox", "id": word},
    }
    seen = audit(tmp_path, database, {"table": word, "id": word}, consumer)
    assert [finding.ranges for finding in seen.consumer.findings] == [((2, 2),)]


@pytest.mark.parametrize("word", WORDS)
def test_a_condition_may_stand_on_a_column_of_any_name(database: Database, tmp_path: Path, word: str) -> None:
    database.write(rows(3), received=[0, 2])
    quoted = '"' + word.replace('"', '""') + '"'
    for table in ("events", "inbox"):
        database.execute(f"ALTER TABLE {table} ADD COLUMN {quoted} text DEFAULT 'ours'")
    database.execute(f"ALTER TABLE cursors RENAME COLUMN name TO {quoted}")
    consumer = {
        "cursor": {"table": "cursors", "where": {word: "orders"}, "position": "last_position"},
        "inbox": {"table": "inbox", "id": "event_id", "where": {word: ["ours", "theirs"]}, "done": {word: "ours"}},
    }
    seen = audit(tmp_path, database, {"where": {word: "ours"}}, consumer)
    assert [finding.ranges for finding in seen.consumer.findings] == [((2, 2),)]


def test_a_view_can_be_a_log(database: Database, tmp_path: Path) -> None:
    database.write(rows(3), received=[0, 2])
    database.execute("CREATE VIEW published AS SELECT * FROM events")
    seen = audit(tmp_path, database, {"table": "published"}, {})
    assert [finding.ranges for finding in seen.consumer.findings] == [((2, 2),)]


def test_a_table_in_another_schema_is_not_taken_for_one_of_the_same_name(postgres: Server, tmp_path: Path) -> None:
    with postgres.database() as url, postgres_at(url) as there:
        there.write(rows(3), received=[0, 2])
        there.execute('CREATE SCHEMA "My Shop"')
        there.execute('CREATE TABLE "My Shop".events AS SELECT * FROM events WHERE position <> 2')
        seen = audit(tmp_path, there, {"table": "My Shop.events", "version": None}, {})
        assert (seen.consumer.totals, seen.consumer.findings) == (seen.log.totals, ())
        seen = audit(tmp_path, there, {"table": "public.events"}, {})
        assert [finding.ranges for finding in seen.consumer.findings] == [((2, 2),)]


# -- numbers and times ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A log, which of it was received, and what both audits must come to."""

    events: Sequence[Row]
    received: Sequence[int] | None = None
    cursor: object = "last"
    log: Mapping[str, object] = field(default_factory=dict)
    consumer: Mapping[str, object] = field(default_factory=dict)
    verdicts: tuple[str, str] = ("consistent", "consistent")
    totals: Mapping[str, int] = field(default_factory=dict)
    found: Sequence[tuple[str, str, object]] = ()


def times(*said: object) -> list[Row]:
    return [Row(n, version=n, time=time) for n, time in enumerate(said, start=1)]


OLD = LONG_AGO.isoformat()
LOST: dict[str, Any] = {"verdicts": ("consistent", "inconsistent"), "found": [("missing", "confirmed", [[2, 2]])]}
WAITING: dict[str, Any] = {
    "received": [0], "cursor": 1, "totals": {"received": 1, "pending": 1},
    "found": [("lagging", "pending", [[2, 2]])],
}  # fmt: skip
CASES = {
    "beyond 2^53": Case(
        [Row(BEYOND_FLOATS + n, version=n + 1) for n in range(5)], [0, 1, 3, 4],
        verdicts=("consistent", "inconsistent"), found=[("missing", "confirmed", [[BEYOND_FLOATS + 2] * 2])],
    ),
    "near 2^63": Case(
        [Row(HIGHEST - 4 + n, version=n + 1) for n in range(5)], [0, 1, 3, 4],
        verdicts=("consistent", "inconsistent"), found=[("missing", "confirmed", [[HIGHEST - 2] * 2])],
    ),
    "below zero": Case(
        [Row(n - 1, version=n + 1) for n in range(3)], [0, 2],
        verdicts=("consistent", "inconsistent"), found=[("missing", "confirmed", [[0, 0]])],
    ),
    "an absurd version": Case(
        [Row(1, version=1), Row(2, version=HIGHEST)], verdicts=("inconsistent", "consistent"),
        found=[("version-gap", "confirmed", [])],
    ),
    "no versions": Case([Row(1, version=None), Row(2, version=None)], totals={"received": 2}),
    "some versions": Case(
        [Row(1, version=None), Row(2, version=2)], verdicts=("inconsistent", "consistent"),
        found=[("version-gap", "confirmed", [])],
    ),
    "no streams": Case([Row(1, stream=None), Row(2, stream=None)], totals={"received": 2}),
    "no types": Case([Row(1, type=None), Row(2, type=None, version=2)], totals={"received": 2}),
    "no type is of no wanted type": Case(
        [Row(1, type=None), Row(2, version=2)], [1], consumer={"types": ["*"]},
        totals={"produced": 1, "received": 1, "excluded": 1},
    ),
    "some positions": Case(
        [Row(None), Row(2, version=2)], [1], totals={"produced": 2, "received": 1, "unverifiable": 1},
    ),
    "no positions": Case(
        [Row(None), Row(None, version=2)], verdicts=("unknown", "unknown"), totals={"unverifiable": 2},
    ),
    "no rows": Case([], cursor=None, verdicts=("unknown", "unknown"), totals={"produced": 0}),
    "one event": Case([Row()], totals={"produced": 1, "received": 1}),
    "one event, not received": Case(
        [Row()], [], verdicts=("consistent", "inconsistent"), found=[("backfill-incomplete", "confirmed", [[1, 1]])],
    ),
    "all of other types": Case(
        rows(2), [], consumer={"types": ["Nothing"]}, verdicts=("consistent", "unknown"), totals={"excluded": 2},
    ),
    "all filtered": Case(
        rows(2), [], log={"where": {"type": "Nothing"}}, verdicts=("unknown", "unknown"), totals={"excluded": 2},
    ),
    "no times, past": Case(times(None, None, None), [0, 2], **LOST),
    "no times, ahead": Case(times(None, None), **WAITING),
    "in the future, past": Case(times(OLD, IN_A_WEEK, OLD), [0, 2], **LOST),
    "in the future, ahead": Case(times(OLD, IN_A_WEEK), **WAITING),
    "infinity, past": Case(times(OLD, "infinity", "-infinity"), [0, 2], **LOST),
    "infinity, ahead": Case(times(OLD, "infinity"), **WAITING),
    "year 10000, past": Case(times(OLD, "10000-01-01 00:00:00+00", "294276-12-31 00:00:00+00"), [0, 2], **LOST),
    "year 10000, ahead": Case(times(OLD, "10000-01-01 00:00:00+00"), **WAITING),
    "before Christ": Case(times(OLD, "0044-03-15 00:00:00+00 BC", OLD), [0, 2], **LOST),
    "the calendar's ends": Case(times("0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00", OLD), [0, 2], **LOST),
    "naive": Case(
        times(OLD, LONG_AGO.replace(tzinfo=None).isoformat()), [0], 1, verdicts=("consistent", "inconsistent"),
        found=[("lagging", "confirmed", [[2, 2]])],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_numbers_times_and_nothing_get_the_right_verdict(database: Database, tmp_path: Path, case: Case) -> None:
    database.write(case.events, case.received, case.cursor)
    seen = audit(tmp_path, database, case.log, case.consumer)
    audits = seen.document["audits"]
    assert tuple(each["verdict"] for each in audits) == case.verdicts, seen.page
    assert {name: audits[1]["totals"][name] for name in case.totals} == case.totals
    found = [(each["check"], each["verdict"], each["ranges"]) for one in audits for each in one["findings"]]
    assert found == list(case.found)
    assert seen.page.startswith(seen.document["verdict"])


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000], ids=["seconds", "milliseconds", "microseconds"])
@pytest.mark.parametrize("write", [int, str, float], ids=["integer", "text", "real"])
def test_sqlite_may_keep_times_as_numbers_since_1970(tmp_path: Path, unit: int, write: type) -> None:
    moments = [datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)]
    with sqlite_at(tmp_path / "shop.db") as database:
        for age, moment in zip(("old", "new"), moments, strict=True):
            database.execute("DROP TABLE IF EXISTS events")
            database.execute("DROP TABLE IF EXISTS inbox")
            database.execute("DROP TABLE IF EXISTS cursors")
            untyped = Database(database.url, database.execute, "")
            untyped.write(times(write(moment.timestamp() * unit)), [], cursor=None)
            seen = audit(tmp_path, database, {}, {})
            [finding] = seen.document["audits"][1]["findings"]
            assert (finding["check"], finding["verdict"]) == ("lagging", "confirmed" if age == "old" else "pending")
            assert abs(datetime.fromisoformat(finding["events"][0]["time"]) - moment) < timedelta(seconds=1)


def test_names_that_are_no_utf8_are_told_apart_and_shown(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(6), received=[0, 1, 2, 4, 5])
        database.execute("UPDATE events SET stream_id = CAST(x'6fff' AS TEXT), version = position WHERE position < 4")
        database.execute(
            "UPDATE events SET stream_id = CAST(x'6ffe' AS TEXT), version = position - 3 WHERE position > 3"
        )
    seen = audit(tmp_path, database, {}, {})
    assert [str(each.verdict) for each in seen.result.audits] == ["consistent", "inconsistent"]
    [finding] = seen.document["audits"][1]["findings"]
    assert (finding["check"], finding["ranges"]) == ("missing", [[4, 4]])
    assert "fe" in finding["events"][0]["stream"]
    json.dumps(seen.document, ensure_ascii=False).encode()


def test_ids_that_are_no_utf8_accuse_nobody(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        database.write(rows(6))
        for table in ("events", "inbox"):
            name = "CAST(x'ff' || substr(event_id, -1) AS TEXT)"
            database.execute(f"UPDATE {table} SET event_id = {name} WHERE event_id LIKE '%2' OR event_id LIKE '%4'")
        database.execute("UPDATE events SET event_id = 'z' || position WHERE position = 6")
        database.execute("UPDATE inbox SET event_id = 'z6' WHERE event_id LIKE '%5'")
    seen = audit(tmp_path, database, {}, {})
    assert str(seen.consumer.verdict) in ("consistent", "unknown")
    assert seen.consumer.findings == ()


def test_hostile_names_pass_through_the_program_itself(database: Database, tmp_path: Path) -> None:
    database.write([Row(n, stream=f"{n}{''.join(NAMES.values())}") for n in (1, 2, 3)], received=[0, 2])
    config = write_config(tmp_path, settings(database.url))
    for arguments in ((), ("--show-sql", "--debug"), ("--format", "json")):
        outcome = check(config, *arguments)
        assert outcome.code == 1
        assert "Traceback" not in outcome.stderr
        assert all(line.isprintable() for line in (outcome.stdout + outcome.stderr).splitlines())
