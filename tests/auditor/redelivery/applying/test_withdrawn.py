"""What was certainly not sent is no redelivery to an audit: a consumer that receives it late of itself is judged."""

from pathlib import Path

import pytest

from auditor.audit import run
from auditor.ledger import open_ledger
from auditor.redelivery.targets.interface import Answer
from checks.model.finding import Finding
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.applying.world import Case, receive


def findings(case: Case) -> list[Finding]:
    """Of an audit that is recorded."""
    return [finding for audit in run(case.config, ledger=True).audits for finding in audit.findings]


def sent_spans(case: Case) -> list[tuple[int, int]]:
    """What audits know to be sent again to billing."""
    ledger = open_ledger(case.config.ledger)
    spans = ledger.redelivered("consumer", ["billing"]).get("billing", [])
    ledger.close()
    return [(span.first, span.last) for span in spans]


def received_late(case: Case, *positions: int) -> None:
    """After all others."""
    receive(case.database, [str(each.event.id) for each in case.planned() if each.event.position in positions])


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REJECTED])
@pytest.mark.parametrize("whole", [False, True])
def test_what_a_target_did_not_take_and_comes_late_of_itself_is_out_of_order(
    tmp_path: Path, outcome: Outcome, whole: bool
) -> None:
    case = Case(tmp_path, missing=(2, 3))
    case.apply(case.recorder(answer=lambda _: Answer(outcome), delivers=False, sends_whole=whole))
    received_late(case, 2, 3)
    assert sent_spans(case) == []
    assert [(each.check, each.count) for each in findings(case)] == [("out-of-order", 2)]


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.UNKNOWN])
@pytest.mark.parametrize("whole", [False, True])
def test_what_was_sent_or_may_have_been_is_late_by_design(tmp_path: Path, outcome: Outcome, whole: bool) -> None:
    case = Case(tmp_path, missing=(2, 3))
    case.apply(case.recorder(answer=lambda _: Answer(outcome), delivers=False, sends_whole=whole))
    received_late(case, 2, 3)
    assert sent_spans(case) == [(2, 12 if whole else 3)]
    assert findings(case) == []


def test_of_a_batch_only_what_was_taken_counts_as_sent(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"batch": 10})
    taken = case.recorder(answer=lambda n: Answer(Outcome.REJECTED if n in (4, 7) else Outcome.ACCEPTED))
    case.apply(taken)
    assert sent_spans(case) == [(2, 3), (5, 6), (8, 11)]
    received_late(case, 4)
    assert {(each.check, each.count) for each in findings(case)} == {("out-of-order", 1), ("missing", 1)}


def test_what_is_sent_in_the_end_counts_as_sent(tmp_path: Path) -> None:
    case = Case(tmp_path, missing=(2, 3))
    case.apply(case.recorder(answer=lambda _: Answer(Outcome.FAILED), delivers=False))
    case.apply(case.recorder())
    assert sent_spans(case) == [(2, 3)]
    assert findings(case) == []
