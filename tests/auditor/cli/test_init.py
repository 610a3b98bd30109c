"""``auditor init`` as a command: where it writes, what it never does, how it ends, and what it asks."""

import os
import pty
import resource
import select
import subprocess
import tomllib
from pathlib import Path

import pytest

from auditor.cli.program import run
from tests.auditor.cli.prepared import PATIENCE, environment
from tests.integration.shop import COMMAND, sqlite_at

EVENTS = (
    "CREATE TABLE events (position INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, stream_id TEXT NOT NULL, "
    "version INTEGER NOT NULL, type TEXT NOT NULL, recorded_at TEXT NOT NULL, UNIQUE (stream_id, version))"
)
CHAT = "CREATE TABLE messages (id INTEGER PRIMARY KEY, message_id TEXT UNIQUE, type TEXT, body TEXT, created_at TEXT)"
UNREACHABLE = "postgresql://auditor:sturgeon77@127.0.0.1:1/shop?connect_timeout=2"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a database in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("AUDITOR_CONFIG", raising=False)
    with sqlite_at(tmp_path / "shop.db") as database:
        database.execute(EVENTS)
        database.execute(CHAT)
        insert = "INSERT INTO events VALUES (?, ?, ?, ?, 'Placed', '2026-01-02T03:04:05+00:00')"
        database.execute(insert, [(1, "a", "s", 1)])
    return tmp_path


def test_it_writes_auditor_toml_here_and_says_what_is_in_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "shop.db"]) == 0
    assert tomllib.loads((shop / "auditor.toml").read_text())["stores"] == {"shop": {"url": "sqlite:///shop.db"}}
    stdout, told = capsys.readouterr()
    assert "store shop\n  fine     connection: SQLite" in stdout  # what `auditor doctor` says of it
    stderr = told.splitlines()
    assert stderr[0].startswith("log events: sure (a unique key over (stream_id, version); ")
    assert stderr[1].startswith("as a comment: log messages (")
    assert "wrote auditor.toml" in stderr


def test_services_that_call_their_cursors_alike_go_by_their_databases(shop: Path) -> None:
    with sqlite_at(shop / "shop.db") as database:
        database.execute("DELETE FROM events")
        insert = "INSERT INTO events VALUES (?, ?, ?, ?, 'Placed', '2026-01-02T03:04:05+00:00')"
        database.execute(insert, [(n, f"e{n}", "s", n) for n in range(1, 41)])
    for name in ("billing", "shipping"):
        with sqlite_at(shop / f"{name}.db") as database:
            database.execute("CREATE TABLE inbox (event_id TEXT PRIMARY KEY)")
            database.execute("CREATE TABLE cursors (name TEXT PRIMARY KEY, last_position INTEGER)")
            database.execute("INSERT INTO inbox VALUES (?)", [(f"e{n}",) for n in range(1, 41)])
            database.execute("INSERT INTO cursors VALUES ('sales', 40)")
    assert run(["init", "shop.db", "billing.db", "shipping.db"]) == 0
    assert sorted(tomllib.loads((shop / "auditor.toml").read_text())["consumers"]) == ["billing", "shipping"]


@pytest.mark.parametrize("option", ["--output", "--config"])
def test_it_writes_where_it_is_told_to(shop: Path, option: str) -> None:
    (shop / "etc").mkdir()
    assert run(["init", "sqlite:///shop.db", option, "etc/audit.toml"]) == 0
    assert tomllib.loads((shop / "etc" / "audit.toml").read_text())["stores"]["shop"]["url"] == "sqlite:///../shop.db"


