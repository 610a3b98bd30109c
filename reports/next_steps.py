"""What to type next: where a lost event is, how what is missing is sent again, what findings mean, how to look closer.

An audit that could not be carried out is a matter for ``auditor doctor``, which says what is wrong and what to do.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from shlex import quote

from checks.catalogue import title_of
from checks.model.event import Event
from checks.model.finding import Finding, Severity, Verdict
from checks.model.redelivery import Why
from checks.model.result import Audit, Outcome
from checks.wording import quoted

MOST_EXPLAINED = 3
MOST_PLANNED = 5
_OF_THE_UPSTREAM = "underived"
"""The one check of a log's audit whose events are those of the log that it is made out of."""


def next_steps(audits: Sequence[Audit], config: str | None) -> Iterator[str]:
    """Commands, none where all is well. ``config``: the file, where it has to be named."""
    with_config = "" if config is None else f"--config {quote(config)} "
    place = next((place for pair in _weighty(audits) if (place := _place(*pair)) is not None), None)
    if place is not None:
        yield f"auditor trace {with_config}{quote(place)}"
    lacking = [audit for audit in audits if any(map(is_loss, audit.findings))]
    for has_target, takes_twice in ((True, True), (True, False), (False, None)):
        fitting = (audit for audit in lacking if audit.has_target is has_target)
        names = [audit.name for audit in fitting if takes_twice in (None, audit.takes_twice)][:MOST_PLANNED]
        if names:
            plan = f"auditor redeliver plan {with_config}{' '.join(map(quote, names))}"
            who = quoted(names[0]) if len(names) == 1 else "each"
            once = f"once a [redelivery.NAME] says how {who} is sent events, and who hears it"
            declared = f"once all who hear what {who} is sent are declared idempotent, or with --accept-duplicates"
            yield plan if takes_twice else f"{plan}  # {once if takes_twice is None else declared}"
    yield from (f"auditor explain {check}" for check in islice(_checks(audits), MOST_EXPLAINED))
    failed = next((audit for audit in audits if not audit.was_carried_out), None)
    if failed is not None:
        yield f"auditor doctor {with_config}{quote(failed.name)}"
    troubled = next((audit for outcome in Outcome for audit in audits if audit.verdict is outcome), None)
    if troubled is not None and troubled.verdict is not Outcome.CONSISTENT and troubled is not failed:
        yield f"auditor check {with_config}{quote(troubled.name)} --show-sql"


def run_again(audits: Sequence[Audit], config: str | None) -> str:
    """The command that audits the same again. ``config``: the file, where it has to be named."""
    with_config = "" if config is None else f" --config {quote(config)}"
    names = [quote(audit.name) for audit in audits]
    dashes = " --" if any(name.startswith("-") for name in names) else ""
    return f"auditor check{with_config}{dashes} {' '.join(names)}".rstrip()


def _weighty(audits: Sequence[Audit]) -> Iterator[tuple[Audit, Finding]]:
    """What is more than information, the heaviest first, and no list of it: of very many the first are enough.

    What somebody lacks comes before all else, since that is what people are called for.
    """
    for audit in audits:
        yield from ((audit, finding) for finding in audit.findings if is_loss(finding))
    for severity in (Severity.ERROR, Severity.WARNING):
        for audit in audits:
            for finding in audit.findings:
                if finding.severity is severity and not is_loss(finding):
                    yield audit, finding


def _checks(audits: Sequence[Audit]) -> Iterator[str]:
    """Their full names, each once."""
    seen: set[str] = set()
    for audit, finding in _weighty(audits):
        if (title := title_of(audit.of, finding.check)) not in seen:
            seen.add(title)
            yield title


def is_loss(finding: Finding) -> bool:
    """Whether its events can be sent to the consumer again."""
    return finding.check in _LOSSES and finding.verdict is Verdict.CONFIRMED


_LOSSES = frozenset(why.value for why in Why)


def _place(audit: Audit, finding: Finding) -> str | None:
    """The first of its events that has a position, as ``auditor trace`` is asked for it."""
    is_own = audit.of == "log" and finding.check != _OF_THE_UPSTREAM
    log = audit.name if is_own else audit.upstream
    event = next((each for each in finding.events if each.position is not None), None)
    return None if log is None or event is None else _at(log, event)


def _at(log: str, event: Event) -> str:
    parts = (log, event.partition, event.position)
    return ":".join(str(part) for part in parts if part is not None)
