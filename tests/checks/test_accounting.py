"""Each event counts once, whatever the evidence, and the totals always balance."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.accounting import OutOfBalanceError, account_of, standing, totals
from checks.catalogue import CONSUMER
from checks.model.consumer import Absence, ConsumerEvidence, Cursor, Standing
from checks.model.result import Totals
from tests.checks.samples import DAY, HOUR, SECOND, Changes, absence, ahead, event, evidence, repeat, stranger

AGES = st.sampled_from([None, SECOND, HOUR, 10 * DAY])
CURSORS = st.sampled_from(
    [
        None,
        (Cursor(position=50, head=100),),
        (Cursor(position=None, absent=True),),
        (Cursor(position=5, partition="a"), Cursor(position=None, partition="b", absent=True)),
    ]
)


@st.composite
def absences(draw: st.DrawFn, position: int) -> Absence:
    partition = draw(st.sampled_from(["a", "b"]))
    known = draw(st.integers(0, 9)) > 0
    return Absence(
        event=event(position if known else None, id=f"{partition}{position}", partition=partition),
        rank=position,
        past=draw(st.sampled_from([True, True, False, None])),
        age=draw(AGES),
        identified=draw(st.integers(0, 9)) > 0,
        parked=draw(st.integers(0, 4)) == 0,
        received=draw(st.integers(0, 4)) == 0,
        receipt_age=draw(AGES),
        held_back=draw(st.booleans()),
        before_first_receipt=draw(st.booleans()),
        gone=draw(st.integers(0, 9)) == 0,
        lasted=draw(st.sampled_from([None, "it is old"])),
    )


@st.composite
def consumers(draw: st.DrawFn) -> ConsumerEvidence:
    rows = [draw(absences(position)) for position in range(1, draw(st.integers(0, 12)) + 1)]
    flags: Changes = {name: draw(st.booleans()) for name in ("has_inbox", "start_declared", "confirmed_reads")}
    return evidence(
        *sorted(rows, key=lambda row: (row.event.partition or "", row.rank)),
        cursors=draw(CURSORS),
        inbox_behind=draw(st.sampled_from([None, None, "12 s behind"])),
        inbox_retention=draw(st.sampled_from([None, DAY])),
        sample_limit=None,
        **flags,
    )


def oracle(row: Absence, judged: ConsumerEvidence) -> Standing:
    """The contract's rules once more, as a list of all that fit; the first counts."""
    old = judged.inbox_retention is not None and (row.age is None or row.age > judged.inbox_retention)
    begun = judged.start_declared or not row.before_first_receipt
    judgeable = judged.has_inbox and begun and not old
    known = row.identified and row.event.position is not None and not row.gone and row.past is not None
    # Without a cursor the receipts decide what was passed, and those may be gone.
    expired = old and row.age is not None and judged.cursors is None
    late = row.age is not None and row.age > judged.max_lag and not row.held_back
    fits = [
        (row.parked, Standing.PARKED),
        (row.received, Standing.UNPROCESSED),
        (not known or (row.past and not judgeable) or expired, Standing.UNVERIFIABLE),
        (row.past and row.before_first_receipt, Standing.BACKFILL_INCOMPLETE),
        (row.past, Standing.MISSING),
        (late, Standing.LAGGING),
        (True, Standing.PENDING),
    ]
    return next(place for fit, place in fits if fit)


@given(consumers())
def test_each_event_stands_where_the_first_rule_that_fits_puts_it(judged: ConsumerEvidence) -> None:
    account = account_of(judged)
    rows = list(judged.absences)
    assert [standing(row, judged) for row in rows] == [oracle(row, judged) for row in rows]
    counts = Counter(oracle(row, judged) for row in rows)
    assert {place: account.count(place) for place in Standing} == {place: counts[place] for place in Standing}


@given(consumers())
def test_totals_always_balance(judged: ConsumerEvidence) -> None:
    assert totals(judged).balances()


@given(consumers())
def test_each_event_is_in_one_finding_or_unverifiable_and_never_in_two(judged: ConsumerEvidence) -> None:
    found = [sample for check in CONSUMER for finding in check.judge(judged) for sample in finding.events]
    silent = [row.event for row in judged.absences if standing(row, judged) is Standing.UNVERIFIABLE]
    assert Counter(found + silent) == Counter(row.event for row in judged.absences)


@given(consumers())
def test_a_finding_is_the_only_one_of_its_check_verdict_partition_and_reason(judged: ConsumerEvidence) -> None:
    findings = [finding for check in CONSUMER for finding in check.judge(judged)]
    keys = [(finding.check, finding.verdict, finding.partition, finding.reason) for finding in findings]
    assert len(keys) == len(set(keys))


