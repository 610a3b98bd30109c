"""Which events earlier runs confirmed, too: one run alone may have looked at an unlucky moment."""

from collections.abc import Sequence
from datetime import datetime

from auditor.ledger import Ledger
from auditor.redelivery.planning.addressees import Addressee
from auditor.redelivery.planning.losses import is_listed, losses
from auditor.redelivery.planning.scratch import PlanScratch
from auditor.result import Result

MOST_RUNS = 50
"""Earlier runs that are looked at, the newest first."""


def note_sightings(ledger: Ledger, addressed: Sequence[Addressee], result: Result, paper: PlanScratch) -> None:
    """Give each event the start of the earliest run looked at that confirmed it, ``grace`` or more before this one.

    Runs are looked at until each event was confirmed by one of them. LedgerError: the ledger fails.
    """
    asked: dict[str, tuple[datetime, list[Addressee]]] = {}
    for each in addressed:
        until = result.started - each.consumer.grace
        for run in ledger.runs(audit=each.name, until=until, limit=MOST_RUNS):
            if run.run != result.run:
                asked.setdefault(run.run, (run.started, []))[1].append(each)
    for name, (_, some) in sorted(asked.items(), key=lambda item: item[1][0], reverse=True):
        waiting = [each for each in some if paper.has_unsighted(each.name)]
        if waiting:
            _note(ledger.result(name), waiting, paper)


def note_late_sightings(
    ledger: Ledger, addressed: Sequence[Addressee], result: Result, paper: PlanScratch, reason: str
) -> None:
    """The same of runs that began less than ``grace`` before this one, for what is left out for that reason.

    These confirm nothing yet: a plan that is made ``grace`` after the first of them may go by it. LedgerError.
    """
    for each in addressed:
        if not paper.left_out(each.name).get(reason):
            continue
        since = result.started - each.consumer.grace
        for run in ledger.runs(audit=each.name, since=since, until=result.started, limit=MOST_RUNS):
            if run.run != result.run:
                _note(ledger.result(run.run), [each], paper, reason)


def _note(earlier: Result, addressed: Sequence[Addressee], paper: PlanScratch, reason: str | None = None) -> None:
    audits = {audit.name: audit for audit in earlier.audits if audit.of == "consumer"}
    for each in addressed:
        audit = audits.get(each.name)
        if audit is None or audit.upstream != each.consumer.log:
            continue
        for finding in losses(audit, known=True):
            if is_listed(finding):
                paper.sight_events(each.name, finding.events, earlier.started, reason)
            else:
                paper.sight(each.name, finding.partition, finding.ranges, earlier.started, reason)
