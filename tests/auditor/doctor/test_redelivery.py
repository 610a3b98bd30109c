"""What the doctor says of targets: whether they could send, who would hear it, and that nothing is sent by asking."""

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from auditor.config import load
from auditor.doctor import examine
from checks.model.diagnosis import Examined, Level

FAILURE, UNKNOWN, WARNING, FINE = Level

CONFIG = """\
[stores.shop]
url = "sqlite:///shop.db"
[stores.writer]
url = "sqlite:///shop.db"
[logs.orders]
store = "shop"
table = "events"
position = "position"
id = "event_id"
sent = "sent"
[consumers.billing]
log = "orders"
store = "shop"
redelivery = "again"
idempotent = true
[consumers.billing.cursor]
table = "cursors"
position = "last"
[consumers.billing.inbox]
table = "inbox"
id = "event_id"
"""
TABLES = """
CREATE TABLE events (position INTEGER PRIMARY KEY, event_id TEXT UNIQUE, sent INT, data TEXT);
CREATE TABLE inbox (event_id TEXT);
CREATE TABLE cursors (last INT);
INSERT INTO events VALUES (1, 'a', 1, 'x');
INSERT INTO inbox VALUES ('a');
INSERT INTO cursors VALUES (1);
"""
AUTH = '[redelivery.again.auth]\nbearer = "geheim-token"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(TABLES)
    return tmp_path


def told(folder: Path, target: str, config: str = CONFIG, names: Sequence[str] = ()) -> list[Examined]:
    """The lines about the target."""
    (folder / "auditor.toml").write_text(f"{config}[redelivery.again]\n{target}\n", encoding="utf-8")
    lines = examine(load(folder / "auditor.toml"), names).lines
    return [line for line in lines if line.of == "redelivery"]


def one(folder: Path, target: str, config: str = CONFIG) -> tuple[Level, str]:
    """Its one line."""
    [line] = told(folder, target, config)
    assert (line.name, line.topic) == ("again", "redelivery")
    return line.level, line.message


HTTP = 'kind = "http"\nurl = "https://shop.example:8443/again/{consumer}?token=geheim-frage"\n'


@pytest.mark.parametrize(
    ("auth", "how"),
    [
        ("", "without credentials"),
        (AUTH, "with a bearer token"),
        ('[redelivery.again.auth]\nuser = "me"\npassword = "geheim-wort"', "with user and password"),
        ('[redelivery.again.auth]\nheader = "X-Key"\nvalue = "geheim-wort"', "with the header 'X-Key'"),
    ],
)
def test_an_api_is_named_and_not_asked(folder: Path, auth: str, how: str) -> None:
    assert one(folder, HTTP + auth) == (FINE, f"POST to https://shop.example:8443 {how}, not tried")


def test_an_api_that_anybody_could_be(folder: Path) -> None:
    able, doubt = told(folder, f"{HTTP}tls_verify = false\n{AUTH}")
    assert (able.level, doubt.level) == (FINE, WARNING)
    assert doubt.message.startswith("'tls_verify = false': whoever answers is believed")
    _, doubt = told(folder, HTTP.replace("https", "http") + AUTH)
    assert doubt.message.startswith("credentials go over http")


def test_a_certificate_that_is_not_there(folder: Path) -> None:
    level, message = one(folder, f'{HTTP}tls_ca = "absent.pem"')
    assert level is WARNING
    assert "absent.pem" in message
    assert message.endswith("(audits work, but nothing can be sent by it)")


def test_a_request_that_says_what_events_say_needs_the_column(folder: Path) -> None:
    body = f'{HTTP}body = {{ id = "{{id}}", said = "{{data}}" }}'
    able, doubt = told(folder, body)
    assert (able.level, doubt.level) == (FINE, WARNING)
    assert doubt.message.startswith("it sends what events say, and no column of 'orders' is named for that")
    assert one(folder, body, CONFIG.replace('id = "event_id"\nsent', 'id = "event_id"\ndata = "data"\nsent'))[0] is FINE


def test_an_outbox_needs_somebody_named_who_hears_it(folder: Path) -> None:
    able, doubt = told(folder, 'kind = "outbox"\nlog = "orders"\nstore = "writer"')
    assert (able.level, able.message) == (FINE, "rows can be marked unsent again in 'orders'")
    assert doubt.message.startswith("nothing that is sent says for whom it is, and nobody is named who hears it")
    assert doubt.advice == "name everybody who hears it as heard_by in [redelivery.again]"
    assert one(folder, 'kind = "outbox"\nlog = "orders"\nheard_by = ["billing"]')[0] is FINE
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        assert connection.execute("SELECT sent FROM events").fetchall() == [(1,)]


