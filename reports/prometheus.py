"""Metrics in the text format of Prometheus, for the textfile collector of node_exporter.

What is not known has no series: an audit without a verdict has `auditor_audit_known` 0 and no
`auditor_audit_consistent`, one that was not carried out has no totals, a check that did not run has no findings, not
even 0. Neither has a check that found nothing in an audit with a problem: something may be there. So a rule on a value
never takes "could not look" for "all is well"; `auditor_audit_known == 0` and a `auditor_last_run_timestamp_seconds`
that grows old are rules of their own.

Inconsistent outranks unknown: an audit with errors that is also in doubt is known to be inconsistent, and what it could
not look at may hide more. `auditor_audit_undecided`, which every audit has, is 1 wherever there is such a doubt, and
where `--no-confirm` left something pending that a second look would have decided.

`auditor_last_success_timestamp_seconds` is when the last consistent run of the same audits, or more, was finished: this
one, else the last one that the ledger knows of. Without a ledger it is there in consistent runs only, and from Python
where the result says so (`last_consistent`).

Labels are names from the config and checks. There is no label for partitions, streams or events, of which there is no
end, and no timestamp on any sample, which node_exporter would refuse.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from checks.catalogue import checks_of
from checks.model.finding import Finding, Severity, Verdict
from checks.model.result import Audit, Outcome, Result
from reports.appearance import Appearance
from reports.candidates import candidates
from reports.visible import visible

LAG = frozenset({"lagging", "stalled"})
"""The checks that say how far a consumer is behind; one of them or neither has a finding."""

_TOTALS = {
    "produced": "Events that it should have received; streams of a state.",
    "received": "Of those produced, how many were received.",
    "pending": "Of those produced, how many may still arrive.",
    "parked": "Of those produced, how many were set aside as failed.",
    "missing": "Of those produced, how many are missing.",
    "unverifiable": "Of those produced, of how many nothing can be said.",
    "duplicate": "Receipts beyond the first.",
    "unexpected": "What was received and is not in the log.",
}


def render(result: Result, appearance: Appearance) -> str:  # noqa: ARG001 (for programs)
    """The metrics as text, in an order that is the same every time."""
    registry = CollectorRegistry()
    registry.register(_Metrics(tuple(_metrics(result))))
    return generate_latest(registry).decode()


@dataclass(frozen=True, slots=True, eq=False)
class _Metrics:
    """What a registry asks for metrics."""

    families: Sequence[GaugeMetricFamily]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All of them."""
        return iter(self.families)


def _metrics(result: Result) -> Iterator[GaugeMetricFamily]:
    yield from _of_the_run(result)
    audits = _labelled(result.audits)
    ran = {label: frozenset(_ran(audit, result)) for label, audit in audits.items()}
    yield _info(audits)
    yield _known(audits)
    yield _consistent(audits)
    yield _undecided(audits)
    for name, help_text in _TOTALS.items():
        yield _gauge(f"auditor_audit_{name}", help_text, audits, partial(_total, name))
    yield _gauge("auditor_audit_baselined", "What was found and is hidden as known.", audits, _hidden)
    lagging = {label: audit for label, audit in audits.items() if ran[label] & LAG}
    yield _gauge("auditor_audit_lag_events", "Events that have waited for longer than max_lag.", lagging, _lag)
    yield _gauge("auditor_audit_lag_seconds", "How long the oldest of those events has waited.", lagging, _longest_lag)
    yield _findings(audits, ran)


def _of_the_run(result: Result) -> Iterator[GaugeMetricFamily]:
    is_consistent = result.verdict is Outcome.CONSISTENT
    success = result.finished if is_consistent else result.last_consistent
    known = None if result.verdict is Outcome.UNKNOWN else float(is_consistent)
    values: tuple[tuple[str, str, float | None], ...] = (
        ("last_run_timestamp_seconds", "When the last run was finished.", result.finished.timestamp()),
        (
            "last_success_timestamp_seconds",
            "When the last consistent run was finished.",
            None if success is None else success.timestamp(),
        ),
        ("run_duration_seconds", "How long the run took.", (result.finished - result.started).total_seconds()),
        ("run_known", "Whether the run came to a verdict.", float(known is not None)),
        ("run_consistent", "Whether it found no confirmed errors; absent where it could not decide.", known),
        ("run_not_recorded", "Whether the ledger failed to take it.", float(result.not_recorded is not None)),
    )
    for name, help_text, value in values:
        if value is not None:
            yield GaugeMetricFamily(f"auditor_{name}", help_text, value)


def _labelled(audits: Sequence[Audit]) -> dict[str, Audit]:
    """The audits by their label, no two of which may be alike: all metrics of a file with such a pair are refused."""
    labelled: dict[str, Audit] = {}
    for audit in audits:
        label, number = visible(audit.name), 1
        while label in labelled:
            number += 1
            label = f"{visible(audit.name)}~{number}"
        labelled[label] = audit
    return labelled


