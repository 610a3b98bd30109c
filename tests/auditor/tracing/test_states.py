"""What is said of a state's row against one event of its stream."""

from datetime import UTC, datetime

import pytest

from checks.model.trace import Hop, HopVerdict
from tests.auditor.tracing.pipeline import Pipeline, at, hop, hops


@pytest.fixture(autouse=True)
def happy(pipeline: Pipeline) -> None:
    pipeline.happy()


def accounts(pipeline: Pipeline, event: str = "e2") -> Hop:
    return hop(pipeline.trace(event), "state", "accounts")


def put(pipeline: Pipeline, *versions: int | None) -> None:
    pipeline.execute("DELETE FROM accounts")
    pipeline.write("accounts", *(("order-1", version, at(1)) for version in versions))


def test_a_row_at_the_event_is_in_step_and_one_at_a_later_event_too(pipeline: Pipeline) -> None:
    assert (accounts(pipeline).verdict, accounts(pipeline).event.version) == (HopVerdict.IN_STEP, 2)
    assert accounts(pipeline, "e1").verdict is HopVerdict.IN_STEP
    assert accounts(pipeline, "e1").message == "the row is at version 2, a later event"


def test_a_row_at_an_earlier_event_is_behind(pipeline: Pipeline) -> None:
    put(pipeline, 1)
    told = accounts(pipeline)
    assert (told.verdict, told.message) == (HopVerdict.BEHIND, "the row is at version 1")


def test_a_row_at_a_version_that_no_event_has_is_ahead(pipeline: Pipeline) -> None:
    put(pipeline, 3)
    told = accounts(pipeline)
    assert (told.verdict, told.message) == (HopVerdict.AHEAD, "the row is at version 3, which orders does not have")


def test_a_stream_without_a_row_is_said(pipeline: Pipeline) -> None:
    put(pipeline)
    told = accounts(pipeline)
    assert (told.verdict, told.count) == (HopVerdict.NO_ROW, 0)


def test_a_stream_that_ended_needs_no_row(pipeline: Pipeline) -> None:
    put(pipeline)
    pipeline.replace('stream = "account_id"', 'stream = "account_id"\nended = ["*Paid"]')
    assert accounts(pipeline, "e1").verdict is HopVerdict.IN_STEP
    assert accounts(pipeline, "e2").message == "it has no row, and needs none: the stream ended"
    pipeline.execute("UPDATE events SET type = 'OrderMoved' WHERE event_id = 'e2'")
    assert accounts(pipeline, "e1").verdict is HopVerdict.NO_ROW


def test_an_event_that_changes_no_row_is_not_wanted(pipeline: Pipeline) -> None:
    pipeline.replace('stream = "account_id"', 'stream = "account_id"\ntypes = ["OrderPlaced"]')
    put(pipeline, 1)
    assert accounts(pipeline, "e2").verdict is HopVerdict.NOT_WANTED
    assert accounts(pipeline, "e1").verdict is HopVerdict.IN_STEP


def test_rows_of_one_stream_that_disagree_have_a_line_each(pipeline: Pipeline) -> None:
    put(pipeline, 1, 2, None)
    assert [each.verdict for each in hops(pipeline.trace("e2"), "state", "accounts")] == [
        HopVerdict.BEHIND,
        HopVerdict.IN_STEP,
        HopVerdict.CANNOT_TELL,
    ]


def test_of_very_many_rows_a_few_are_shown_and_the_rest_is_counted(pipeline: Pipeline) -> None:
    put(pipeline, *([2] * 40))
    told = hops(pipeline.trace("e2"), "state", "accounts")
    assert [each.count for each in told] == [1, 1, 1, 1, 1, 35]
    assert told[-1].message == "the stream has 35 more rows"


def test_without_a_version_nothing_is_sure_and_the_time_of_the_change_is_told(pipeline: Pipeline) -> None:
    pipeline.replace('version = "version"\n\n[consumers', 'changed = "changed_at"\n\n[consumers')
    put(pipeline, 2)
    told = accounts(pipeline)
    assert told.verdict is HopVerdict.CANNOT_TELL
    assert told.message == "the row changed at 2026-03-01T12:00:01Z, after the event; no version says by which event"
    pipeline.execute("UPDATE accounts SET changed_at = NULL")
    assert accounts(pipeline).message == "there is a row, and no version that would say how far it is"
    put(pipeline)
    assert accounts(pipeline).verdict is HopVerdict.NO_ROW


def test_a_change_that_is_the_events_own_has_a_delay_from_the_log(pipeline: Pipeline) -> None:
    pipeline.replace('stream = "account_id"', 'stream = "account_id"\nchanged = "changed_at"')
    put(pipeline, 2)
    assert [accounts(pipeline, event).delay is None for event in ("e1", "e2")] == [True, False]


def test_an_event_without_a_stream_has_no_row_to_look_for(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE events SET stream_id = NULL WHERE event_id = 'e2'")
    told = accounts(pipeline)
    assert (told.verdict, told.message) == (HopVerdict.CANNOT_TELL, "the event has no stream")


def test_a_stream_is_found_by_number_where_the_state_counts_its_rows(pipeline: Pipeline) -> None:
    pipeline.execute("UPDATE events SET stream_id = '0017'")
    pipeline.execute("CREATE TABLE numbered (account_id INTEGER, version INTEGER)")
    pipeline.write("numbered", (17, 2))
    pipeline.replace('table = "accounts"', 'table = "numbered"')
    assert accounts(pipeline).verdict is HopVerdict.IN_STEP


def test_a_row_may_still_come_to_what_is_younger_than_max_delay(pipeline: Pipeline) -> None:
    pipeline.execute(f"UPDATE events SET recorded_at = '{datetime.now(UTC).isoformat()}' WHERE event_id = 'e2'")
    for versions in ((1,), ()):
        put(pipeline, *versions)
        assert (accounts(pipeline).message or "").endswith("old, and a row may take 1m")
    put(pipeline, 3)
    assert accounts(pipeline).message == "the row is at version 3, which orders does not have"


def test_a_stream_of_another_kind_is_a_problem_of_the_state(pipeline: Pipeline) -> None:
    pipeline.execute("CREATE TABLE dated (account_id INTEGER, version TEXT)")
    pipeline.write("dated", (1, "two"))
    pipeline.replace('table = "accounts"', 'table = "dated"')
    told = accounts(pipeline)
    assert (told.verdict, told.problem) == (HopVerdict.CANNOT_TELL, "wrong-type")
    assert told.message == "store 'shop': column 'version' of 'dated' holds 'two', which is no integer"
