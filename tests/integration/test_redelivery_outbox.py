"""What a relay lost is sent again by it: an outbox on PostgreSQL, two databases, and roles that may do little."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from auditor.redelivery.targets.database import Database
from auditor.redelivery.targets.interface import Touched
from checks.model.redelivery import Outcome
from tests.auditor.cli.prepared import PATIENCE
from tests.auditor.redelivery.outboxes import refusal, said
from tests.integration.relayed import Relayed, granted, relayed
from tests.postgres import Server

LOST = (5, 9, 10)
ALL = list(range(1, 13))


@pytest.fixture
def pair(postgres: Server, tmp_path: Path) -> Iterator[Relayed]:
    """Twelve events, of which the relay has lost three."""
    with relayed(postgres, tmp_path) as pair:
        pair.append(12)
        pair.relay(loses=LOST)
        yield pair


@pytest.fixture
def writable(pair: Relayed) -> Relayed:
    """The writer may mark rows, and nothing else."""
    pair.grant(pair.shop, "SELECT, UPDATE (published_at) ON outbox", pair.writer)
    return pair


@pytest.fixture
def insertable(pair: Relayed) -> Relayed:
    """The writer may add rows, and nothing else."""
    pair.grant(pair.shop, "SELECT, INSERT ON outbox", pair.writer)
    pair.grant(pair.shop, "USAGE ON SEQUENCE outbox_position_seq", pair.writer)
    return pair


def test_the_consumer_has_exactly_what_it_lacked_once_the_relay_went_by(writable: Relayed) -> None:
    assert writable.lacking(*ALL) == list(LOST)
    with writable.outbox() as target:
        answers = target.send(writable.batch(*LOST))
    assert said(answers) == [("accepted", f"marked unsent at position {n}") for n in LOST]
    assert [answer.touched for answer in answers] == [Touched("orders", None, n, "unsent") for n in LOST]
    assert writable.lacking(*ALL) == list(LOST)
    assert writable.relay() == list(LOST)
    assert writable.received() == ALL
    assert writable.lacking(*ALL) == []


COPIES = ["event_id", "stream_id", "version", "type", "data"]


def test_also_where_the_relay_goes_by_the_position_and_the_rows_are_copied(insertable: Relayed) -> None:
    passed = insertable.relay_beyond(12)
    with insertable.outbox(mode="insert", copied=COPIES) as target:
        answers = target.send(insertable.batch(*LOST))
    assert [answer.touched for answer in answers] == [Touched("orders", None, n, "copied") for n in (13, 14, 15)]
    same = (
        "SELECT count(*) FROM outbox c JOIN outbox o USING (event_id, stream_id, version, type, data)"
        " WHERE c.position > 12 AND o.position < 13 AND c.published_at IS NULL"
    )
    assert insertable.run(insertable.shop, same) == [(3,)]
    assert insertable.relay_beyond(passed) == 15
    assert insertable.received() == ALL


def test_values_become_what_their_columns_are(insertable: Relayed) -> None:
    columns = {
        "event_id": "{id}",
        "stream_id": "{stream}",
        "version": "{version}",
        "type": "{type}",
        "recorded_at": "{time}",
        "data": "{data}",
    }
    with insertable.outbox(mode="insert", columns=columns) as target:
        assert target.needs_data
        [answer] = target.send(insertable.batch(5))
    assert (answer.outcome, answer.detail) == (Outcome.ACCEPTED, "inserted at position 13")
    columns_of = "SELECT event_id, stream_id, version, type, recorded_at, data->>'n' FROM outbox WHERE position = %s"
    assert insertable.run(insertable.shop, columns_of, 13) == insertable.run(insertable.shop, columns_of, 5)


def test_a_row_that_waits_in_a_relays_hands_is_not_waited_for(writable: Relayed) -> None:
    writable.run(writable.shop, "UPDATE outbox SET published_at = NULL WHERE position = 5")
    with psycopg.connect(writable.shop) as relay:
        relay.execute("SELECT FROM outbox WHERE published_at IS NULL FOR UPDATE")
        with writable.outbox() as target:
            answers = target.send(writable.batch(5, 9))
    assert said(answers) == [("accepted", "is waiting to be sent already"), ("accepted", "marked unsent at position 9")]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "lock_timeout", timedelta(milliseconds=100))


def test_a_sent_row_that_somebody_holds_fails_the_batch_and_nothing_is_marked(
    writable: Relayed, impatient: None
) -> None:
    with psycopg.connect(writable.shop) as relay:
        relay.execute("SELECT FROM outbox WHERE position = 9 FOR UPDATE")
        with writable.outbox() as target:
            answers = target.send(writable.batch(5, 9))
    held = "store 'writer': another session kept what is to be written locked for 100ms"
    assert said(answers) == [("failed", held)] * 2
    assert writable.unsent() == []


def test_a_row_that_is_gone_by_the_time_it_is_free_is_rejected(
    writable: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "lock_timeout", timedelta(seconds=PATIENCE))
    batch = writable.batch(5, 9)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditor' AND wait_event_type = 'Lock'"
    with psycopg.connect(writable.shop) as cleaner, writable.outbox() as target, ThreadPoolExecutor(1) as pool:
        cleaner.execute("DELETE FROM outbox WHERE position = 9")
        sending = pool.submit(target.send, batch)
        while writable.run(writable.shop, waiting) == [(0,)]:
            assert not sending.done()
        cleaner.commit()
        answers = sending.result()
    assert [answer.outcome.value for answer in answers] == ["accepted", "rejected"]
    assert writable.unsent() == [5]


def test_what_is_written_has_its_limits_and_its_name(writable: Relayed) -> None:
    writable.run(
        writable.shop,
        """
        CREATE TABLE noted (setting text, value text);
        GRANT INSERT ON noted TO PUBLIC;
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO noted SELECT name, setting FROM pg_settings WHERE name IN
                ('statement_timeout', 'lock_timeout', 'application_name', 'transaction_isolation');
            RETURN NEW; END $$;
        CREATE TRIGGER note BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION note();
        """,
    )
    with writable.outbox() as target:
        target.send(writable.batch(5))
    assert dict(writable.run(writable.shop, "SELECT * FROM noted")) == {
        "application_name": "auditor",
        "lock_timeout": "5000",
        "statement_timeout": "30000",
        "transaction_isolation": "read committed",
    }


AT_COMMIT = """
CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN {} RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON outbox DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION at_commit();
"""


def test_a_commit_that_nobody_answers_is_unknown_and_tells_what_may_have_been_written(writable: Relayed) -> None:
    end = "PERFORM pg_terminate_backend(pg_backend_pid());"
    writable.run(writable.shop, sql.SQL(AT_COMMIT).format(sql.SQL(end)))
    batch = writable.batch(5, 10)
    writable.run(writable.shop, "DELETE FROM outbox WHERE position = 10")
    with writable.outbox() as target:
        answers = target.send(batch)
    assert [answer.outcome.value for answer in answers] == ["unknown", "rejected"]
    assert "whether it was committed is not known" in answers[0].detail
    assert answers[0].touched == Touched("orders", None, 5, "unsent")


def test_a_commit_that_is_refused_has_failed(writable: Relayed) -> None:
    writable.run(writable.shop, sql.SQL(AT_COMMIT).format(sql.SQL("RAISE EXCEPTION 'not today';")))
    with writable.outbox() as target:
        answers = target.send(writable.batch(5))
    assert said(answers) == [("failed", "store 'writer': not today")]
    assert writable.unsent() == []


def test_a_role_without_the_right_is_told_what_would_give_it(pair: Relayed) -> None:
    pair.grant(pair.shop, "SELECT ON outbox", pair.writer)
    told = refusal(pair.outbox())
    assert f"role '{pair.writer}' may not UPDATE 'published_at' of 'outbox'" in told
    pair.run(pair.shop, granted(told))
    with pair.outbox() as target:
        assert target.send(pair.batch(5))[0].outcome is Outcome.ACCEPTED


def test_and_so_on_until_rows_can_be_added(pair: Relayed) -> None:
    pair.grant(pair.shop, "SELECT ON outbox", pair.writer)
    for missing in ("INSERT", "sequence"):
        told = refusal(pair.outbox(mode="insert", copied=COPIES))
        assert missing in told
        pair.run(pair.shop, granted(told))
    with pair.outbox(mode="insert", copied=COPIES) as target:
        assert target.send(pair.batch(5))[0].outcome is Outcome.ACCEPTED


def test_a_role_whose_transactions_are_read_only_is_refused(writable: Relayed) -> None:
    alter = sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on")
    writable.run(writable.shop, alter.format(sql.Identifier(writable.writer)))
    assert "is read-only (default_transaction_read_only)" in refusal(writable.outbox())


def test_the_same_table_in_another_database_is_refused(writable: Relayed) -> None:
    with relayed(writable.server, writable.folder) as other:
        other.grant(other.shop, "SELECT, UPDATE ON outbox", writable.writer)
        writable.stores["writer"] = {"url": other.url(other.shop, writable.writer)}
        assert "'outbox' is not proven to be the one that store 'shop' reads" in refusal(writable.outbox())


def test_a_mark_that_is_a_time_and_never_null_is_refused(writable: Relayed) -> None:
    writable.run(writable.shop, "ALTER TABLE outbox ALTER published_at SET DEFAULT now()")
    writable.run(writable.shop, "ALTER TABLE outbox ALTER published_at SET NOT NULL")
    assert "is never NULL: no row there can be marked unsent" in refusal(writable.outbox())


def test_a_view_that_takes_no_writes_is_refused(writable: Relayed) -> None:
    writable.run(writable.shop, "CREATE VIEW boxes AS SELECT DISTINCT * FROM outbox")
    for role in (writable.reader, writable.writer):
        writable.grant(writable.shop, "ALL ON boxes", role)
    writable.log["table"] = "boxes"
    assert "'boxes' takes no UPDATE" in refusal(writable.outbox())


@pytest.mark.parametrize("name", ['x"; drop table outbox; --', "%(x)s :y", "Ünï 'code'"])
def test_a_table_and_a_column_may_be_called_anything(writable: Relayed, name: str) -> None:
    called = sql.Identifier(name)
    writable.run(writable.shop, sql.SQL("ALTER TABLE outbox RENAME published_at TO {}").format(called))
    batch = writable.batch(5)
    writable.run(writable.shop, sql.SQL("ALTER TABLE outbox RENAME TO {}").format(called))
    writable.log |= {"table": name, "sent": name}
    with writable.outbox() as target:
        [answer] = target.send(batch)
    assert answer.outcome is Outcome.ACCEPTED
    left = sql.SQL("SELECT position FROM {} WHERE {} IS NULL").format(called, called)
    assert writable.run(writable.shop, left) == [(5,)]


def test_a_standby_takes_no_writes_but_its_primary_does(writable: Relayed) -> None:
    with writable.server.standby() as standby:
        at_standby = {"url": writable.url(writable.shop, writable.writer, standby)}
        writable.stores["writer"] = at_standby
        standby.catch_up(writable.server)
        assert "the server is a standby" in refusal(writable.outbox())
        writable.stores = {"shop": {"url": writable.url(writable.shop, writable.reader, standby)}}
        with writable.outbox() as target:
            assert target.send(writable.batch(5))[0].outcome is Outcome.ACCEPTED
    assert writable.unsent() == [5]
