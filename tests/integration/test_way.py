"""Where events were lost on their way to a consumer, and how far a new one has come: on SQLite and PostgreSQL."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import auditor
from auditor.config import load
from checks.model.finding import Finding
from checks.model.result import Audit, Loss, Progress
from reports import render
from tests.integration.shop import Database, Settings, postgres_at, rows, settings, sqlite_at, write_config
from tests.ledgers import opened


@pytest.fixture(params=["sqlite", "postgres18"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            url = stack.enter_context(request.getfixturevalue("postgres18").database())
            yield stack.enter_context(postgres_at(url))


def told(losses: tuple[Loss, ...]) -> list[tuple[str, str, str, int, tuple[tuple[int, int], ...]]]:
    return [(each.source, each.target, str(each.how), each.count, each.ranges) for each in losses]


def outbox(shop: Database, *, received: list[int], unsent: list[int]) -> Settings:
    """An outbox of twelve events, and positions that billing received, and that are not marked sent."""
    shop.write(rows(12), [position - 1 for position in received])
    shop.execute("ALTER TABLE events ADD COLUMN published_at text")
    shop.execute("UPDATE events SET published_at = 'yes'")
    shop.execute("UPDATE events SET published_at = NULL WHERE position = ?", [(position,) for position in unsent])
    return settings(shop.url, log={"sent": "published_at"})


class TestLosses:
    def test_each_event_is_lost_where_the_outbox_says(self, shop: Database, tmp_path: Path) -> None:
        said = outbox(shop, received=[1, 2, 3, 4, 5, 9, 12], unsent=[5, 7, 8])
        result = auditor.run(load(write_config(tmp_path, said)))
        billing = result.audits[1]
        assert told(billing.losses) == [
            ("orders", "billing", "not-sent", 2, ((7, 8),)),
            ("orders", "billing", "sent-not-received", 3, ((6, 6), (10, 11))),
        ]
        [unsent] = [each for each in result.audits[0].findings if each.check == "unsent"]
        assert (unsent.count, unsent.ranges) == (3, ((5, 5), (7, 8)))
        assert not [note for note in billing.notes if "did not audit" in note]

    def test_where_the_outbox_was_not_audited_its_marks_tell_and_a_note_says_what_was_not_looked_at(
        self, shop: Database, tmp_path: Path
    ) -> None:
        said = outbox(shop, received=[1, 2, 3, 12], unsent=[5])
        [billing] = auditor.run(load(write_config(tmp_path, said)), names=["billing"]).audits
        assert told(billing.losses) == [
            ("orders", "billing", "not-sent", 1, ((5, 5),)),
            ("orders", "billing", "sent-not-received", 7, ((4, 4), (6, 11))),
        ]
        assert "what may have been lost on the way to it is not known: this run did not audit orders" in billing.notes

    def test_a_plain_log_needs_no_note(self, shop: Database, tmp_path: Path) -> None:
        shop.write(rows(5), [0, 1, 4])
        [billing] = auditor.run(load(write_config(tmp_path, settings(shop.url))), names=["billing"]).audits
        assert told(billing.losses) == [("orders", "billing", "not-received", 2, ((3, 4),))]
        assert not [note for note in billing.notes if "did not audit" in note]

    def test_the_ledger_keeps_them(self, shop: Database, tmp_path: Path) -> None:
        config = load(write_config(tmp_path, outbox(shop, received=[1, 12], unsent=[3])))
        result = auditor.run(config, ledger=True)
        with opened(config.ledger) as ledger:
            again = ledger.result(result.run)
        assert [each.losses for each in again.audits] == [each.losses for each in result.audits]
        assert [each.progress for each in again.audits] == [each.progress for each in result.audits]
        assert json.loads(render(again, "json"))["audits"][1]["losses"][0]["how"] == "not-sent"

    def test_the_whole_way_from_a_state_to_a_consumer_of_a_derived_log(self, shop: Database, tmp_path: Path) -> None:
        """Of twelve events 7 and 9 never left the outbox, 4 was not derived, and the consumer lost one of the rest."""
        said = outbox(shop, received=[], unsent=[7, 9])
        shop.execute(f"CREATE TABLE v1 (position bigint, id text, source text, at {shop.time_type})")
        derived = [position for position in range(1, 13) if position not in (4, 7, 9)]
        copy = "INSERT INTO v1 SELECT ?, 'v' || event_id, event_id, recorded_at FROM events WHERE position = ?"
        shop.execute(copy, list(enumerate(derived, start=1)))
        shop.execute("INSERT INTO inbox SELECT position, id FROM v1 WHERE position <> 3")
        shop.execute("UPDATE cursors SET last_position = '9'")
        shop.execute("CREATE TABLE accounts (account text, version bigint)")
        shop.execute("INSERT INTO accounts VALUES ('order-0', 7)")
        shop.execute("INSERT INTO accounts VALUES ('order-1', 6)")
        log = {"store": "shop", "table": "v1", "position": "position", "id": "id", "time": "at", "source": "source"}
        said["logs"]["v1"] = {**log, "derived_from": "orders"}
        said["consumers"]["billing"]["log"] = "v1"
        state = {"log": "orders", "store": "shop", "table": "accounts", "stream": "account", "version": "version"}
        said = {**said, "states": {"accounts": {**state, "max_delay": "1ms"}}}
        config = load(write_config(tmp_path, said))
        audits = {audit.name: audit for audit in auditor.run(config).audits}
        assert told(audits["billing"].losses) == [
            ("accounts", "orders", "not-written", 1, ()),
            ("orders", "v1", "not-sent", 2, ((7, 7), (9, 9))),
            ("orders", "v1", "not-derived", 1, ((4, 4),)),
            ("v1", "billing", "not-received", 1, ((3, 3),)),
        ]
        underived = next(each for each in audits["v1"].findings if each.check == "underived")
        assert (underived.count, underived.evidence["marked_sent"], underived.evidence["not_sent"]) == (3, 1, 2)
        [alone] = auditor.run(config, names=["billing"]).audits
        assert told(alone.losses) == [("v1", "billing", "not-received", 1, ((3, 3),))]
        assert any(note.endswith("this run did not audit accounts, orders, v1") for note in alone.notes)


class TestOnboarding:
    def onboard(self, shop: Database, folder: Path, **consumer: object) -> Audit:
        """Audit a consumer that records what it received in a ledger's sight."""
        keys = {"cursor": None, "max_lag": "100d"} | consumer
        config = load(write_config(folder, settings(shop.url, consumer=keys)))
        return auditor.run(config, names=["billing"], ledger=True).audits[0]

    def receive(self, shop: Database, *ordinals: int) -> None:
        shop.execute("INSERT INTO inbox SELECT ?, event_id FROM events WHERE position = ?", [(n, n) for n in ordinals])

    def test_a_new_consumer_has_come_so_far_and_goes_on_at_the_pace_since_the_run_before(
        self, shop: Database, tmp_path: Path
    ) -> None:
        shop.write(rows(40), range(10))
        assert self.onboard(shop, tmp_path).progress == Progress(received=10, eligible=40)
        self.receive(shop, *range(11, 31))
        progress = self.onboard(shop, tmp_path).progress
        assert progress is not None
        assert (progress.received, progress.eligible) == (30, 40)
        assert progress.per_second is not None
        assert progress.left is not None
        assert progress.per_second > 0

    def test_it_counts_the_whole_log_though_the_run_left_out_what_earlier_ones_verified(
        self, shop: Database, tmp_path: Path
    ) -> None:
        shop.write(rows(40), range(20))
        for table, keys in (
            ("events", "position bigint NOT NULL PRIMARY KEY, event_id text NOT NULL UNIQUE"),
            ("inbox", "seq bigint NOT NULL, event_id text NOT NULL, pos bigint NOT NULL UNIQUE"),
        ):
            shop.execute(f"ALTER TABLE {table} RENAME TO loose_{table}")
            rest = f", stream_id text, version bigint, type text, recorded_at {shop.time_type}"
            shop.execute(f"CREATE TABLE {table} ({keys}{rest if table == 'events' else ''})")
        shop.execute("INSERT INTO events SELECT * FROM loose_events")
        shop.execute("INSERT INTO inbox SELECT seq, event_id, seq + 1 FROM loose_inbox")
        inbox = {"table": "inbox", "id": "event_id", "position": "pos", "received": "seq"}
        assert self.onboard(shop, tmp_path, inbox=inbox).coverage is None
        received = "INSERT INTO inbox SELECT position, event_id, position FROM events WHERE position = ?"
        shop.execute(received, [(position,) for position in range(21, 31)])
        audit = self.onboard(shop, tmp_path, inbox=inbox)
        assert audit.coverage is not None
        assert audit.totals is not None
        assert audit.totals.produced < 40
        assert audit.progress is not None
        assert (audit.progress.received, audit.progress.eligible) == (30, 40)
        assert (audit.progress.per_second or 0) > 0

    def test_without_a_declared_start_or_an_inbox_there_is_none(self, shop: Database, tmp_path: Path) -> None:
        shop.write(rows(10), range(5), cursor=5)
        assert self.onboard(shop, tmp_path, start=None).progress is None
        cursor = {"table": "cursors", "where": {"name": "orders"}, "position": "last_position"}
        assert self.onboard(shop, tmp_path, inbox=None, cursor=cursor).progress is None

    def test_a_declared_position_is_where_it_begins_to_count(self, shop: Database, tmp_path: Path) -> None:
        shop.write(rows(10), [5, 6, 7])
        assert self.onboard(shop, tmp_path, start=6).progress == Progress(received=3, eligible=5)


