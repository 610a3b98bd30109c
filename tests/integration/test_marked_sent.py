"""What a consumer never received, and what the outbox that it reads from says of it: on SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from auditor.auditing.session import Session
from auditor.config import load
from auditor.gather.log import marks as looking
from auditor.gather.log.marks import marks
from auditor.observer import Silent
from auditor.stores import open_store
from checks.model.event import Event
from checks.model.finding import Finding
from tests.integration.outboxes import made_smaller
from tests.integration.shop import Database, Settings, postgres_at, rows, settings, sqlite_at, write_config


@pytest.fixture(params=["sqlite", "postgres18"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            url = stack.enter_context(request.getfixturevalue("postgres18").database())
            yield stack.enter_context(postgres_at(url))


def fill(shop: Database, count: int, received: list[int], unsent: list[int]) -> Settings:
    """An outbox of so many events; positions that were received, and positions that are not marked sent."""
    shop.write(rows(count), [position - 1 for position in received])
    shop.execute("ALTER TABLE events ADD COLUMN published_at text")
    shop.execute("UPDATE events SET published_at = 'yes'")
    shop.execute("UPDATE events SET published_at = NULL WHERE position = ?", [(position,) for position in unsent])
    return settings(shop.url, log={"sent": "published_at"})


def findings(folder: Path, said: Settings, *, confirm: bool = True) -> list[Finding]:
    session = Session(load(write_config(folder, said)), Silent(), sleep=lambda _: None, confirm=confirm)
    try:
        session.audit({"billing"})
    finally:
        session.close()
    return [each for each in session.audits["billing"].findings if each.check in ("missing", "backfill-incomplete")]


def test_what_is_marked_sent_and_did_not_arrive_is_told_from_what_was_never_sent(
    shop: Database, tmp_path: Path
) -> None:
    said = fill(shop, 12, [3, 4, 5, 9, 10, 11, 12], unsent=[2, 7])
    missing, backfill = findings(tmp_path, said)
    assert (missing.count, missing.evidence["marked_sent"], missing.evidence["not_sent"]) == (3, 2, 1)
    assert missing.evidence["marked_sent_ranges"] == ((6, 6), (8, 8))
    assert (backfill.count, backfill.evidence["marked_sent"], backfill.evidence["not_sent"]) == (2, 1, 1)


def test_in_partitions_each_event_is_looked_up_in_its_own(shop: Database, tmp_path: Path) -> None:
    said = fill(shop, 8, [1, 2, 7, 8], unsent=[3])
    shop.execute("ALTER TABLE events ADD COLUMN tenant text")
    shop.execute("UPDATE events SET tenant = CASE WHEN position % 2 = 0 THEN 'even' ELSE 'odd' END")
    said["logs"]["orders"]["partition"] = "tenant"
    said["consumers"]["billing"]["cursor"] = None
    found = {each.partition: each.evidence for each in findings(tmp_path, said)}
    assert {part: (seen["marked_sent"], seen["not_sent"]) for part, seen in found.items()} == {
        "even": (2, 0),
        "odd": (1, 1),
    }


def test_of_very_many_the_first_are_looked_up_and_no_more_is_claimed(shop: Database, tmp_path: Path) -> None:
    said = fill(shop, 20, [1, 20], unsent=[2, 19])
    with made_smaller(looking, MOST_LOOKED_UP=5):
        [missing] = findings(tmp_path, said)
    assert (missing.count, missing.evidence["marked_sent"], missing.evidence["not_sent"]) == (18, 4, 1)
    assert "4 of them are marked sent" in missing.message


def test_without_a_second_look_nobody_asks_the_outbox(shop: Database, tmp_path: Path) -> None:
    said = fill(shop, 5, [1, 2, 5], unsent=[])
    [missing] = findings(tmp_path, said, confirm=False)
    assert (str(missing.verdict), "marked_sent" in missing.evidence) == ("pending", False)


def test_whoever_knows_positions_can_ask_and_what_is_gone_from_the_log_has_no_mark(
    shop: Database, tmp_path: Path
) -> None:
    config = load(write_config(tmp_path, fill(shop, 3, [], unsent=[2])))
    store, log = open_store(config.stores["shop"], Silent()), config.logs["orders"]
    try:
        with store.snapshot() as snapshot:
            asked = [Event(position=position) for position in (1, 2, 99)]
            assert marks(snapshot, log, [*asked, Event(id="without a position")]) == {(None, 1): True, (None, 2): False}
            assert marks(snapshot, log.model_copy(update={"sent": None}), asked) == {}
    finally:
        store.close()
