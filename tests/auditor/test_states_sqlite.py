"""On SQLite, in one file and in two, every made-up state is judged as a naive oracle judges it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auditor
from auditor.auditing.session import Session
from auditor.config import load
from auditor.observer import Silent
from auditor.stores.sqlite import SqliteStore
from checks.model.result import Audit
from reports import render
from tests.auditor.test_histories_sqlite import SPELLINGS, execute_on
from tests.histories.mirror_verdicts import audit, expect_the_truth, waiting_takes_no_time
from tests.histories.mirrors import OLDER, Happened, Mirror, Place, Row, Spelling, agreeing, build, mirrors, ways

TEXT: Spelling = ("text", str)


@contextmanager
def written(mirror: Mirror, ours: Spelling, theirs: Spelling, *, together: bool) -> Iterator[Path]:
    """The log and the state; gives the auditor.toml."""
    with TemporaryDirectory() as folder:
        shop, reading = Path(folder, "shop.db"), Path(folder, "reading.db")
        config = Path(folder, "auditor.toml")
        with execute_on(shop) as on_shop, execute_on(reading) as on_reading:
            log = Place(on_shop, "sqlite:///shop.db", ours)
            state = replace(log, spelling=theirs) if together else Place(on_reading, "sqlite:///reading.db", theirs)
            config.write_text(build(mirror, log, state))
        yield config


def judged(mirror: Mirror, *, together: bool = True, confirm: bool = True) -> Audit:
    with written(mirror, TEXT, TEXT, together=together) as config:
        return audit(config, confirm=confirm)


@settings(max_examples=50)
@given(mirrors(), ways(SPELLINGS), st.booleans())
def test_a_state_is_judged_as_the_oracle_judges_it(
    mirror: Mirror, written_as: tuple[Spelling, Spelling], together: bool
) -> None:
    with written(mirror, *written_as, together=together) as config:
        expect_the_truth(mirror, audit(config))


@settings(max_examples=20)
@given(agreeing(), st.booleans())
def test_of_a_state_without_a_fault_nothing_is_said(mirror: Mirror, together: bool) -> None:
    audited = judged(mirror, together=together)
    assert audited.findings == ()
    assert audited.verdict == ("consistent" if audited.totals is not None and audited.totals.produced else "unknown")


@settings(max_examples=20)
@given(mirrors(), st.booleans())
def test_without_a_second_look_nothing_is_confirmed(mirror: Mirror, together: bool) -> None:
    audited = judged(mirror, together=together, confirm=False)
    assert {finding.verdict for finding in audited.findings} <= {"pending", "unknown", "benign"}


SOUND = Mirror(
    events=tuple(Happened(stream, version) for stream in range(4) for version in (1, 2, 3)),
    rows=tuple(Row(stream, 3) for stream in range(4)),
)


def but(row: Row, *, instead: Row | None = None, mirror: Mirror = SOUND) -> Mirror:
    """The sound state with one fault: a row more, or in place of the last one of its stream."""
    rows = [each for each in mirror.rows if instead is None or each.stream != row.stream]
    return replace(mirror, rows=(*rows, row))


@pytest.mark.parametrize("together", [True, False], ids=["one store", "two stores"])
@pytest.mark.parametrize(
    ("mirror", "check"),
    [
        pytest.param(replace(SOUND, rows=(*SOUND.rows[:3], Row(3, 4))), "silent-change", id="ahead"),
        pytest.param(replace(SOUND, rows=(*SOUND.rows[:3], Row(3, 2))), "state-behind", id="behind"),
        pytest.param(replace(SOUND, rows=SOUND.rows[:3]), "state-missing", id="no row"),
        pytest.param(replace(SOUND, rows=(*SOUND.rows, Row(11, 1))), "state-unexpected", id="no stream"),
    ],
)
def test_one_fault_is_found_and_nothing_besides(mirror: Mirror, check: str, together: bool) -> None:
    [finding] = judged(mirror, together=together).findings
    assert (finding.check, finding.verdict, finding.count) == (check, "confirmed", 1)
    assert judged(SOUND, together=together).verdict == "consistent"


def test_a_row_that_is_behind_is_shown_with_the_first_event_that_it_lacks() -> None:
    [finding] = judged(replace(SOUND, rows=(*SOUND.rows[:3], Row(3, 1)))).findings
    [event] = finding.events
    assert (event.position, event.id, event.version) == (11, "e11", 2)
    assert finding.evidence["samples"] == [{"stream": event.stream, "row_version": 1, "head_version": 3}]


def test_a_state_without_version_and_changed_says_what_it_cannot_show() -> None:
    mirror = replace(SOUND, by_version=False, rows=(*SOUND.rows[1:], Row(11, 1)))
    with written(mirror, TEXT, TEXT, together=True) as config:
        result = auditor.run(load(config), names=["accounts"], confirm=False)
    assert {finding.check for finding in result.audits[0].findings} == {"state-missing", "state-unexpected"}
    assert [(each.check, each.reason) for each in result.not_checked] == [
        ("silent-change", "no-version"),
        ("state-behind", "no-version"),
    ]
    assert "it shows whether a stream has a row" in result.not_checked[0].message


def test_the_document_has_a_state_like_any_audit_and_no_window() -> None:
    mirror = replace(SOUND, rows=(*SOUND.rows[:3], Row(3, 4)))
    with written(mirror, TEXT, TEXT, together=True) as config, waiting_takes_no_time() as waits:
        session = Session(load(config), Silent(), sleep=waits.append)
        session.audit({"accounts"})
        session.close()
    told: Any = json.loads(render(session.result(datetime.now(UTC)), "json"))
    [audited] = told["audits"]
    assert (audited["of"], audited["upstream"], audited["window"]) == ("state", "orders", None)
    assert (audited["totals"]["produced"], audited["totals"]["unexpected"]) == (4, 1)
    [finding] = audited["findings"]
    assert (finding["ranges"], finding["events"][0]["version"]) == ([], 4)
    assert finding["evidence"]["samples"][0]["head_version"] == 3


def test_a_row_without_a_version_is_unverifiable_and_no_finding() -> None:
    audited = judged(replace(SOUND, rows=(*SOUND.rows[:3], Row(3, None), Row(None, 1))))
    assert audited.findings == ()
    assert audited.totals is not None
    assert (audited.totals.received, audited.totals.unverifiable) == (3, 2)
    assert "1 stream unverifiable: the version of the row is NULL" in audited.notes


def test_a_row_whose_events_may_have_been_purged_is_benign() -> None:
    mirror = replace(SOUND, retention=True, rows=(*SOUND.rows, Row(11, 1, age=OLDER)))
    audited = judged(mirror)
    assert [(each.check, each.verdict, each.reason) for each in audited.findings] == [
        ("state-unexpected", "benign", "may-be-purged")
    ]
    assert audited.verdict == "consistent"


def test_a_stream_in_two_partitions_is_unverifiable() -> None:
    events = (*SOUND.events, Happened(3, 4, tenant="b"))
    audited = judged(replace(SOUND, events=events, partitioned=True))
    assert audited.findings == ()
    assert audited.totals is not None
    assert audited.totals.unverifiable == 1


def test_a_sqlite_that_cannot_join_in_full_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = replace(SOUND, rows=(Row(0, 3), Row(1, 2), Row(2, 4), Row(11, 1)))
    joined = judged(mirror)
    monkeypatch.setattr(SqliteStore, "joins_in_full", False)
    assert replace(judged(mirror), findings=()) == replace(joined, findings=())
    assert [each.check for each in judged(mirror).findings] == [each.check for each in joined.findings]


def test_names_that_are_written_in_two_ways_within_one_table_name_the_same_streams() -> None:
    mixed: Spelling = ("text", lambda name: name.hex.upper() if name.int % 2 else str(name))
    with written(SOUND, mixed, TEXT, together=True) as config:
        audited = audit(config)
    assert (audited.verdict, audited.findings) == ("consistent", ())
    assert audited.totals is not None
    assert (audited.totals.produced, audited.totals.received) == (4, 4)


def test_an_ended_stream_needs_no_row_and_one_that_went_on_does() -> None:
    ended = (*SOUND.events, Happened(3, 4, "Closed"))
    mirror = replace(SOUND, rows=SOUND.rows[:3], ended=("Closed",))
    assert judged(replace(mirror, events=ended)).findings == ()
    [finding] = judged(replace(mirror, events=(*ended, Happened(3, 5)))).findings
    assert (finding.check, finding.events[0].version) == ("state-missing", 5)


@pytest.mark.parametrize("together", [True, False], ids=["one store", "two stores"])
def test_an_event_that_changes_no_row_does_not_bring_an_ended_stream_back(together: bool) -> None:
    ended = (*SOUND.events, Happened(3, 4, "Closed"), Happened(3, 5, "Noted"))
    mirror = replace(SOUND, events=ended, rows=SOUND.rows[:3], types=("Changed", "Closed"), ended=("Closed",))
    assert judged(mirror, together=together).findings == ()
