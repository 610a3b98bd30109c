"""From a lossy consumer to a whole one by the command line alone: plan, apply, verify, and a clean audit."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.auditor.cli.prepared import Outcome, called
from tests.auditor.redelivery.servers import Behaviour, Exchange, Scene, answering, serving
from tests.integration.producer import delivering, produced, received
from tests.integration.shop import Database, postgres_at, rows, settings, sqlite_at, write_config
from tests.postgres import Server

LACKING = (3, 4, 5, 17, 30, 31, 58)
TOKEN = "sturgeon-41-sturgeon"


@dataclass(frozen=True, slots=True)
class Shop:
    """A log, a consumer that lacks some of it, and a folder to type in."""

    database: Database
    folder: Path

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    def asks(self, server: Scene, **keys: Any) -> None:
        """Say in auditor.toml where events are sent again."""
        said = settings(self.database.url, consumer={"redelivery": "api", "idempotent": True})
        target = {"kind": "http", "url": server.url + "/again/{consumer}", "retries": 1, **keys}
        write_config(self.folder, {**said, "redelivery": {"api": target}})

    def type(self, *arguments: str) -> Outcome:
        """``auditor …`` in that folder, to its end."""
        return called(*arguments, folder=self.folder, env={"SHOP_TOKEN": TOKEN})

    def planned(self) -> Outcome:
        """The plan for all that is missing."""
        done = self.type("redeliver", "plan", "billing", "-o", str(self.plan), "--first-sighting", "--force")
        assert done.code == 0, done
        return done

    def applied(self, *arguments: str) -> Outcome:
        """That plan, sent."""
        return self.type("redeliver", "apply", str(self.plan), "--execute", "--yes", *arguments)


@pytest.fixture(params=["sqlite", "postgres18"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Such a shop in each kind of database."""
    if request.param == "sqlite":
        with sqlite_at(tmp_path / "shop.db") as database:
            yield lossy(database, tmp_path)
        return
    server = request.getfixturevalue(request.param)
    assert isinstance(server, Server)
    with server.database() as url, postgres_at(url) as database:
        yield lossy(database, tmp_path)


def lossy(database: Database, folder: Path) -> Shop:
    database.write(rows(60), received=[n for n in range(60) if n not in LACKING])
    return Shop(database, folder)


def is_whole(shop: Shop) -> bool:
    return received(shop.database.url) == produced(shop.database.url) and shop.type("check").code == 0


@pytest.mark.parametrize(("keys", "requests"), [({"batch": 3}, 3), ({"shape": "range"}, 4)])
def test_a_lossy_consumer_becomes_whole(shop: Shop, keys: dict[str, Any], requests: int) -> None:
    with serving(delivering(shop.database.url)) as server:
        shop.asks(server, **keys)
        shop.planned()
        assert server.lines == 0
        done = shop.applied("--verify", "--reason", "lost in March", "--ticket", "OPS-7")
        assert done.code == 0, done
        assert len(server.asked) == requests
        assert is_whole(shop)
        assert shop.applied().code == 0
        assert len(server.asked) == requests
    assert shop.type("redeliver", "verify", str(shop.plan)).code == 0


def test_what_was_done_without_an_answer_is_found_and_not_asked_for_again(shop: Shop) -> None:
    with serving(delivering(shop.database.url, answers=False), answering(500)) as server:
        shop.asks(server)
        shop.planned()
        shop.applied()
        assert shop.applied("--verify").code == 0
        assert len(server.asked) == 1
        assert is_whole(shop)


def test_what_was_lost_without_an_answer_is_asked_for_again(shop: Shop) -> None:
    with serving(cutting, delivering(shop.database.url)) as server:
        shop.asks(server)
        shop.planned()
        shop.applied()
        assert received(shop.database.url) != produced(shop.database.url)
        assert shop.applied("--verify").code == 0
        one, two = server.asked
        assert one == two
        assert is_whole(shop)


def cutting(exchange: Exchange) -> None:
    exchange.read()
    exchange.cut()


def test_accepted_is_not_delivered(shop: Shop) -> None:
    with serving(answering(202)) as server:
        shop.asks(server)
        shop.planned()
        assert shop.applied("--verify").code == 1
        assert shop.type("check").code == 1


@pytest.mark.parametrize("status", [202, 400])
def test_a_token_reaches_the_server_and_nothing_else(shop: Shop, status: int) -> None:
    with serving(repeating_all(status)) as server:
        shop.asks(server, auth={"bearer": "${SHOP_TOKEN}"}, headers={"X-Api-Key": "${SHOP_TOKEN}"})
        typed = [shop.planned(), shop.applied("--verify"), shop.applied("--again", "--format", "json")]
    typed += [shop.type("redeliver", "log"), shop.type("redeliver", "show", str(shop.plan))]
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    written = [path for path in shop.folder.rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"plan.json", "ledger.db"}
    assert TOKEN not in "".join(done.stdout + done.stderr for done in typed)
    assert all(TOKEN.encode() not in path.read_bytes() for path in written)


def repeating_all(status: int) -> Behaviour:
    """A server that says whatever it was told."""

    def answer(exchange: Exchange) -> None:
        asked = exchange.read()
        said = f"{asked.headers['authorization']} {asked.headers}".encode()
        exchange.begin(status, {"Content-Length": str(len(said)), "Retry-After": "0", "X-Request-Id": TOKEN})
        exchange.wfile.write(said)

    return answer
