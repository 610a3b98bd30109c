"""What somebody agrees to by typing a number: all that comes of it is said before."""

import io

import pytest

from auditor.cli.redeliver.asking import asking
from auditor.observer import Silent
from auditor.redelivery.applying.apply import Question
from tests import plans


def test_who_is_asked_hears_of_what_comes_again_besides(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plans.plan(plans.part("billing", comes_again=48), plans.part("mail", comes_again=0), count=3)
    monkeypatch.setattr("sys.stdin", io.StringIO("3\n"))
    assert asking(Silent())(Question(plan, 3))
    told = capsys.readouterr().err.splitlines()
    assert told[1] == "48 events that billing has already come again with them"
    assert told[2] == "type 3 to send, anything else to leave it:"
