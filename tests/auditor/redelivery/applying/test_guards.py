"""Plans that must not be applied: each is refused in one line, and nothing is sent."""

import json
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.errors import AuditorError, RefusedError, UsageError
from auditor.exit_codes import ExitCode
from auditor.ledger import open_ledger
from auditor.redelivery.applying.apply import Question, apply
from auditor.redelivery.applying.terms import Terms
from checks.model.application import Application
from tests.auditor.redelivery.applying.world import Case

Change = Callable[[Case], object]


def tampered(case: Case) -> None:
    said = json.loads(case.plan_file.read_text())
    said["events"][0]["position"] = 1
    case.plan_file.write_text(json.dumps(said))


def expired(case: Case) -> None:
    now = datetime.now(UTC)
    case.write_plan(created=now - timedelta(days=2), expires=now - timedelta(seconds=1))


def other_database(case: Case) -> None:
    copy = case.folder / "restored.db"
    shutil.copy(case.database, copy)
    copy.replace(case.database)


def other_target(case: Case) -> None:
    said = case.config_file.read_text().replace(
        "[redelivery.", "[redelivery.other]\nkind = 'file'\npath = 'x'\n[redelivery."
    )
    case.config_file.write_text(said.replace('redelivery = "api"', 'redelivery = "other"'))


def other_kind(case: Case) -> None:
    said = case.config_file.read_text()
    case.config_file.write_text(
        re.sub(r"(?s)\[redelivery\.\"api\"\].*", '[redelivery.api]\nkind = "file"\npath = "x"\n', said)
    )


def another_hearer(case: Case) -> None:
    said = case.config_file.read_text()
    shipping = re.search(r"(?s)\[consumers.*?(?=\n\[redelivery)", said)
    assert shipping is not None
    twin = shipping[0].replace("billing", "shipping").replace("idempotent = true\n", "")
    heard = '[redelivery."api"]\nheard_by = ["billing", "shipping"]'
    case.config_file.write_text(said.replace('[redelivery."api"]', f"{twin}\n{heard}"))


def cursor_went_back(case: Case) -> None:
    case.execute("UPDATE cursors SET last_position = '4'")


def cursor_gone(case: Case) -> None:
    case.execute("DELETE FROM cursors")


def log_restored(case: Case) -> None:
    case.execute("DELETE FROM events WHERE position > 8")


def log_emptied(case: Case) -> None:
    case.execute("DELETE FROM events")


def other_identity(case: Case) -> None:
    case.write_plan({"identity": ("position",)})


