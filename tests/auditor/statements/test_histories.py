"""Whatever happened, every statement of every finding runs, and what is said to show nothing shows nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.auditing.session import Session
from auditor.config import load
from checks.model.finding import Finding
from tests.auditor import test_derivations_sqlite as derivations
from tests.auditor import test_histories_sqlite as histories
from tests.auditor import test_states_sqlite as states
from tests.auditor.statements.executing import Answer, answers
from tests.auditor.statements.faults import Loud
from tests.derivations.database import build
from tests.derivations.pasts import Past, pasts
from tests.histories.history import History
from tests.histories.mirrors import Mirror, Spelling, mirrors, ways


def pasted(config: Path) -> Iterator[tuple[Finding, Answer]]:
    """What every statement gives of every finding of everything."""
    session = Session(load(config), Loud(), max_findings=None, sleep=lambda _: None)
    try:
        session.audit({*session.config.logs, *session.config.states, *session.config.consumers})
    finally:
        session.close()
    files = {name: store.file for name, store in session.config.stores.items() if store.file is not None}
    for audit in session.result(datetime.now(UTC)).audits:
        for finding in audit.findings:
            for answer in answers(finding, files):
                yield finding, answer


@settings(max_examples=8)
@given(*histories.VARIANTS)
def test_of_a_consumer(
    history: History, ours: histories.Spelling, theirs: histories.Spelling, position_type: str
) -> None:
    with histories.written(history, ours, theirs, position_type, indexed=False) as config:
        for finding, answer in pasted(config):
            if answer.shows.startswith("no "):
                assert answer.rows == ()
            elif answer.shows.endswith(" in orders") and finding.check not in ("position-gap", "version-gap"):
                assert answer.column("position") == [event.position for event in finding.events[:20]]
            elif answer.shows.startswith("more than one receipt"):
                extra = finding.evidence["extra"]
                assert isinstance(extra, list)
                assert len(answer.rows) == len(finding.events[:20]) + sum(extra[:20])


@settings(max_examples=8)
@given(pasts(), *derivations.VARIANTS)
def test_of_a_derived_log(past: Past, ours: int, theirs: int, indexed: bool, together: bool) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder, "auditor.toml")
        with derivations.places(Path(folder), ours, theirs, indexed=indexed, together=together) as both:
            config.write_text(build(past, *both))
        for finding, answer in pasted(config):
            if answer.shows.startswith("no "):
                assert answer.rows == ()
            elif finding.check == "duplicate" and answer.shows.startswith("more than one row"):
                assert {event.position for event in finding.events[:20]} < set(answer.column("position"))


@settings(max_examples=8)
@given(mirrors(), ways(histories.SPELLINGS), st.booleans())
def test_of_a_state(mirror: Mirror, written_as: tuple[Spelling, Spelling], together: bool) -> None:
    with states.written(mirror, *written_as, together=together) as config:
        for _, answer in pasted(config):
            assert answer.rows == () if answer.shows.startswith("no ") else answer.rows
