"""Known findings, as the command about them wants them: taken from a recorded run, listed, removed, moved about.

What is taken is what the run recorded, event by event; what it could not name is not taken, since nobody could tell it
from what comes later. LedgerError: the ledger fails, or holds nothing of the kind.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from auditor.config import Config
from auditor.earlier_runs import existing, reading
from auditor.ledger import LedgerError, open_ledger
from auditor.result import Result
from checks.baseline import ACCEPTABLE
from checks.catalogue import title_of
from checks.model.finding import Finding, Severity
from checks.model.known import BaselineEntry
from checks.model.result import Audit
from checks.standing import found_by
from checks.units import identities
from reports.visible import visible, well_formed


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms findings are known: why, who answers for it, and until when."""

    why: str
    owner: str
    now: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What was to be added, and how many of it were not there before. ``run``: that found it, with all its audits."""

    entries: tuple[BaselineEntry, ...]
    new: int
    run: str | None = None
    audits: tuple[str, ...] = ()


def add(config: Config, run: str, fingerprints: Sequence[str], terms: Terms) -> Added:
    """Take findings of a run by their fingerprints, or beginnings of these; all that weigh where none is named."""
    with reading(config) as ledger:
        found = existing(ledger, config)
        result = found.result(run)
        chosen = tuple(_chosen(result, fingerprints))
        entries = tuple(_entry(result.run, audit, finding, terms) for audit, finding in chosen)
        audits = tuple(audit.name for audit in result.audits)
        return Added(entries, found.add_to_baseline(entries), result.run, audits)


def entries(config: Config) -> tuple[BaselineEntry, ...]:
    """All there are; none where there is no ledger."""
    with reading(config) as ledger:
        return () if ledger is None else ledger.baseline()


def remove(config: Config, fingerprints: Sequence[str]) -> int:
    """Remove the entries of these fingerprints, or beginnings of them; all where none is named."""
    with reading(config) as ledger:
        found = existing(ledger, config)
        known = found.baseline()
        names = _matching([entry.fingerprint for entry in known], fingerprints, "the baseline")
        wanted = [entry.id for entry in known if entry.fingerprint in names or not fingerprints]
        return found.remove_from_baseline(wanted)


def take_in(config: Config, read: Iterable[BaselineEntry]) -> Added:
    """Add entries that come from elsewhere. The ledger is made if there is none."""
    wanted = tuple(read)
    with closing(open_ledger(config.ledger)) as ledger:
        return Added(wanted, ledger.add_to_baseline(wanted))


def acceptable(result: Result) -> Iterator[tuple[Audit, Finding]]:
    """The findings of a run that can be known and are not yet, but for what is information only."""
    for audit in result.audits:
        for finding in audit.findings:
            if finding.verdict in ACCEPTABLE and finding.severity is not Severity.INFO:
                yield audit, finding


def _chosen(result: Result, fingerprints: Sequence[str]) -> Iterator[tuple[Audit, Finding]]:
    """A finding that is named is taken as a whole, also what is known of it, so that terms can be renewed."""
    if not fingerprints:
        yield from acceptable(result)
        return
    found = [
        (audit, finding) for audit in result.audits for finding in found_by(audit) if finding.verdict in ACCEPTABLE
    ]
    names = _matching(
        [finding.fingerprint(audit.name) for audit, finding in found],
        fingerprints,
        f"run {result.run}, among what is confirmed or unknown,",
    )
    yield from ((audit, finding) for audit, finding in found if finding.fingerprint(audit.name) in names)


def _matching(known: Iterable[str], beginnings: Sequence[str], where: str) -> set[str]:
    """The fingerprints that begin so. LedgerError: none does, or several do."""
    names = set(known)
    found = set()
    for beginning in beginnings:
        matching = sorted(name for name in names if name.startswith(beginning) and beginning)
        if len(matching) != 1:
            what = "no finding" if not matching else f"several findings, {matching[0]} and {matching[1]} among them,"
            raise LedgerError(f"{where} has {what} with the fingerprint {visible(beginning)!r}")
        found.add(matching[0])
    return found


def _entry(run: str, audit: Audit, finding: Finding, terms: Terms) -> BaselineEntry:
    named = identities(finding)
    if not named.whole:
        count = sum(unit.amount for unit in named.units)
        raise LedgerError(
            f"{visible(audit.name)} {title_of(audit.of, finding.check)}: run {run} counts {finding.count:,} and names "
            f"{count:,} of them; the others could not be told from later ones, so nothing was added (repair most of it "
            "first)"
        )
    return BaselineEntry(
        fingerprint=finding.fingerprint(audit.name),
        audit=audit.name,
        check=finding.check,
        partition=finding.partition,
        verdict=finding.verdict,
        units=named.units,
        why=well_formed(terms.why),
        owner=well_formed(terms.owner),
        added=terms.now,
        run=run,
        expires=terms.expires,
    )
