"""The SQL of findings is pasted into PostgreSQL, where columns have types of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from auditor.audit import run
from checks.model.finding import Finding
from tests.auditor.statements.executing import sql_of
from tests.auditor.statements.faults import Loud
from tests.postgres import Server

SCHEMA: LiteralString = """
CREATE SCHEMA "Shop";
CREATE TYPE status AS ENUM ('Received', 'Handled');
CREATE TABLE "Shop"."Events" (
    "Position" bigint NOT NULL, "EventId" uuid NOT NULL, tenant text NOT NULL, stream text, version numeric,
    kind text, "recordedAt" timestamptz, archived boolean, deleted_at timestamptz, PRIMARY KEY (tenant, "Position")
) PARTITION BY LIST (tenant);
CREATE TABLE "Shop".a PARTITION OF "Shop"."Events" FOR VALUES IN ('it''s 100% \\ :a');
CREATE TABLE "Shop".b PARTITION OF "Shop"."Events" DEFAULT;
CREATE TABLE "In Box" (consumer varchar(20), event text, pos numeric, tenant text, raw bytea, state status);
CREATE TABLE "Cursors" ("Reader" text, tenant text, last text);
"""
EVIL, CALM = "it's 100% \\ :a", "calm"
CONFIG = """
[stores.shop]
url = "{url}"
[logs.orders]
store = "shop"
table = "Shop.Events"
position = "Position"
partition = "tenant"
id = "EventId"
stream = "stream"
version = "version"
type = "kind"
time = "recordedAt"
where = {{ archived = false, kind = ["Placed", "it's"], deleted_at = {{ is_null = true }} }}
"""
CONSUMER = """
[consumers.{name}]
log = "orders"
store = "shop"
start = "first"
grace = "0s"
[consumers.{name}.cursor]
table = "Cursors"
where = {{ Reader = "{name}" }}
position = "last"
partition = "tenant"
[consumers.{name}.inbox]
table = "In Box"
where = {{ consumer = "{name}" }}
done = {{ state = "Handled" }}
{identity}
"""
IDENTITIES = {"texts": 'id = "event"', "bytes": 'id = "raw"', "numbers": 'position = "pos"\npartition = "tenant"'}
EVENTS = 9


@pytest.fixture(scope="module")
def url(postgres18: Server) -> Iterator[str]:
    """Of each tenant the events 4 and 7 are with nobody, 5 came twice, and what does not count is at 8."""
    with postgres18.database() as url:
        with psycopg.connect(url) as shop:
            shop.execute(SCHEMA)
            for tenant in (EVIL, CALM):
                for position in range(1, EVENTS + 1):
                    _write(shop, tenant, position)
                for name in IDENTITIES:
                    last = f"{EVENTS:012d}"
                    shop.execute('INSERT INTO "Cursors" VALUES (%s, %s, %s)', (name, tenant, last))
        yield url


def _write(shop: psycopg.Connection[Any], tenant: str, position: int) -> None:
    id_ = UUID(int=position + (100 if tenant == EVIL else 200))
    row = (position, id_, tenant, f"{tenant}-s", position, "Placed", "2026-01-01T12:00Z", position == EVENTS - 1)
    shop.execute('INSERT INTO "Shop"."Events" VALUES (%s, %s, %s, %s, %s, %s, %s, %s, NULL)', row)
    received = {4: 0, 5: 2, 7: 0, 8: 0}.get(position, 1)
    for name in (*IDENTITIES, "another"):
        for _ in range(received if name != "another" else 1):
            receipt = (name, id_.hex.upper(), position, tenant, id_.bytes, "Handled")
            shop.execute('INSERT INTO "In Box" VALUES (%s, %s, %s, %s, %s, %s)', receipt)


@pytest.fixture(scope="module")
def findings(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str | None], Finding]:
    config: Path = tmp_path_factory.mktemp("config") / "auditor.toml"
    consumers = (CONSUMER.format(name=name, identity=identity) for name, identity in IDENTITIES.items())
    config.write_text(CONFIG.format(url=url) + "".join(consumers))
    audits = run(config, observer=Loud()).audits
    return {(audit.name, each.check, each.partition): each for audit in audits for each in audit.findings}


def pasted(url: str, finding: Finding) -> list[list[DictRow]]:
    """What psql would show, which looks for no parameters."""
    with psycopg.connect(url, row_factory=dict_row) as client:
        return [client.execute(said["statement"].encode()).fetchall() for said in sql_of(finding)]


@pytest.mark.parametrize("tenant", [EVIL, CALM])
@pytest.mark.parametrize("name", IDENTITIES)
def test_what_never_came_is_in_the_log_and_not_in_the_inbox(
    name: str, tenant: str, url: str, findings: dict[tuple[str, str, str | None], Finding]
) -> None:
    events, receipts, cursor = pasted(url, findings[name, "missing", tenant])
    assert [(row["tenant"], row["Position"]) for row in events] == [(tenant, 4), (tenant, 7)]
    assert receipts == []
    assert [(row["tenant"], int(row["last"])) for row in cursor] == [(tenant, EVENTS)]


@pytest.mark.parametrize("name", IDENTITIES)
def test_what_came_twice_is_in_the_inbox_twice(
    name: str, url: str, findings: dict[tuple[str, str, str | None], Finding]
) -> None:
    receipts, events = pasted(url, findings[name, "duplicate", EVIL])
    assert [row["consumer"] for row in receipts] == [name, name]
    assert [(row["tenant"], row["Position"]) for row in events] == [(EVIL, 5)]
