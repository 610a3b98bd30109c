"""``kill -9`` between what is written in an outbox and what is known of it: no audit takes it for the producer's."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from auditor.redelivery.verifying import verify
from checks.model.verification import Fate
from tests.integration.killed_outboxes import AFTER, BEFORE, COUNT, LOST, Relayed, told
from tests.integration.shop import postgres_at, sqlite_at
from tests.postgres import Server

MISSING = ("missing", "confirmed", LOST)


@pytest.fixture(params=["sqlite", "postgresql"])
def copying(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Relayed]:
    """A shop in a database of its own, whose outbox is given copies."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            database = stack.enter_context(sqlite_at(tmp_path / "shop.db"))
        else:
            server: Server = request.getfixturevalue("postgres18")
            database = stack.enter_context(postgres_at(stack.enter_context(server.database())))
        yield built(Relayed(database, tmp_path, "insert"))


def built(shop: Relayed) -> Relayed:
    shop.build()
    return shop


def waiting(*positions: int) -> tuple[str, str, tuple[int, ...]]:
    return "unsent", "pending", positions


def conflicts(shop: Relayed) -> set[tuple[int | None, ...]]:
    """Where copies and other doubles are that count as events of the producer's own, by all that is audited."""
    return {events for check, _, events in told(shop.audit(full=True)) if check == "version-conflict"}


def test_rows_that_were_marked_wait_since_then(tmp_path: Path) -> None:
    with sqlite_at(tmp_path / "shop.db") as database:
        shop = built(Relayed(database, tmp_path, "unsent"))
        shop.go_on_and_die(AFTER)
        assert told(shop.audit()) == {MISSING, waiting(*LOST)}
        assert shop.go_on().total("accepted") == len(LOST)
        shop.relay()
        assert told(shop.audit(full=True)) == set()


def test_copies_that_were_committed_are_no_conflict_and_the_producers_own_still_is(copying: Relayed) -> None:
    copying.go_on_and_die(AFTER)
    copies = [COUNT + n for n in range(1, len(LOST) + 1)]
    assert copying.in_doubt() == copies
    assert told(copying.audit()) == told(copying.audit(full=True)) == {MISSING, waiting(*copies)}
    copying.publish("e3", 3)
    conflict = (copies[-1] + 1,)
    assert ("version-conflict", "confirmed", conflict) in told(copying.audit())
    assert copying.go_on().total("accepted") == len(LOST)
    assert copying.in_doubt() == []
    copying.relay()
    assert conflicts(copying) == {conflict}


def test_a_verification_finds_out_what_a_kill_left_in_doubt(copying: Relayed) -> None:
    copying.go_on_and_die(AFTER)
    copying.relay()
    with closing(copying.ledger()) as ledger:
        seen = verify(copying.config, copying.folder / "plan.json", ledger=ledger)
    assert seen.count(Fate.HEALED) == len(LOST)
    assert copying.in_doubt() == []
    assert told(copying.audit()) == set()


def test_copies_that_were_never_committed_excuse_nothing_in_their_places(copying: Relayed) -> None:
    """SQLite gives out a position again that a rolled back row had; PostgreSQL does not."""
    copying.go_on_and_die(BEFORE)
    assert conflicts(copying) == set()
    copying.publish("e3", 3)
    [conflict] = conflicts(copying)
    assert copying.go_on().total("accepted") == len(LOST)
    copying.relay()
    assert conflicts(copying) == {conflict}
