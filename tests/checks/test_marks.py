"""What is said of the marks of events that did not arrive."""

from checks.consumer import backfill_incomplete, missing
from checks.marks import Marks, hint
from tests.checks.samples import absence, check_finds, evidence


def test_events_are_told_apart_by_their_marks_and_those_that_nobody_looked_up_are_neither() -> None:
    marks = Marks()
    for position, marked in ((3, True), (4, True), (5, False), (7, None), (8, True)):
        marks.add(position, position, marked=marked)
    assert marks.evidence() == {
        "marked_sent": 3,
        "not_sent": 1,
        "marked_sent_ranges": ((3, 4), (8, 8)),
        "not_sent_ranges": ((5, 5),),
    }
    assert Marks().evidence() == {}


def test_a_hint_counts_what_was_looked_up_and_blames_nobody_where_nothing_was() -> None:
    assert hint({"marked_sent": 1, "not_sent": 0}, 1) == (
        "; it is marked sent: the relay or the broker lost it after that"
    )
    assert hint({"marked_sent": 2, "not_sent": 1_500}, 1_502) == (
        "; 2 of them are marked sent: the relay or the broker lost them after that; 1,500 of them are not marked sent"
    )
    assert hint({}, 5) == ""


def test_a_missing_event_that_is_marked_sent_was_lost_after_that() -> None:
    judged = evidence(absence(5, marked_sent=True), absence(6, marked_sent=True), absence(9, marked_sent=False))
    finding = check_finds(missing, judged, "confirmed", 3, ranges=((5, 6), (9, 9)))
    assert finding.message.endswith(
        "then redeliver; 2 of them are marked sent: the relay or the broker lost them after that; "
        "1 of them is not marked sent"
    )
    assert finding.evidence["marked_sent_ranges"] == ((5, 6),)


def test_an_incomplete_backfill_says_so_too() -> None:
    judged = evidence(absence(1, before_first_receipt=True, marked_sent=True))
    finding = check_finds(backfill_incomplete, judged, "confirmed", 1, ranges=((1, 1),))
    assert finding.message.endswith("it is marked sent: the relay or the broker lost it after that")


def test_where_the_log_is_no_outbox_nothing_is_said_of_marks() -> None:
    finding = check_finds(missing, evidence(absence(5)), "confirmed", 1, ranges=((5, 5),))
    assert "marked" not in finding.message
    assert "marked_sent" not in finding.evidence