class TestSeam:
    """A bulk load and live consumption that did not meet."""

    def judged(self, shop: Database, folder: Path) -> dict[str, Finding]:
        config = load(write_config(folder, settings(shop.url)))
        [audit] = auditor.run(config, names=["billing"]).audits
        return {finding.check: finding for finding in audit.findings}

    def test_events_between_the_last_of_the_load_and_the_first_live_one_are_missing_in_one_piece(
        self, shop: Database, tmp_path: Path
    ) -> None:
        shop.write(rows(1_000), [*range(900), *range(949, 1_000)])
        found = self.judged(shop, tmp_path)
        assert list(found) == ["missing"]
        assert (found["missing"].count, found["missing"].ranges) == (49, ((901, 949),))
        assert found["missing"].evidence["seam"] == (901, 949)
        assert "a seam" in found["missing"].message

    def test_live_consumption_that_began_before_any_load_leaves_an_incomplete_backfill(
        self, shop: Database, tmp_path: Path
    ) -> None:
        shop.write(rows(1_000), range(949, 1_000))
        found = self.judged(shop, tmp_path)
        assert list(found) == ["backfill-incomplete"]
        assert (found["backfill-incomplete"].count, found["backfill-incomplete"].ranges) == (949, ((1, 949),))

    def test_a_load_that_ended_short_in_both_ends_counts_each_event_once(self, shop: Database, tmp_path: Path) -> None:
        shop.write(rows(1_000), [*range(100, 900), *range(949, 1_000)])
        found = self.judged(shop, tmp_path)
        assert {check: finding.ranges for check, finding in found.items()} == {
            "missing": ((901, 949),),
            "backfill-incomplete": ((1, 100),),
        }

    def test_single_events_and_several_pieces_are_no_seam(self, shop: Database, tmp_path: Path) -> None:
        shop.write(rows(20), [each for each in range(20) if each not in (4, 5, 9)])
        missing = self.judged(shop, tmp_path)["missing"]
        assert (missing.count, "seam" in missing.evidence, "a seam" in missing.message) == (3, False, False)
