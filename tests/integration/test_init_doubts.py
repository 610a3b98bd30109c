"""What ``auditor init`` leaves out or writes as a comment: accusing somebody wrongly is worse than saying less."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import auditor
from tests.integration.happened import happened
from tests.integration.test_init import accusations
from tests.integration.unknown_folder import Folder, cursor, inbox, log


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# -- logs ------------------------------------------------------------------------------------------------------------

LINES = (
    "CREATE TABLE order_lines (order_id INTEGER REFERENCES orders, position INTEGER, article TEXT, data TEXT, "
    "PRIMARY KEY (order_id, position))"
)
SHOP = (
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, created_at TEXT)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers, type TEXT, created_at TEXT)",
    LINES,
    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)",
)


def test_without_a_log_nothing_is_written_and_it_is_said(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.fill(*SHOP)
    assert folder.init() == 3
    stdout, stderr = capsys.readouterr()
    assert (stdout, folder.config.exists()) == ("", False)
    assert stderr.startswith("error: none of 4 tables is clearly a log of events, so nothing was written")


def test_a_calendar_of_events_is_no_log(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.fill("CREATE TABLE events (id INTEGER PRIMARY KEY, name TEXT, venue TEXT, starts_at TEXT)")
    assert folder.init("--yes") == 3
    assert "events: too little of it looks like events" in capsys.readouterr().err


def test_a_log_without_an_order_is_named_with_what_it_lacks(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.fill("CREATE TABLE events (id TEXT PRIMARY KEY, type TEXT, payload TEXT, created_at TEXT)")
    assert folder.init("--yes") == 3
    assert "events: no column of whole numbers orders its rows" in capsys.readouterr().err


CHAT = "CREATE TABLE messages (id INTEGER PRIMARY KEY, message_id TEXT UNIQUE, type TEXT, body TEXT, created_at TEXT)"


def test_what_is_no_clear_log_waits_for_somebody_to_say_so(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.fill(CHAT)
    assert folder.init() == 3
    assert "messages: unsure" in capsys.readouterr().err
    assert not folder.config.exists()


@pytest.mark.parametrize("said", [["--yes"], ["--log", "messages"]])
def test_and_is_a_log_once_it_was_said(folder: Folder, said: list[str]) -> None:
    folder.fill(CHAT)
    assert folder.init(*said) == 0
    assert folder.written["logs"]["messages"]["position"] == "id"


def test_beside_a_clear_log_an_unclear_one_stands_as_a_comment(folder: Folder) -> None:
    folder.fill(*log(happened()), CHAT)
    assert folder.init() == 0
    assert list(folder.written["logs"]) == ["events"]
    assert "#[logs.messages]" in folder.text


def test_versions_of_a_log_that_lost_its_oldest_events_on_purpose_are_not_judged(folder: Folder) -> None:
    folder.fill(*log([e for e in happened() if e.version > 3]))
    assert folder.init() == 0
    assert "version" not in folder.written["logs"]["events"]
    assert "version is left out" in folder.prose
    assert accusations(auditor.run(folder.config)) == []


def test_an_outbox_that_nobody_reads_beside_its_log_is_a_comment(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE outbox (id INTEGER PRIMARY KEY, event_id TEXT UNIQUE, type TEXT, payload TEXT, sent_at TEXT)",
        ("INSERT INTO outbox VALUES (?, ?, ?, '', NULL)", [(e.position, str(e.id), e.type) for e in events[-5:]]),
        *inbox(events),
    )
    assert folder.init() == 0
    assert list(folder.written["logs"]) == ["events"]
    assert folder.consumers["inbox"]["log"] == "events"
    assert "#[logs.outbox]" in folder.text


# -- consumers -------------------------------------------------------------------------------------------------------


def test_a_consumer_that_takes_a_part_which_its_types_do_not_explain_is_a_comment(folder: Folder) -> None:
    events = happened()
    folder.fill(*log(events), *inbox([e for e in events if e.tenant == "south"]))
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "#[consumers.inbox]" in folder.text
    assert "it seems to take a part of the log that types do not explain" in folder.prose


def test_a_table_beside_the_log_that_may_be_an_inbox_takes_no_cursor_away(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE tags (event_id TEXT PRIMARY KEY REFERENCES events (event_id), data TEXT)",
        ("INSERT INTO tags VALUES (?, '')", [(str(e.id),) for e in events]),
        *inbox(events),
        *cursor(len(events)),
    )
    assert folder.init() == 0
    assert folder.consumers["inbox"]["cursor"] == {"table": "cursor", "position": "position"}
    assert "#[consumers.tags]" in folder.text


def test_a_table_that_is_a_part_of_its_log_is_no_inbox(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE event_payloads (event_id TEXT PRIMARY KEY REFERENCES events (event_id), data TEXT)",
        ("INSERT INTO event_payloads VALUES (?, '')", [(str(e.id),) for e in events]),
        "CREATE TABLE event_tags (event_id TEXT REFERENCES events (event_id), tag TEXT, PRIMARY KEY (event_id, tag))",
        ("INSERT INTO event_tags VALUES (?, ?)", [(str(e.id), tag) for e in events for tag in "ab"]),
    )
    assert folder.init() == 0
    assert folder.consumers == {}


def test_an_empty_inbox_beside_a_full_log_shows_nothing_and_is_a_comment(folder: Folder) -> None:
    folder.fill(*log(happened()), *inbox([]))
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "has a receipt yet" in folder.prose


def test_tables_without_rows_are_taken_by_their_names(folder: Folder) -> None:
    folder.fill(*log([]), *inbox([]))
    assert folder.init() == 0
    assert folder.written["consumers"]["inbox"]["inbox"]["id"] == "event_id"
    assert accusations(auditor.run(folder.config)) == []


def test_a_start_that_was_not_seen_is_not_declared(folder: Folder) -> None:
    events = happened()
    folder.fill(*log(events), *inbox(events[20:]), *cursor(len(events)))
    assert folder.init() == 0
    assert "start" not in folder.consumers["inbox"]
    assert '#start = "first"' in folder.text
    assert accusations(auditor.run(folder.config)) == []


@pytest.mark.parametrize(("days", "start"), [(30, "first"), (2, None)])
def test_a_start_is_declared_where_the_first_receipt_is_old_enough_to_be_kept_for_ever(
    folder: Folder, days: int, start: str | None
) -> None:
    events = [replace(e, time=e.time - timedelta(days=days)) for e in happened()]
    folder.fill(*log(events), *inbox(events))
    assert folder.init() == 0
    assert folder.consumers["inbox"].get("start") == start
    assert accusations(auditor.run(folder.config)) == []


@pytest.mark.parametrize("later", [2, 6])
def test_a_type_that_was_subscribed_to_later_is_left_out(folder: Folder, later: int) -> None:
    events = happened(120)
    late = [e for e in events if e.type == "Paid"]
    folder.fill(*log(events), *inbox([e for e in events if e.type != "Paid" or e in late[len(late) // later :]]))
    assert folder.init() == 0
    assert folder.consumers["inbox"]["types"] == ["Cancelled", "Placed", "Shipped"]
    assert "'Paid' (not received at first, later it was)" in folder.prose
    assert accusations(auditor.run(folder.config)) == []


def test_a_type_that_stands_only_before_the_first_receipt_is_not_taken_for_a_loss(folder: Folder) -> None:
    events = happened()
    first = events[:6]
    founded = [replace(e, type="Founded") for e in first]
    folder.fill(*log([*founded, *events[6:]]), *inbox(events[6:]), *cursor(len(events)))
    assert folder.init() == 0
    assert "Founded" not in folder.consumers["inbox"]["types"]
    assert "'Founded' (none of 6 received)" in folder.prose
    assert accusations(auditor.run(folder.config)) == []


def test_losses_that_are_there_already_are_found_and_do_not_hide_a_type(folder: Folder) -> None:
    events = happened()
    lost = events[30]
    folder.fill(*log(events), *inbox([e for e in events if e is not lost]), *cursor(len(events)))
    assert folder.init() == 0
    assert "types" not in folder.consumers["inbox"]
    assert accusations(auditor.run(folder.config)) == [("inbox", "missing", [(31, 31)])]


def test_an_inbox_of_nobody_known_in_the_consumers_own_database_is_found_by_its_values(folder: Folder) -> None:
    events = happened()
    paid = [e for e in events if e.type == "Paid"]
    folder.fill(*log(events))
    folder.fill(
        "CREATE TABLE invoices (number INTEGER PRIMARY KEY, reason BLOB NOT NULL)",
        ("INSERT INTO invoices (reason) VALUES (?)", [(e.id.bytes,) for e in paid]),
        file="billing.db",
    )
    assert folder.init() == 0
    consumer = folder.consumers["invoices"]
    assert (consumer["store"], consumer["types"], consumer["inbox"]["id"]) == ("billing", ["Paid"], "reason")
    assert accusations(auditor.run(folder.config)) == []


def test_a_cursor_alone_that_lags_or_takes_a_part_is_a_comment(folder: Folder) -> None:
    folder.fill(*log(happened()), *cursor(10, "search_checkpoint"))
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "its cursor stands at 10 and the log goes on to 60: it lags, or it takes a part only" in folder.prose


def test_a_cursor_alone_at_the_end_is_audited_and_so_is_one_with_young_events_before_it(folder: Folder) -> None:
    events = happened()
    now = datetime.now(UTC)
    young = [replace(event, time=now) for event in events[50:]]
    folder.fill(*log([*events[:50], *young]), *cursor(50, "search_checkpoint"), *cursor(60, "billing_checkpoint"))
    assert folder.init() == 0
    assert set(folder.consumers) == {"search", "billing"}
    assert accusations(auditor.run(folder.config)) == []


def test_a_cursor_beyond_every_log_is_named_and_left_out(folder: Folder) -> None:
    folder.fill(*log(happened()), *cursor(5_000_000))
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "cursor: looks like a cursor, but it lies within no log" in folder.prose


def test_numbers_that_would_fit_two_logs_are_not_given_to_one(folder: Folder) -> None:
    table = "CREATE TABLE {} (id INTEGER PRIMARY KEY, event_type TEXT, payload TEXT, created_at TEXT)"
    rows = [(n, "a", "", "2026-01-01T00:00:00+00:00") for n in range(1, 31)]
    folder.fill(
        table.format("north_events"),
        ("INSERT INTO north_events VALUES (?, ?, ?, ?)", rows),
        table.format("south_events"),
        ("INSERT INTO south_events VALUES (?, ?, ?, ?)", rows),
        "CREATE TABLE inbox (event_id INTEGER NOT NULL)",
        ("INSERT INTO inbox VALUES (?)", [(n,) for n in range(1, 31)]),
    )
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "its numbers would fit south_events as well" in folder.prose


def test_parked_events_go_to_the_consumer_of_their_database(folder: Folder) -> None:
    events = happened()
    dead = events[7]
    folder.fill(*log(events))
    folder.fill(
        *inbox([e for e in events if e is not dead]),
        "CREATE TABLE failed_messages (event_id TEXT, error TEXT)",
        ("INSERT INTO failed_messages VALUES (?, 'no')", [(str(dead.id),)]),
        file="billing.db",
    )
    assert folder.init() == 0
    assert folder.consumers["billing"]["parked"] == {"table": "failed_messages", "id": "event_id"}
    assert accusations(auditor.run(folder.config)) == []


def test_a_column_that_contradicts_the_log_is_not_compared(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE inbox (event_id TEXT PRIMARY KEY, stream_id TEXT, type TEXT, version INTEGER)",
        ("INSERT INTO inbox VALUES (?, ?, 'handled', 1)", [(str(e.id), str(e.stream)) for e in events]),
    )
    assert folder.init() == 0
    inbox_ = folder.consumers["inbox"]["inbox"]
    assert inbox_ == {"table": "inbox", "id": "event_id", "stream": "stream_id"}
    assert accusations(auditor.run(folder.config)) == []


def test_a_sequence_that_does_not_follow_the_streams_does_not_order_receipts(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE inbox (seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE)",
        ("INSERT INTO inbox (event_id) VALUES (?)", [(str(e.id),) for e in reversed(events)]),
    )
    assert folder.init() == 0
    assert "received" not in folder.consumers["inbox"]["inbox"]
    assert accusations(auditor.run(folder.config)) == []


def test_a_sequence_of_the_inbox_orders_its_receipts(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE inbox (seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE, received_at TIMESTAMP)",
        (
            "INSERT INTO inbox (event_id, received_at) VALUES (?, ?)",
            [(str(e.id), e.received.isoformat()) for e in events],
        ),
    )
    assert folder.init() == 0
    assert folder.consumers["inbox"]["inbox"]["received"] == "seq"


def test_of_a_long_log_a_part_is_looked_at_and_that_is_said(folder: Folder) -> None:
    events = happened(20_000)
    taken = [e for e in events if e.type in ("Paid", "Placed")]
    folder.fill(*log(events), *inbox(taken), *cursor(len(events)))
    assert folder.init() == 0
    assert folder.consumers["inbox"]["types"] == ["Paid", "Placed"]
    assert "out of 20000 events" not in folder.text
    assert accusations(auditor.run(folder.config)) == []


# -- columns ---------------------------------------------------------------------------------------------------------


def test_without_a_position_of_its_own_a_log_in_sqlite_has_the_number_of_its_rows(folder: Folder) -> None:
    events = happened()
    folder.fill(
        "CREATE TABLE events (stream TEXT, version INTEGER, type TEXT, PRIMARY KEY (stream, version))",
        ("INSERT INTO events VALUES (?, ?, ?)", [(str(e.stream), e.version, e.type) for e in events]),
    )
    assert folder.init() == 0
    assert folder.written["logs"]["events"]["position"] == "rowid"
    assert "VACUUM may change it" in folder.prose
    assert accusations(auditor.run(folder.config)) == []


def test_columns_that_their_rows_contradict_are_left_out_with_the_reason(folder: Folder) -> None:
    events = happened()
    folder.fill(
        "CREATE TABLE events (position INTEGER PRIMARY KEY, uuid UUID, type TEXT, payload TEXT, created_at INTEGER)",
        (
            "INSERT INTO events VALUES (?, 'the same', ?, '', ?)",
            [(e.position, f"about {e.position}", e.position) for e in events],
        ),
    )
    folder.fill("CREATE TABLE t (a)", file="other.db")
    assert folder.init() == 0
    assert folder.written["logs"]["events"] == {"store": "shop", "table": "events", "position": "position"}
    assert "type is left out: hardly two events have the same" in folder.prose
    assert "created_at is left out: it does not read as a time" in folder.prose


def test_an_inbox_with_a_status_is_not_told_what_done_means_but_asked(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE inbox (event_id TEXT PRIMARY KEY, status TEXT)",
        (
            "INSERT INTO inbox VALUES (?, ?)",
            [(str(e.id), "handled" if e.position % 2 else "received") for e in events],
        ),
    )
    assert folder.init() == 0
    assert "done" not in folder.consumers["inbox"]["inbox"]
    assert "Add done = { status = … } if some rows are not done yet; seen: 'handled', 'received'" in folder.prose


def test_an_inbox_of_more_consumers_than_anybody_has_is_a_comment(folder: Folder) -> None:
    events = happened()
    rows = [(f"session {n}", str(e.id)) for n in range(60) for e in events]
    folder.fill(
        *log(events),
        "CREATE TABLE inbox (client TEXT, event_id TEXT, PRIMARY KEY (client, event_id))",
        ("INSERT INTO inbox VALUES (?, ?)", rows),
    )
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "whose rows they are, client leaves open" in folder.prose


def test_a_table_in_which_events_stand_again_and_again_is_no_clear_inbox(folder: Folder) -> None:
    events = happened()
    folder.fill(
        *log(events),
        "CREATE TABLE processed (event_id TEXT, step INTEGER)",
        ("INSERT INTO processed VALUES (?, ?)", [(str(e.id), step) for e in events for step in (1, 2, 3)]),
    )
    assert folder.init() == 0
    assert folder.consumers == {}
    assert "an event stands in it more than once" in folder.prose