def _ran(audit: Audit, result: Result) -> Iterator[str]:
    """The checks of an audit that had ground and time to run."""
    if audit.totals is None:
        return
    left_out = {each.check for each in result.not_checked if each.audit == audit.name}
    checks = checks_of(audit.of, derived=audit.upstream is not None)
    yield from (check.name for check in checks if check.name not in left_out)


def _gauge(
    name: str, help_text: str, audits: Mapping[str, Audit], value_of: Callable[[Audit], float | None]
) -> GaugeMetricFamily:
    """A value of each audit; ``None`` where it has none, and no series."""
    family = GaugeMetricFamily(name, help_text, labels=("audit", "of"))
    for label, audit in audits.items():
        value = value_of(audit)
        if value is not None:
            family.add_metric((label, audit.of), value)
    return family


def _info(audits: Mapping[str, Audit]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "auditor_audit_info", "What was audited, and of which log.", labels=("audit", "of", "upstream")
    )
    for label, audit in audits.items():
        family.add_metric((label, audit.of, visible(audit.upstream or "")), 1)
    return family


def _known(audits: Mapping[str, Audit]) -> GaugeMetricFamily:
    return _gauge(
        "auditor_audit_known",
        "Whether the audit came to a verdict.",
        audits,
        lambda audit: float(audit.verdict is not Outcome.UNKNOWN),
    )


def _consistent(audits: Mapping[str, Audit]) -> GaugeMetricFamily:
    return _gauge(
        "auditor_audit_consistent",
        "Whether the audit found no confirmed errors; absent where it could not decide.",
        audits,
        lambda audit: None if audit.verdict is Outcome.UNKNOWN else float(audit.verdict is Outcome.CONSISTENT),
    )


def _undecided(audits: Mapping[str, Audit]) -> GaugeMetricFamily:
    return _gauge(
        "auditor_audit_undecided",
        "Whether something of the audit could not be decided; beside errors, too.",
        audits,
        lambda audit: float(_has_doubts(audit)),
    )


def _has_doubts(audit: Audit) -> bool:
    """Whether it would be unknown if it had no errors, or was not looked at twice where that decides something."""
    doubts = (each for each in audit.findings if each.verdict is Verdict.UNKNOWN and not each.harmless)
    return audit.totals is None or bool(audit.problems) or any(doubts) or bool(candidates(audit))


def _total(name: str, audit: Audit) -> float | None:
    return None if audit.totals is None else float(getattr(audit.totals, name))


def _hidden(audit: Audit) -> float | None:
    """Nothing is known to be hidden where nothing was looked at."""
    return None if audit.totals is None and not audit.known else float(sum(each.count for each in audit.known))


def _behind(audit: Audit) -> list[Finding]:
    return [finding for finding in audit.findings if finding.check in LAG]


def _lag(audit: Audit) -> float | None:
    found = _behind(audit)
    if _is_doubtful(audit, found):
        return None
    return float(sum(finding.count for finding in found if finding.verdict is Verdict.CONFIRMED))


def _is_doubtful(audit: Audit, found: Iterable[Finding]) -> bool:
    """Whether what was found of a check may not be all. With a problem of its audit, nothing found is no zero."""
    found = list(found)
    return any(each.verdict is Verdict.UNKNOWN for each in found) or (not found and bool(audit.problems))


def _longest_lag(audit: Audit) -> float | None:
    found = _behind(audit)
    ages = [finding.evidence.get("oldest_age_seconds") for finding in found]
    known = [float(age) for age in ages if isinstance(age, int | float)]
    return None if _is_doubtful(audit, found) or len(known) < len(ages) else max(known, default=0.0)


def _findings(audits: Mapping[str, Audit], ran: Mapping[str, frozenset[str]]) -> GaugeMetricFamily:
    """How much each check found, by verdict; of confirmed errors 0 where it ran, found none and had no doubts."""
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    for label, audit in audits.items():
        for check in sorted(ran[label]):
            if _is_doubtful(audit, [finding for finding in audit.findings if finding.check == check]):
                continue
            counts[label, audit.of, check, Verdict.CONFIRMED.value, Severity.ERROR.value] += 0
        for finding in audit.findings:
            key = (label, audit.of, finding.check, finding.verdict.value, finding.severity.value)
            counts[key] += finding.count
    labels = ("audit", "of", "check", "verdict", "severity")
    family = GaugeMetricFamily("auditor_audit_findings", "What was found, in the unit of each check.", labels=labels)
    for key, count in sorted(counts.items()):
        family.add_metric(key, count)
    return family