@given(consumers())
def test_without_a_second_look_nothing_is_missing(judged: ConsumerEvidence) -> None:
    assert totals(replace(judged, confirmed_reads=False)).missing == 0


@pytest.mark.parametrize(
    ("row", "changes", "reason"),
    [
        pytest.param(absence(5, identified=False), {}, "no-identity", id="a NULL identity"),
        pytest.param(absence(None), {}, "no-identity", id="no position"),
        pytest.param(absence(5, gone=True), {}, "gone-from-log", id="left the log meanwhile"),
        pytest.param(absence(5, past=None), {}, "cursor-rows-disagree", id="several cursor rows"),
        pytest.param(absence(5), {"has_inbox": False}, "no-inbox", id="a cursor alone"),
        pytest.param(
            absence(5, before_first_receipt=True),
            {"start_declared": False},
            "before-first-receipt",
            id="before the first receipt, start not declared",
        ),
        pytest.param(absence(5), {"inbox_retention": SECOND}, "inbox-retention", id="the inbox may have dropped it"),
        pytest.param(
            absence(5, age=None), {"inbox_retention": DAY}, "inbox-retention", id="the inbox may have, age unknown"
        ),
        pytest.param(absence(5), {"inbox_behind": "12 s behind"}, "standby", id="the inbox is behind"),
    ],
)
def test_what_cannot_be_judged_is_counted_with_its_reason(row: Absence, changes: Changes, reason: str) -> None:
    judged = evidence(row, **changes)
    assert account_of(judged).unverifiable() == {reason: 1}
    assert totals(judged) == Totals(produced=11, received=10, unverifiable=1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param(absence(5), "missing", id="missing"),
        pytest.param(absence(5, before_first_receipt=True), "missing", id="backfill-incomplete"),
        pytest.param(absence(5, lasted=None), "pending", id="missing, not for long"),
        pytest.param(absence(5, before_first_receipt=True, lasted=None), "pending", id="backfill, not for long"),
        pytest.param(absence(5, parked=True, received=True), "parked", id="parked"),
        pytest.param(absence(5, received=True), "pending", id="received, not done"),
        pytest.param(ahead(5), "pending", id="lagging"),
        pytest.param(ahead(5, age=SECOND), "pending", id="young"),
        pytest.param(ahead(5, before_first_receipt=True), "pending", id="ahead, nothing received yet"),
    ],
)
def test_each_standing_has_its_column_in_the_totals(row: Absence, column: str) -> None:
    assert totals(evidence(row)) == replace(Totals(produced=11, received=10), **{column: 1})


def test_what_a_cursor_without_an_inbox_went_past_is_unverifiable_though_it_was_only_counted() -> None:
    judged = evidence(ahead(99), received=0, produced=101, unseen=100, has_inbox=False)
    assert totals(judged) == Totals(produced=101, pending=1, unverifiable=100)


def test_extra_receipts_and_confirmed_strangers_stand_beside_the_balance() -> None:
    judged = evidence(
        repeats=(repeat(1), repeat(2, extra=3)),
        strangers=(stranger(7, DAY, below=False), stranger(8, DAY, below=True)),
        excluded=7,
    )
    assert totals(judged) == Totals(produced=10, received=10, duplicate=4, unexpected=1, excluded=7)


def test_evidence_that_contradicts_itself_has_no_totals() -> None:
    with pytest.raises(OutOfBalanceError, match="billing"):
        totals(evidence(absence(5), produced=10))


@dataclass
class OnDisk:
    """Absences that may be read again, and how often they were."""

    rows: tuple[Absence, ...]
    reads: int = 0

    def __iter__(self) -> Iterator[Absence]:
        self.reads += 1
        return iter(self.rows)


def test_the_absences_are_read_once_for_all_checks_and_the_totals() -> None:
    rows = OnDisk((absence(5), ahead(6)))
    judged = evidence(absences=rows, produced=12)
    for check in CONSUMER:
        assert len(list(check.judge(judged))) <= 1
    assert totals(judged).missing == 1
    assert rows.reads == 1


def test_changed_evidence_has_an_account_of_its_own() -> None:
    judged = evidence(absence(5))
    assert totals(judged).missing == 1
    assert totals(replace(judged, confirmed_reads=False)).pending == 1


def test_the_oldest_of_several_ages_is_kept() -> None:
    ages: list[timedelta | None] = [HOUR, None, DAY, SECOND]
    [entry] = account_of(evidence(*(absence(5, age=age) for age in ages))).of(Standing.MISSING)
    assert entry.tally.oldest == DAY