def test_an_outbox_that_is_not_there(folder: Path) -> None:
    level, message = one(folder, 'kind = "outbox"\nlog = "gone"\nheard_by = ["billing"]', _without_outbox())
    assert level is WARNING
    assert message.endswith("(audits work, but nothing can be sent by it)")


def _without_outbox() -> str:
    gone = '[logs.gone]\nstore = "shop"\ntable = "gone"\nposition = "n"\nid = "event_id"\nsent = "sent"\n'
    return f'{CONFIG}{gone}derived_from = "orders"\nsource = "event_id"\n'


def test_a_program_is_there_or_not(folder: Path) -> None:
    assert one(folder, f'kind = "command"\ncommand = ["{sys.executable}"]')[0] is FINE
    (folder / "send").write_text("#!/bin/sh\ntouch it-ran\n")
    told_of = "the program './send' may not be executed (audits work, but nothing can be sent by it)"
    assert one(folder, 'kind = "command"\ncommand = ["./send"]') == (WARNING, told_of)
    (folder / "send").chmod(0o755)
    assert one(folder, 'kind = "command"\ncommand = ["./send"]') == (FINE, "the program './send' is there, not tried")
    assert not (folder / "it-ran").exists()


def test_a_file_has_a_folder_or_not(folder: Path) -> None:
    assert one(folder, 'kind = "file"\npath = "again-{consumer}.jsonl"') == (
        FINE,
        "again-{consumer}.jsonl can be written",
    )
    level, message = one(folder, 'kind = "file"\npath = "absent/again.jsonl"')
    assert level is WARNING
    assert "has no folder to be in: make it first" in message
    assert not list(folder.glob("again*"))


@pytest.mark.parametrize(("declared", "how"), [("", "is not said to bear"), ("idempotent = false\n", "minds")])
def test_a_hearer_that_may_mind_is_told(folder: Path, declared: str, how: str) -> None:
    config = CONFIG.replace("idempotent = true\n", declared)
    _, doubt = told(folder, f'kind = "command"\ncommand = ["{sys.executable}"]', config)
    assert doubt.level is WARNING
    assert doubt.message == (
        f"'billing' hears what is sent, and {how} events that come twice: nothing is sent but with --accept-duplicates"
    )


def test_a_consumer_without_an_inbox_has_nothing_to_be_sent(folder: Path) -> None:
    config = CONFIG.partition("[consumers.billing.inbox]")[0]
    _, doubt = told(folder, f'kind = "command"\ncommand = ["{sys.executable}"]', config)
    assert doubt.message.startswith("consumer 'billing' has no inbox: what it lacks is never confirmed as missing")


def test_without_a_ledger_nothing_is_sent(folder: Path) -> None:
    (folder / "file").write_text("")
    ledger = f'{CONFIG}[ledger]\nurl = "sqlite:///file/ledger.db"\n'
    first, *_ = told(folder, f'kind = "command"\ncommand = ["{sys.executable}"]', ledger)
    assert first.level is WARNING
    assert first.message.startswith("without a ledger nobody would know what was sent")


def test_a_target_is_looked_at_with_a_consumer_that_uses_it(folder: Path) -> None:
    command = f'kind = "command"\ncommand = ["{sys.executable}"]'
    assert told(folder, command, names=["billing"])
    assert not told(folder, command, names=["orders"])


def test_a_target_whose_consumer_is_out_of_reach_is_not_looked_at(folder: Path) -> None:
    (folder / "shop.db").unlink()
    [line] = told(folder, f'kind = "command"\ncommand = ["{sys.executable}"]')
    assert (line.level, line.message) == (UNKNOWN, "not examined: store 'shop' is out of reach")


def test_a_store_that_a_target_writes_to_is_of_use_and_a_target_that_nobody_uses_is_not(folder: Path) -> None:
    outbox = '[redelivery.again]\nkind = "outbox"\nlog = "orders"\nstore = "writer"\n'
    (folder / "auditor.toml").write_text(CONFIG.replace('redelivery = "again"\n', "") + outbox, encoding="utf-8")
    lines = examine(load(folder / "auditor.toml")).lines
    said = [line.message for line in lines if line.of == "config" and line.level is WARNING]
    assert said == ["target 'again' is used by no consumer"]
    assert not [line for line in lines if line.of == "redelivery"]


def test_no_line_has_a_secret(folder: Path) -> None:
    lines = told(folder, HTTP + AUTH)
    assert "geheim" not in "".join(f"{line.message}{line.advice}" for line in lines)