REFUSED: dict[str, tuple[Change, str]] = {
    "tampered": (tampered, "was altered: what it says does not match its hash"),
    "expired": (expired, "the plan expired on "),
    "another database": (other_database, "the plan was made from another database: log 'orders'"),
    "another target": (other_target, "consumer 'billing' is not sent events by 'api' any more"),
    "another kind": (other_kind, "target 'api' is of the kind file, and was command"),
    "a changed target": (
        lambda case: case.config_file.write_text(case.config_file.read_text().replace('"send"', '"send2"')),
        "[redelivery.api] was changed since the plan was made (plan again)",
    ),
    "a ledger without its run": (
        lambda case: case.write_plan(run="run-2"),
        "run 'run-2', which the plan goes by, is not in the ledger",
    ),
    "a consumer that is gone": (
        lambda case: case.config_file.write_text(case.config_file.read_text().replace("billing", "shipping")),
        "the config has no consumer 'billing' any more",
    ),
    "no more idempotent": (lambda case: case.configure(idempotent=None), "'billing', not declared idempotent"),
    "heard by somebody else": (another_hearer, "'shipping', not declared idempotent"),
    "the cursor went back": (cursor_went_back, "went back to before position 5: it is delivered by itself"),
    "the cursor is gone": (cursor_gone, "went back to before position 2"),
    "the log was restored": (log_restored, "the log 'orders' ends at 8, before position 9 of the plan"),
    "the log is empty": (log_emptied, "the log 'orders' is empty, before position 2"),
    "another identity": (other_identity, "are found by id, and were found by position"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("execute", [True, False])
def test_a_plan_that_does_not_hold_is_refused_with_the_reason(name: str, execute: bool, tmp_path: Path) -> None:
    change, words = REFUSED[name]
    case = Case(tmp_path)
    change(case)
    recorder = case.recorder()
    with pytest.raises(AuditorError) as raised:
        case.apply(recorder, execute=execute)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code is ExitCode.UNDECIDED
    assert recorder.batches == []
    assert case.journal() == []


def stopped(case: Case, change: Change) -> tuple[Application, list[int | None]]:
    """What comes of a change after the first batch."""
    recorder = case.recorder()

    def once(_: object) -> None:
        if not recorder.batches:
            change(case)

    recorder.on_send = once
    return case.apply(recorder), recorder.sent


DURING: dict[str, tuple[Change, str]] = {
    "the cursor went back": (lambda case: case.execute("UPDATE cursors SET last_position = '1'"), "went back"),
    "another plan": (lambda case: case.write_plan(run="another"), "was changed while it was applied"),
    "a plan that was written to": (
        lambda case: case.plan_file.write_text(case.plan_file.read_text().replace("billing", "shippin")),
        "was changed while it was applied",
    ),
    "no plan any more": (lambda case: case.plan_file.unlink(), "was changed while it was applied"),
    "history was rewritten": (
        lambda case: case.execute("UPDATE events SET type = 'Other' WHERE position = 6"),
        "another event at position 6 than the plan ('Other')",
    ),
}


@pytest.mark.parametrize("name", DURING)
def test_what_happens_between_two_batches_stops_it_there(name: str, tmp_path: Path) -> None:
    change, words = DURING[name]
    said, sent = stopped(Case(tmp_path), change)
    assert sent == [2, 3, 4]
    assert said.stopped is not None
    assert said.stopped.reason == "refused"
    assert words in said.stopped.message
    assert (said.total("accepted"), said.total("not_reached")) == (3, 7)


def test_a_cursor_that_goes_on_is_no_reason(tmp_path: Path) -> None:
    said, sent = stopped(Case(tmp_path), lambda case: case.execute("UPDATE cursors SET last_position = '900'"))
    assert len(sent) == 10
    assert said.stopped is None


def test_events_beyond_the_cursor_of_the_plan_are_none_that_went_back(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.execute("UPDATE cursors SET last_position = '1'")
    case.write_plan()
    assert case.apply(case.recorder()).total("accepted") == 10


def test_duplicates_may_be_accepted_by_the_plan_or_by_whoever_applies_it(tmp_path: Path) -> None:
    case = Case(tmp_path)
    case.configure(idempotent=None)
    with pytest.raises(UsageError, match="--accept-duplicates needs --reason"):
        case.apply(case.recorder(), accept_duplicates=True)
    assert case.apply(case.recorder(), accept_duplicates=True, reason="they look", execute=False).total("left") == 10
    case.write_plan(accepted_duplicates="they look")
    assert case.apply(case.recorder()).total("accepted") == 10
    with closing(open_ledger(case.config.ledger)) as ledger:
        assert [each.redelivery.reason for each in ledger.redeliveries()] == ["they look"]


def test_more_events_than_allowed_are_refused_counting_only_those_that_are_left(tmp_path: Path) -> None:
    case = Case(tmp_path)
    with pytest.raises(RefusedError, match=re.escape("10 events left to send, more than 9 (--max-events 10 sends")):
        case.apply(case.recorder(), max_events=9)
    recorder = case.recorder()
    recorder.on_send = lambda _: (_ for _ in ()).throw(KeyboardInterrupt) if recorder.batches else None
    with pytest.raises(KeyboardInterrupt):
        case.apply(recorder)
    assert case.apply(case.recorder(), max_events=7).total("accepted") == 7


def test_who_does_not_agree_is_asked_how_many_and_nothing_is_sent(tmp_path: Path) -> None:
    case = Case(tmp_path)
    asked: list[int] = []

    def refuse(question: Question) -> bool:
        asked.append(question.count)
        return False

    recorder = case.recorder()
    with pytest.raises(RefusedError, match="not confirmed: nothing was sent"):
        apply(
            case.config_file,
            case.plan_file,
            Terms(execute=True),
            confirm=refuse,
            opener=recorder.open,
        )
    assert (asked, recorder.batches, case.journal()) == ([10], [], [])


def test_a_target_that_does_not_say_for_whom_it_sends_needs_to_be_told_who_hears_it(tmp_path: Path) -> None:
    case = Case(tmp_path)
    with pytest.raises(RefusedError, match="nobody knows who would get these events twice"):
        case.apply(case.recorder(shared=True))


def test_a_target_that_sends_contents_needs_to_know_where_they_are(tmp_path: Path) -> None:
    case = Case(tmp_path, target={"batch": 20})
    recorder = case.recorder(needs_data=True)
    case.apply(recorder)
    assert [parcel.data for parcel in recorder.batches[0].parcels] == ["OrderPlaced"] * 10
    case.config_file.write_text(case.config_file.read_text().replace('data = "type"\n', ""))
    with pytest.raises(RefusedError, match="name the column as 'data'"):
        case.apply(case.recorder(needs_data=True))
