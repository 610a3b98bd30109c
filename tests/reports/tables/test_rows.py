"""A result as tables: nothing is lost, nothing is doubled, and the tables belong together."""

from collections import Counter
from dataclasses import fields

import pytest

from checks.model.finding import Verdict
from checks.model.result import Result, Totals
from reports.tables.rows import ROWS, AuditRow, EventRow, FindingRow, RangeRow, Table, rows
from tests.reports import samples

every_result = pytest.mark.parametrize("result", samples.ALL.values(), ids=samples.ALL)


def event_rows(result: Result) -> list[EventRow]:
    return [row for row in rows(result, Table.EVENTS) if isinstance(row, EventRow)]


def finding_rows(result: Result) -> list[FindingRow]:
    return [row for row in rows(result, Table.FINDINGS) if isinstance(row, FindingRow)]


@pytest.mark.parametrize("table", Table)
def test_every_table_has_rows_of_its_own_kind(table: Table) -> None:
    found = list(rows(samples.INCONSISTENT, table))
    assert found
    assert {type(row) for row in found} == {ROWS[table]}


@every_result
def test_a_finding_has_one_row_and_a_number_that_no_other_one_has(result: Result) -> None:
    said = [(audit.name, finding.check, finding.count) for audit in result.audits for finding in audit.findings]
    found = finding_rows(result)
    assert [(row.audit, row.check, row.count) for row in found] == said
    assert [row.finding for row in found] == list(range(1, len(said) + 1))


@every_result
def test_each_event_of_a_finding_has_a_row_and_a_finding_without_events_has_one_too(result: Result) -> None:
    found = Counter(row.finding for row in event_rows(result))
    assert found == {row.finding: max(row.events or 0, 1) for row in finding_rows(result)}


def test_the_row_of_a_finding_without_events_says_what_was_found_and_nothing_about_an_event() -> None:
    [gap, *_] = event_rows(samples.INCONSISTENT)
    assert (gap.audit, gap.of, gap.check, gap.verdict, gap.reason) == (
        "orders",
        "log",
        "position-gap",
        "benign",
        "rolled-back",
    )
    assert (gap.position, gap.id, gap.stream, gap.version, gap.type, gap.time) == (None,) * 6


def test_an_event_is_in_the_partition_of_its_finding_unless_it_knows_better() -> None:
    finding = samples.finding(partition="eu", events=(samples.event(1), samples.event(2, partition="us")))
    assert [row.partition for row in event_rows(samples.result(samples.consumer(finding)))] == ["eu", "us"]


def test_a_finding_is_as_loud_in_a_table_as_in_a_report() -> None:
    finding = samples.finding("parked", Verdict.CONFIRMED, harmless=True, events=(samples.event(1),))
    result = samples.result(samples.consumer(finding))
    assert event_rows(result)[0].severity == finding_rows(result)[0].severity == "warning"
    assert event_rows(result)[0].fingerprint == finding_rows(result)[0].fingerprint == finding.fingerprint("billing")


def test_every_range_has_a_row() -> None:
    found = [row for row in rows(samples.INCONSISTENT, Table.RANGES) if isinstance(row, RangeRow)]
    assert [(row.finding, row.first, row.last) for row in found] == [
        (1, 4, 9),
        (1, 100, 115),
        (2, 30, 30),
        (3, 5, 7),
        (3, 12, 12),
    ]


def test_an_audit_that_was_not_carried_out_has_null_totals_and_its_reason() -> None:
    *_, mail = rows(samples.INCONSISTENT, Table.AUDITS)
    assert isinstance(mail, AuditRow)
    assert (mail.audit, mail.verdict, mail.produced, mail.last) == ("mail", "unknown", None, None)
    assert mail.problems == "store 'mail': refused"


def test_the_table_of_audits_has_every_total() -> None:
    assert {field.name for field in fields(Totals)} <= {field.name for field in fields(AuditRow)}
