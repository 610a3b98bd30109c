"""Applying from several machines that share a ledger on PostgreSQL: the server keeps them apart."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from auditor.ledger import LedgerError
from auditor.redelivery.targets.interface import Batch
from tests.auditor.redelivery.applying.world import Case
from tests.postgres import Server

_HOLDERS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database() as made:
        yield made


def case_at(folder: Path, url: str) -> Case:
    """A machine of its own: its folder, and so its locks of the kernel, are nobody else's."""
    folder.mkdir()
    case = Case(folder)
    case.config_file.write_text(f'{case.config_file.read_text()}[ledger]\nurl = "{url}"\n')
    case.record()
    return case


def test_another_machine_is_refused_while_one_sends_by_the_same_target(url: str, tmp_path: Path) -> None:
    one, other = case_at(tmp_path / "one", url), case_at(tmp_path / "other", url)
    second = other.recorder()

    def meanwhile(_: Batch) -> None:
        with pytest.raises(LedgerError, match="somebody else holds 'redelivery api', on this machine or another one"):
            other.apply(second)

    first = one.recorder(on_send=meanwhile)
    assert one.apply(first).total("accepted") == 10
    assert second.batches == []
    assert other.apply(second, lock_wait=timedelta(seconds=30)).skipped() == {"sent-since": 10}
    assert second.batches == []
    other.write_plan()
    assert other.apply(second).total("accepted") == 10


def test_while_it_sends_no_transaction_of_the_lock_is_open(url: str, tmp_path: Path) -> None:
    case = case_at(tmp_path / "one", url)
    states: list[str] = []

    def meanwhile(_: Batch) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            held = f"SELECT state FROM pg_stat_activity WHERE pid IN ({_HOLDERS})"
            states.extend(state for (state,) in connection.execute(held.encode()))

    case.apply(case.recorder(on_send=meanwhile))
    assert states == ["idle"] * 4


def test_a_lock_that_is_lost_stops_it_before_the_next_batch(url: str, tmp_path: Path) -> None:
    case = case_at(tmp_path / "one", url)

    def meanwhile(_: Batch) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM ({_HOLDERS}) AS held".encode())

    recorder = case.recorder(on_send=meanwhile)
    said = case.apply(recorder)
    assert said.stopped is not None
    assert said.stopped.reason == "journal"
    assert recorder.sent == [2, 3, 4]
    assert (said.total("accepted"), said.total("not_reached")) == (3, 7)
    assert case.steps() == {position: ["sending", "accepted"] for position in (2, 3, 4)}
