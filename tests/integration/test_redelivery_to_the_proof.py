"""From an audit that finds a loss to one that finds none: planned, applied, verified, on a real server."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.auditor.cli.prepared import Outcome, called
from tests.integration.shop import Database, check, postgres_at, rows, settings, write_config
from tests.postgres import Server

SENDER = """\
import json, os, sys
import psycopg
with psycopg.connect(os.environ["SHOP"], autocommit=True) as connection:
    for line in sys.stdin:
        event = json.loads(line)
        connection.execute("INSERT INTO inbox SELECT max(seq) + 1, %s FROM inbox", (event["id"],))
        print(json.dumps({"key": event["key"], "result": "accepted"}), flush=True)
"""


@pytest.fixture
def shop(postgres18: Server) -> Iterator[Database]:
    with postgres18.database() as url, postgres_at(url) as database:
        database.write(rows(60), [n for n in range(60) if n % 7])
        yield database


def redeliver(config: Path, url: str, *arguments: str) -> Outcome:
    return called("redeliver", *arguments, "--config", str(config), env={"SHOP": url})


def test_what_an_audit_finds_missing_is_sent_and_the_next_audit_finds_nothing(shop: Database, tmp_path: Path) -> None:
    (tmp_path / "sender.py").write_text(SENDER)
    said = settings(shop.url, consumer={"idempotent": True, "redelivery": "sender"})
    command = [sys.executable, str(tmp_path / "sender.py")]
    said["redelivery"] = {"sender": {"kind": "command", "command": command, "batch": 4, "heard_by": ["billing"]}}
    config, plan = write_config(tmp_path, said), str(tmp_path / "plan.json")
    assert check(config).code == 1
    planned = redeliver(config, shop.url, "plan", "--first-sighting", "-o", plan)
    assert (planned.code, planned.stderr) == (0, "")
    looked = redeliver(config, shop.url, "apply", plan)
    assert looked.stdout.startswith("dry run: 9 of 9 events would be sent; nothing was sent\n")
    assert check(config).code == 1
    applied = redeliver(config, shop.url, "apply", plan, "--execute", "--yes", "--canary", "2", "--verify")
    assert (applied.code, applied.stderr) == (0, "")
    assert "healed: 9 of 9 events arrived" in applied.stdout
    assert check(config).code == 0
    again = redeliver(config, shop.url, "apply", plan, "--execute", "--yes")
    assert again.stdout.startswith("sent: nothing left to do: 9 events accepted or found by earlier attempts\n")


def test_a_plan_for_one_database_is_refused_for_another(shop: Database, postgres18: Server, tmp_path: Path) -> None:
    (tmp_path / "sender.py").write_text(SENDER)
    said = settings(shop.url, consumer={"idempotent": True, "redelivery": "sender"})
    said["redelivery"] = {"sender": {"kind": "command", "command": [os.devnull], "heard_by": ["billing"]}}
    config, plan = write_config(tmp_path, said), str(tmp_path / "plan.json")
    assert redeliver(config, shop.url, "plan", "--first-sighting", "-o", plan).code == 0
    with postgres18.database() as url, postgres_at(url) as twin:
        twin.write(rows(60), [n for n in range(60) if n % 7])
        said["stores"]["shop"]["url"] = url
        write_config(tmp_path, said)
        refused = redeliver(config, url, "apply", plan, "--execute", "--yes")
    assert (refused.code, refused.stdout) == (3, "")
    assert refused.stderr.startswith("error: the plan was made from another database: log 'orders'")