def test_it_writes_where_the_other_commands_look(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITOR_CONFIG", "mine.toml")
    assert run(["init", "shop.db"]) == 0
    assert (shop / "mine.toml").exists()


@pytest.mark.parametrize("kind", ["file", "empty file", "folder", "broken link"])
def test_it_never_overwrites(shop: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = shop / "auditor.toml"
    match kind:
        case "file":
            path.write_text("# mine\n")
        case "empty file":
            path.touch()
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to(shop / "nowhere")
    # Nothing is looked at either: no database of that name is there.
    assert run(["init", "sqlite:///nothing.db", "--yes"]) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert stderr.startswith("error: 'auditor.toml' is there already and is never overwritten")
    assert kind != "file" or path.read_text() == "# mine\n"
    assert not (shop / "nowhere").exists()


def test_printed_is_not_written(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "auditor.toml").write_text("# mine\n")
    assert run(["init", "shop.db", "--print"]) == 0
    assert list(tomllib.loads(capsys.readouterr().out)) == ["stores", "logs"]
    assert (shop / "auditor.toml").read_text() == "# mine\n"
    assert sorted(each.name for each in shop.iterdir()) == ["auditor.toml", "shop.db"]


def test_without_a_database_it_says_what_to_type(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init"]) == 2
    stdout, stderr = capsys.readouterr()
    assert (stdout, (shop / "auditor.toml").exists()) == ("", False)
    assert stderr.startswith("error: which database? Name one: auditor init postgresql://")


def test_database_url_is_taken_and_stays_a_variable(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///shop.db")
    assert run(["init"]) == 0
    assert tomllib.loads((shop / "auditor.toml").read_text())["stores"]["shop"]["url"] == "${DATABASE_URL}"


@pytest.mark.parametrize("url", [UNREACHABLE, "sqlite:///nothing.db"])
def test_a_database_out_of_reach_is_3_and_nothing_is_written(
    shop: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", url]) == 3
    stdout, stderr = capsys.readouterr()
    assert (stdout, sorted(each.name for each in shop.iterdir())) == ("", ["shop.db"])
    assert stderr.startswith("error: store '")
    assert "sturgeon77" not in stderr


def test_a_table_that_is_not_there_is_2_with_the_nearest_one(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "shop.db", "--log", "event"]) == 2
    assert capsys.readouterr().err == "error: --log 'event': there is no such table (did you mean 'events'?)\n"


def test_a_table_that_was_named_is_the_only_log(shop: Path) -> None:
    assert run(["init", "shop.db", "--log", "messages"]) == 0
    assert list(tomllib.loads((shop / "auditor.toml").read_text())["logs"]) == ["messages"]


def test_what_cannot_be_a_log_is_3_although_it_was_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite_at(shop / "shop.db") as database:
        database.execute("CREATE TABLE colours (name TEXT PRIMARY KEY) WITHOUT ROWID")
    assert run(["init", "shop.db", "--log", "colours"]) == 3
    assert "'colours' cannot be audited as a log: no column of whole numbers orders its rows" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_2_before_anything_is_looked_at(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "sqlite:///nothing.db", "--output", "no/where.toml"]) == 2
    assert capsys.readouterr().err == "error: --output 'no/where.toml': there is no folder 'no'\n"


def test_every_statement_can_be_seen(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "shop.db", "--print", "--show-sql"]) == 0
    stdout, stderr = capsys.readouterr()
    assert tomllib.loads(stdout)["logs"]
    assert "FROM sqlite_master" in stderr


def test_a_file_that_cannot_be_written_whole_is_not_left_behind(shop: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "init", "shop.db"],
        cwd=shop,
        env=environment({"PYTHONDONTWRITEBYTECODE": "1"}),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: cannot write 'auditor.toml': file too large" in done.stderr
    assert not (shop / "auditor.toml").exists()


def test_a_file_of_an_impossible_name_is_an_error_of_one_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "shop.db", "--output", "x" * 300]) == 3
    assert capsys.readouterr().err.splitlines()[-1].endswith(": file name too long")


# -- at a terminal ---------------------------------------------------------------------------------------------------


def at_a_terminal(folder: Path, answers: str) -> tuple[int, str]:
    """Run it at a terminal of its own on which ``answers`` are typed; the code, and what the terminal showed."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answers.encode())
        with subprocess.Popen(
            [*COMMAND, "init", "shop.db"],
            cwd=folder,
            env=environment({"NO_COLOR": "1"}),
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        ) as process:
            code = process.wait(PATIENCE)
        shown = b""
        while select.select([ours], [], [], 0)[0]:
            shown += os.read(ours, 65536)
        return code, shown.decode()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(
    ("answers", "logs"),
    [
        ("\n", ["events"]),
        ("2\n", ["messages"]),
        ("1, 2\n", ["events", "messages"]),
        ("three\n0\n9\n2\n", ["messages"]),
    ],
)
def test_at_a_terminal_it_asks_which_tables_are_logs(shop: Path, answers: str, logs: list[str]) -> None:
    code, shown = at_a_terminal(shop, answers)
    assert code == 0
    assert "Which of these tables are logs of events?" in shown
    assert "Their numbers, or none [1]: " in shown
    assert list(tomllib.loads((shop / "auditor.toml").read_text())["logs"]) == logs


def test_at_a_terminal_none_is_an_answer(shop: Path) -> None:
    code, _ = at_a_terminal(shop, "none\n")
    assert (code, (shop / "auditor.toml").exists()) == (3, False)


@pytest.mark.parametrize(("answer", "audited"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_at_a_terminal_it_asks_about_a_consumer_that_is_not_clear(shop: Path, answer: str, audited: bool) -> None:
    with sqlite_at(shop / "shop.db") as database:
        database.execute("DROP TABLE messages")
        database.execute("CREATE TABLE inbox (event_id TEXT PRIMARY KEY)")
    code, shown = at_a_terminal(shop, answer)
    assert code == 0
    assert "inbox may be a consumer of events, but: none of the 1 events" in shown.replace("\r\n", " ")
    assert ("consumers" in tomllib.loads((shop / "auditor.toml").read_text())) is audited
