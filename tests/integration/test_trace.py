"""``auditor trace`` on PostgreSQL, by the command line, for a role that may select and nothing else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.auditor.cli.prepared import Outcome, called
from tests.postgres import Server

EVENT = UUID("6f1c0000-0000-4000-8000-00000000000a")
TABLES = {
    "shop": """
CREATE TABLE events (
    position bigint PRIMARY KEY, event_id uuid NOT NULL UNIQUE, stream_id text NOT NULL, version int NOT NULL,
    type varchar(40) NOT NULL, recorded_at timestamptz NOT NULL, transaction_id xid8 NOT NULL,
    UNIQUE (stream_id, version));
CREATE TABLE accounts (account_id varchar PRIMARY KEY, version numeric NOT NULL);
CREATE TABLE outbox (id bigint PRIMARY KEY, event_id uuid NOT NULL, recorded_at timestamptz, published_at timestamptz);
CREATE TABLE orders_v1 (
    position numeric PRIMARY KEY, message_id text NOT NULL, source_position text NOT NULL, recorded_at timestamptz);
CREATE TABLE publishers (name text, last_position text);
""",
    "billing": """
CREATE TABLE cursors (name text, place text);
CREATE TABLE inbox (seq bigserial, consumer text, event_id text, received_at timestamptz, handled boolean);
CREATE TABLE dead_letters (event_id bytea);
""",
}
CONFIG = """\
[stores.shop]
url = "{shop}"
[stores.billing-db]
url = "{billing}"
[logs.orders]
store = "shop"
table = "events"
position = "position"
order = ["transaction_id", "position"]
id = "event_id"
stream = "stream_id"
version = "version"
type = "type"
time = "recorded_at"
[logs.outbox]
store = "shop"
derived_from = "orders"
source = "event_id"
table = "public.outbox"
position = "id"
id = "event_id"
time = "recorded_at"
sent = "published_at"
[logs.v1]
store = "shop"
derived_from = "orders"
source = "source_position"
source_key = "position"
table = "orders_v1"
position = "position"
id = "message_id"
time = "recorded_at"
[logs.v1.cursor]
table = "publishers"
where = {{ name = "v1" }}
position = "last_position"
[states.accounts]
log = "orders"
store = "shop"
table = "accounts"
stream = "account_id"
version = "version"
[consumers.billing]
log = "orders"
store = "billing-db"
types = ["Order*"]
[consumers.billing.cursor]
table = "cursors"
where = {{ name = "billing" }}
position = "place"
[consumers.billing.inbox]
table = "inbox"
where = {{ consumer = "billing" }}
id = "event_id"
received = "received_at"
done = {{ handled = true }}
[consumers.billing.parked]
table = "dead_letters"
id = "event_id"
[consumers.mail]
log = "v1"
store = "billing-db"
start = "first"
[consumers.mail.inbox]
table = "inbox"
where = {{ consumer = "mail" }}
id = "event_id"
received = "seq"
"""


@dataclass(frozen=True)
class System:
    """Two databases, and a config by which a reader sees them."""

    folder: Path
    urls: dict[str, str]

    def run(self, database: str, statement: str, *parameters: object) -> None:
        with psycopg.connect(self.urls[database], autocommit=True) as connection:
            connection.execute(statement.encode(), parameters or None)

    def event(self, number: int, stream: str, version: int, id_: UUID, type_: str = "OrderPaid") -> None:
        """The event at the position ten times ``number``, as transaction 1000 + ``number``, two minutes a number."""
        time = f"2026-03-01 12:{2 * number - 4:02}:00+00" if number > 1 else "2026-03-01 11:58:00+00"
        values = (number * 10, id_, stream, version, type_, time, str(1000 + number))
        self.run("shop", "INSERT INTO events VALUES (%s, %s, %s, %s, %s, %s, %s::text::xid8)", *values)

    def trace(self, *arguments: str) -> Outcome:
        return called("trace", "--config", str(self.folder / "auditor.toml"), *arguments)

    def hops(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """Every hop of the document by what it is and its name."""
        outcome = self.trace(*arguments, "--format", "json")
        assert (outcome.code, outcome.stderr) == (0, "")
        return {f"{hop['of']} {hop['name']}": hop for hop in json.loads(outcome.stdout)["hops"]}

    def verdicts(self, *arguments: str) -> dict[str, str]:
        return {name: hop["verdict"] for name, hop in self.hops(*arguments).items()}


@pytest.fixture
def system(postgres18: Server, tmp_path: Path) -> Iterator[System]:
    """A pipeline through which one event went everywhere, after another one."""
    with postgres18.database() as shop, postgres18.database() as billing:
        found = System(tmp_path, {"shop": shop, "billing": billing})
        reader = postgres18.role("tracer", "for reading")
        for name, tables in TABLES.items():
            found.run(name, tables)
            grant = sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(reader))
            with psycopg.connect(found.urls[name], autocommit=True) as connection:
                connection.execute(grant)
        read = {name: postgres18.url(str(conninfo_to_dict(url)["dbname"]), reader) for name, url in found.urls.items()}
        (tmp_path / "auditor.toml").write_text(CONFIG.format(**read))
        found.event(1, "order-1", 1, UUID(int=1), "OrderPlaced")
        found.event(2, "order-1", 2, EVENT)
        found.run("shop", "INSERT INTO accounts VALUES ('order-1', 2)")
        times = "'2026-03-01 12:00:00.5+00', '2026-03-01 12:00:01+00'"
        found.run("shop", f"INSERT INTO outbox VALUES (7, '{EVENT}', {times})")
        found.run("shop", "INSERT INTO orders_v1 VALUES (3, 'm-2', '0020', '2026-03-01 12:00:02+00')")
        found.run("shop", "INSERT INTO publishers VALUES ('v1', '20')")
        found.run("billing", "INSERT INTO cursors VALUES ('billing', '1002:20')")
        received = f"('billing', '{EVENT.hex.upper()}', '2026-03-01 11:59:59+00', true), ('mail', 'm-2', NULL, NULL)"
        found.run("billing", f"INSERT INTO inbox (consumer, event_id, received_at, handled) VALUES {received}")
        yield found


EVERYWHERE = {
    "state accounts": "in step",
    "log orders": "written",
    "consumer billing": "processed",
    "log outbox": "derived",
    "outbox outbox": "sent",
    "publisher v1": "past",
    "log v1": "derived",
    "consumer mail": "received",
}


def test_an_event_is_followed_through_two_databases_by_whatever_it_is_called(system: System) -> None:
    names = (str(EVENT), EVENT.hex.upper(), "orders:20", "order-1@2", "m-2", "v1:3", "outbox:7")
    assert {name: system.verdicts(name) for name in names} == dict.fromkeys(names, EVERYWHERE)


def test_times_of_two_servers_give_signed_delays_that_name_both_clocks(system: System) -> None:
    hops = system.hops("order-1@2")
    assert hops["consumer billing"]["delay"] == {"seconds": -1.0, "of": "log", "name": "orders", "clock": "shop"}
    assert hops["consumer billing"]["cursor"] == [1002, 20]
    assert hops["outbox outbox"]["delay"]["seconds"] == 0.5
    assert "-1.00s (shop -> billing-db)" in system.trace("order-1@2").stdout


def test_what_was_lost_on_the_way_is_said_where_it_was_lost(system: System) -> None:
    lost = UUID("6f1c0000-0000-4000-8000-00000000000b")
    system.event(3, "order-2", 1, lost)
    system.run("shop", "UPDATE publishers SET last_position = '30'")
    system.run("billing", "UPDATE cursors SET place = '1003:30'")
    assert system.verdicts(str(lost)) == {
        "state accounts": "no row",
        "log orders": "written",
        "consumer billing": "not received",
        "log outbox": "not derived",
        "publisher v1": "past",
        "log v1": "not derived",
        "consumer mail": "not received",
    }
    system.run("billing", "INSERT INTO dead_letters VALUES (decode(%s, 'hex'))", lost.hex)
    assert system.verdicts(str(lost))["consumer billing"] == "parked"


def test_a_transaction_that_is_not_reached_is_not_lost_although_its_position_is_lower(system: System) -> None:
    late = UUID("6f1c0000-0000-4000-8000-00000000000c")
    statement = "INSERT INTO events VALUES (15, %s, 'order-3', 1, 'OrderPaid', now(), '5000'::xid8)"
    system.run("shop", statement, late)
    assert system.verdicts(str(late))["consumer billing"] == "not yet"


def test_names_that_mean_something_elsewhere_are_names_here(system: System) -> None:
    streams = ("o'rder-1", 'o"rder', "100%s :x %(y)s", "a\\b", "tab\tnew\nline", "[red]\x1b[2J", "ünï\u202e", "o@r:d")
    for number, stream in enumerate(streams):
        system.event(10 + number, stream, 1, UUID(int=100 + number))
        system.run("shop", "INSERT INTO accounts VALUES (%s, 1)", stream)
        hops = system.hops(f"{stream}@1")
        assert hops["log orders"]["event"]["stream"] == stream
        assert hops["state accounts"]["verdict"] == "in step"
    plain = "".join(system.trace(f"{stream}@1").stdout for stream in streams[4:7])
    assert not set(plain) & {"\x1b", "\u202e", "\t"}


def test_a_database_that_is_down_hides_its_hops_only(system: System) -> None:
    config = system.folder / "auditor.toml"
    text = config.read_text()
    port = str(conninfo_to_dict(system.urls["billing"])["port"])
    head, _, tail = text.partition("[logs.orders]")
    shop, _, billing = head.partition("[stores.billing-db]")
    config.write_text(f"{shop}[stores.billing-db]{billing.replace(f':{port}/', ':1/')}[logs.orders]{tail}")
    outcome = system.trace(str(EVENT), "--format", "json")
    hops = {f"{hop['of']} {hop['name']}": hop for hop in json.loads(outcome.stdout)["hops"]}
    assert outcome.code == 3
    down = {"consumer billing", "consumer mail"}
    assert {name for name, hop in hops.items() if hop["verdict"] == "cannot tell"} == down
    assert {hops[name]["problem"] for name in down} == {"unreachable"}
    assert {name: hop["verdict"] for name, hop in hops.items() if name not in down} == {
        name: verdict for name, verdict in EVERYWHERE.items() if name not in down
    }


def test_a_right_that_is_missing_is_a_problem_of_its_hop(system: System) -> None:
    system.run("shop", "DROP TABLE accounts; CREATE TABLE accounts (account_id text, version int)")
    outcome = system.trace(str(EVENT), "--format", "json")
    [state] = [hop for hop in json.loads(outcome.stdout)["hops"] if hop["of"] == "state"]
    assert (outcome.code, state["verdict"], state["problem"]) == (3, "cannot tell", "denied")


def test_what_is_no_event_of_any_kind_is_found_nowhere_without_an_error(system: System) -> None:
    for event in ("no uuid at all", "orders:99999999999999999999999", "order-1@99999999999999999999", "orders:-5"):
        outcome = system.trace(event)
        assert (outcome.code, outcome.stderr) == (3, "")
        assert outcome.stdout.startswith("not found: ")
