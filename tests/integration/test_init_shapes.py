"""``auditor init`` finds a log by its keys where its columns are called as nobody would guess."""

from pathlib import Path
from typing import Any

import pytest

import auditor
from tests.integration.happened import happened
from tests.integration.shop import postgres_at
from tests.integration.test_init import accusations, initialised
from tests.integration.unknown_folder import Folder
from tests.postgres import Server

COLUMNS = (
    "gid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, eid uuid NOT NULL UNIQUE, parcel uuid NOT NULL, v int NOT "
    "NULL, what text NOT NULL, payload jsonb, ts timestamptz NOT NULL, UNIQUE (parcel, v)"
)
OUTBOX = (
    "no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, eid uuid NOT NULL, created timestamptz NOT NULL, sent boolean"
)


def test_a_log_is_told_by_its_keys_and_the_outbox_beside_it_is_not_taken_in_its_stead(
    postgres18: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = happened()
    with postgres18.database() as url, postgres_at(url) as database:
        for statement in (
            "CREATE SCHEMA s",
            f"CREATE TABLE s.parcel_log ({COLUMNS})",
            f"CREATE TABLE s.outbox ({OUTBOX})",
        ):
            database.execute(statement)
        insert = "INSERT INTO s.parcel_log (eid, parcel, v, what, ts) VALUES (?, ?, ?, ?, ?)"
        database.execute(insert, [(e.id, e.stream, e.version, e.type, e.time) for e in events])
        insert = "INSERT INTO s.outbox (eid, created, sent) VALUES (?, ?, true)"
        database.execute(insert, [(e.id, e.time) for e in events])
        written = initialised([url], tmp_path / "auditor.toml", monkeypatch)
        [store] = written["stores"]
        assert written["logs"] == {"s-parcel_log": {"store": store, "table": "s.parcel_log"} | KEYS}
        assert "#[logs.s-outbox]" in (tmp_path / "auditor.toml").read_text()
        assert accusations(auditor.run(tmp_path / "auditor.toml")) == []


KEYS = {"position": "gid", "id": "eid", "stream": "parcel", "version": "v", "type": "what", "time": "ts"}
PLACED = (
    "CREATE TABLE {} (gid INTEGER PRIMARY KEY, eid TEXT NOT NULL UNIQUE, parcel TEXT, v INTEGER, what TEXT, "
    "ts TIMESTAMP, UNIQUE (parcel, v))"
)


def filled(folder: Folder, table: str, rows: list[tuple[Any, ...]]) -> None:
    folder.fill(PLACED.format(table), (f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)", rows))


def rows() -> list[tuple[Any, ...]]:
    return [(e.position, str(e.id), str(e.stream), e.version, e.type, e.time.isoformat()) for e in happened()]


def test_where_the_tables_name_says_nothing_it_is_said_and_nothing_is_audited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Folder(tmp_path)
    filled(folder, "parcels", rows())
    assert folder.init() == 3
    assert "parcels: unsure, a unique key over (parcel, v)" in capsys.readouterr().err
    assert folder.init("--log", "parcels") == 0
    assert folder.written["logs"]["parcels"] == {"store": "shop", "table": "parcels"} | KEYS


def test_an_outbox_beside_such_a_table_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Folder(tmp_path)
    filled(folder, "parcels", rows())
    folder.fill("CREATE TABLE outbox (no INTEGER PRIMARY KEY, type TEXT, payload TEXT, created_at TEXT, sent_at TEXT)")
    assert folder.init() == 0
    assert list(folder.written["logs"]) == ["outbox"]
    assert "parcels beside it may be the log itself: --log parcels" in folder.prose
    assert "#[logs.parcels]" in folder.text
    assert "parcels beside it may be the log itself" in capsys.readouterr().err


def test_numbers_that_do_not_count_make_no_log_of_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Folder(tmp_path)
    filled(folder, "parcels", [(n, eid, parcel, v * 7, what, ts) for n, eid, parcel, v, what, ts in rows()])
    assert folder.init() == 3
    assert "parcels" not in capsys.readouterr().err


def test_of_two_columns_that_may_be_the_type_none_is_taken(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    filled(folder, "parcel_log", rows())
    folder.fill("ALTER TABLE parcel_log ADD COLUMN who TEXT", "UPDATE parcel_log SET who = substr(eid, 1, 1)")
    assert folder.init() == 0
    assert "type" not in folder.written["logs"]["parcel_log"]
