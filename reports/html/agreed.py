"""What a run that found nothing has compared: so much was held against so much, by these checks, and it agrees."""

from dataclasses import dataclass

from checks.catalogue import checks_of
from checks.model.result import Audit, Outcome, Result
from checks.wording import counted
from reports.html.words import number, shortened

MOST_AUDITS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """One audit: what agrees with what, and the checks that looked."""

    name: str
    sentence: str
    checks: str


def agreed(result: Result) -> list[Agreed]:
    """The audits of a consistent run without findings; of any other none, since they do not all agree."""
    if result.verdict is not Outcome.CONSISTENT or any(audit.findings or audit.known for audit in result.audits):
        return []
    left_out = {(each.audit, each.check) for each in result.not_checked}
    return [
        Agreed(
            name=shortened(audit.name),
            sentence=_sentence(audit),
            checks=", ".join(
                check.name
                for check in checks_of(audit.of, derived=audit.upstream is not None)
                if (audit.name, check.name) not in left_out
            ),
        )
        for audit in result.audits
    ]


def _sentence(audit: Audit) -> str:
    """A consistent audit has totals, so nothing is said of one that has not."""
    totals, upstream = audit.totals, shortened(audit.upstream or "")
    if totals is None:
        return ""
    if not totals.produced:
        return nothing_new(audit)
    if audit.of == "state":
        return f"its rows agree with {counted(totals.produced, 'stream')} of {upstream}"
    if audit.upstream is None:
        return f"{counted(totals.produced, 'event')} looked at"
    parts = [f"{number(totals.received)} {'derived' if audit.of == 'log' else 'received'}"]
    parts += [
        f"{number(count)} {name}"
        for name, count in (
            ("pending", totals.pending),
            ("parked", totals.parked),
            ("unverifiable", totals.unverifiable),
        )
        if count
    ]
    return f"{counted(totals.produced, 'event')} of {upstream}: {', '.join(parts)}"


def nothing_new(audit: Audit) -> str:
    """Why an audit has no event to count: all were verified before, none is for it, or there is none."""
    totals, coverage = audit.totals, audit.coverage
    noun = "stream" if audit.of == "state" else "event"
    if coverage is not None and coverage.skipped:
        every = "all " if audit.verdict is Outcome.CONSISTENT else ""
        return f"nothing new; {every}{number(coverage.skipped)} verified before"
    if totals is not None and totals.excluded:
        return f"no {noun} is for it: {number(totals.excluded)} excluded"
    return f"there is no {noun} yet"
