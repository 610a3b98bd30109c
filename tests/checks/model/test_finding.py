"""How loud a finding is, and by which name it is known again."""

import pytest

from checks.model.finding import Finding, Severity, Verdict


def finding(verdict: Verdict = Verdict.CONFIRMED, *, harmless: bool = False, partition: str | None = None) -> Finding:
    return Finding(check="missing", verdict=verdict, count=1, message="", harmless=harmless, partition=partition)


@pytest.mark.parametrize(
    ("verdict", "severity", "when_harmless"),
    [
        (Verdict.CONFIRMED, Severity.ERROR, Severity.WARNING),
        (Verdict.UNKNOWN, Severity.WARNING, Severity.INFO),
        (Verdict.PENDING, Severity.INFO, Severity.INFO),
        (Verdict.BENIGN, Severity.INFO, Severity.INFO),
    ],
)
def test_severity_follows_the_verdict(verdict: Verdict, severity: Severity, when_harmless: Severity) -> None:
    assert finding(verdict).severity is severity
    assert finding(verdict, harmless=True).severity is when_harmless


def test_an_error_outranks_a_warning_and_a_warning_information() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == [Severity.INFO, Severity.WARNING, Severity.ERROR]


def test_the_fingerprint_stays_when_the_verdict_changes() -> None:
    assert finding().fingerprint("billing") == finding(Verdict.PENDING).fingerprint("billing")


def test_no_partition_an_empty_one_and_another_audit_have_different_fingerprints() -> None:
    names = [finding(partition=partition).fingerprint("billing") for partition in (None, "", "a")]
    assert len({*names, finding().fingerprint("shipping")}) == 4


def test_a_partition_with_a_lone_surrogate_has_a_fingerprint() -> None:
    assert len(finding(partition="\udc80").fingerprint("billing")) == 16
