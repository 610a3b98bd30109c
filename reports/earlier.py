"""What a report says of the auditor's memory: since when a finding is there, and what earlier runs had verified."""

from datetime import datetime, timedelta

from checks.model.finding import Finding
from checks.model.result import Coverage
from checks.wording import counted, lasting
from reports.json_document import moment
from reports.visible import visible


def second(time: datetime) -> str:
    """When a run was, for people: to the second."""
    return moment(time.replace(microsecond=0))


def covering(coverage: Coverage, now: datetime) -> str:
    """What an audit took from earlier runs, in one sentence."""
    where = "some ranges of positions" if coverage.through is None else f"positions up to {coverage.through:,}"
    said = [f"{where} verified by run {visible(coverage.run)} ({_at_least_a_second(now - coverage.at)} ago)"]
    if coverage.oldest is not None:
        said.append(f"every range looked at within the last {_at_least_a_second(now - coverage.oldest)}")
    said.append(f"{counted(coverage.skipped, 'event')} not looked at again")
    if coverage.overlap is not None:
        said.append(f"all younger than {lasting(coverage.overlap)} looked at: it is settled by age only")
    return ", ".join(said)


def since(finding: Finding, now: datetime) -> str | None:
    """Since when runs have seen findings of this check there; ``None``: this one is the first, or nobody remembers.

    It is not said of these events: some of them may be younger.
    """
    if finding.first_seen is None or finding.first_seen >= now:
        return None
    age = _at_least_a_second(now - finding.first_seen)
    return f"there have been such findings without a break since {second(finding.first_seen)}, {age} before this run"


def _at_least_a_second(duration: timedelta) -> str:
    return lasting(max(duration, timedelta(seconds=1)))
