"""Who goes on with a canary looks first for what earlier attempts sent: else every attempt would send some more."""

from datetime import timedelta
from pathlib import Path

from auditor.redelivery.targets.interface import Answer
from checks.model.redelivery import Outcome
from tests.auditor.redelivery.applying.world import Case, receive

SHORT = timedelta(milliseconds=100)


def test_what_did_not_arrive_keeps_the_rest_from_being_sent_by_the_next_attempt_too(tmp_path: Path) -> None:
    case = Case(tmp_path)
    losing = case.recorder(delivers=False)
    for _ in range(3):
        said = case.apply(losing, canary=2, canary_wait=SHORT)
        assert said.stopped is not None
        assert (said.stopped.reason, losing.sent) == ("canary", [2, 3])
        assert said.canary is not None
        assert (said.canary.sent, said.canary.missing) == (2, 2)
    receive(case.database, [str(each.event.id) for each in case.planned() if each.event.position in (2, 3)])
    mended = case.recorder()
    said = case.apply(mended, canary=2, canary_wait=SHORT)
    assert (said.stopped, mended.sent) == (None, list(range(4, 12)))
    assert case.steps()[2] == ["sending", "accepted", "missing", "missing", "missing", "healed"]


def test_what_an_attempt_had_not_sent_of_its_canary_is_sent_by_the_next_one(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"batch": 1})
    half = case.recorder(answer=lambda n: Answer(Outcome.ACCEPTED if n == 2 else Outcome.FAILED), delivers=False)
    case.apply(half, canary=2, canary_wait=SHORT, error_share=1.0)
    assert half.sent == [2, 3]
    losing = case.recorder(delivers=False)
    said = case.apply(losing, canary=2, canary_wait=SHORT)
    assert losing.sent == [3]
    assert said.canary is not None
    assert (said.canary.sent, said.canary.missing) == (2, 2)


def test_a_dry_run_waits_for_nothing(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.apply(case.recorder(delivers=False), canary=2, canary_wait=SHORT)
    said = case.apply(case.recorder(), canary=2, execute=False)
    assert (said.stopped, said.canary, said.total("would_send")) == (None, None, 8)
