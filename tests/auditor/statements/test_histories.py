"""Whatever happened, every statement of every finding runs, and what is said to show nothing shows nothing."""

from datetime import UTC, datetime

from hypothesis import given, settings

from auditor.auditing.session import Session
from auditor.config import load
from checks.model.finding import Finding
from tests.auditor.statements.executing import Answer, answers
from tests.auditor.statements.faults import Loud
from tests.auditor.test_histories_sqlite import VARIANTS, Spelling, written
from tests.histories.history import History


@settings(max_examples=25)
@given(*VARIANTS)
def test_what_is_pasted_agrees_with_the_finding(
    history: History, ours: Spelling, theirs: Spelling, position_type: str
) -> None:
    with written(history, ours, theirs, position_type, indexed=False) as config:
        session = Session(load(config), Loud(), max_findings=None, sleep=lambda _: None)
        try:
            session.audit({"orders", "billing"})
        finally:
            session.close()
        files = {"shop": config.parent / "shop.db", "billing-db": config.parent / "billing.db"}
        for audit in session.result(datetime.now(UTC)).audits:
            for finding in audit.findings:
                for answer in answers(finding, files):
                    expect_agreement(answer, finding, history)


def expect_agreement(answer: Answer, finding: Finding, history: History) -> None:
    if answer.shows.startswith("no "):
        assert answer.rows == ()
    elif answer.shows.endswith(" in orders") and finding.check != "cursor-ahead":
        assert answer.column("position") == [event.position for event in finding.events[:20]]
    elif answer.shows.startswith("more than one receipt"):
        extra = finding.evidence["extra"]
        assert isinstance(extra, list)
        assert len(answer.rows) == len(finding.events[:20]) + sum(extra[:20])
