"""One line for Nagios, Icinga, Checkmk and those after them: a state in words, and performance data.

`AUDITOR CRITICAL` stands for inconsistent, `AUDITOR UNKNOWN` for unknown, `AUDITOR WARNING` for consistent with a
finding of severity warning (events that are parked, say), `AUDITOR OK` for all else. What is worst is named first: who
lacks events, then other errors, then warnings and doubts; of more than five only how many more there are.

The exit code is that of `auditor check`, as with every format: 1 for CRITICAL, 3 for UNKNOWN, 0 for the others. Nagios
goes by other ones; `docs/cron.md` has the wrapper of two lines that makes them of this text.

The performance data are the counts of findings by severity, how long the run took in seconds, and of each audit what
is missing, pending, parked and unexpected, with `U` where that is not known. What is said of an audit are control
totals: they count what is known and hidden (`auditor baseline`), too, while the text before them names what is new. The
line has at most 4,000 bytes: what does not fit is left out, an item as a whole. In names, what the monitoring system
would take for syntax is `_`.
"""

import re
from collections.abc import Iterable, Iterator

from checks.catalogue import title_of
from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Outcome, Result
from reports.appearance import Appearance
from reports.next_steps import is_loss
from reports.phrases import without_middle
from reports.terminal import verdict_line
from reports.visible import visible

MOST_BYTES = 4_000
"""Of the whole line. Plugins may write 4 kB; the rest of it is for whoever adds something to the line."""

MOST_NAMED = 5
LONGEST_NAME = 60

_STATES = {Outcome.INCONSISTENT: "CRITICAL", Outcome.UNKNOWN: "UNKNOWN"}
_OF_AN_AUDIT = ("missing", "pending", "parked", "unexpected")
_SYNTAX = re.compile(r"[|<>`$\"\\]")  # of the line, of the pages that show it, of the shells that pass it on
_NO_LABEL = re.compile(r"[^\w.:/~ -]", re.ASCII)


def render(result: Result, appearance: Appearance) -> str:  # noqa: ARG001 (for programs)
    """The line."""
    worst = list(_worst(result))
    more = [f"and {len(worst) - MOST_NAMED} more"] if len(worst) > MOST_NAMED else []
    line = "; ".join([f"AUDITOR {state(result)} - {verdict_line(result)}", *worst[:MOST_NAMED], *more]) + "|"
    room = MOST_BYTES - len(line.encode()) - 1
    return line + " ".join(_fitting(_performance(result), room)) + "\n"


def state(result: Result) -> str:
    """OK, WARNING, CRITICAL or UNKNOWN, as a plugin would end with 0, 1, 2 or 3."""
    warned = any(finding.severity is Severity.WARNING for audit in result.audits for finding in audit.findings)
    return _STATES.get(result.verdict, "WARNING" if warned else "OK")


def _worst(result: Result) -> Iterator[str]:
    """What weighs, losses first: findings by audit and check, and audits that could not be decided."""
    counts: dict[tuple[int, str], int] = {}
    for audit in result.audits:
        for finding in audit.findings:
            if finding.severity is not Severity.INFO:
                subject = f"{_name(audit.name)} {title_of(audit.of, finding.check)} {finding.verdict}"
                key = (_weight(finding), subject)
                counts[key] = counts.get(key, 0) + finding.count
    yield from (f"{key[1]} {count}" for key, count in sorted(counts.items(), key=lambda each: each[0][0]))
    for audit in result.audits:
        for problem in audit.problems:
            yield f"{_name(audit.name)} undecided ({_name(problem.reason)})"


def _weight(finding: Finding) -> int:
    """What somebody is called for comes first: the line may end in a text message of which the rest is cut off."""
    return 0 if is_loss(finding) else 1 if finding.severity is Severity.ERROR else 2


def _name(text: str) -> str:
    return _SYNTAX.sub("_", without_middle(visible(text), LONGEST_NAME))


def _performance(result: Result) -> Iterator[str]:
    """Items in the form ``'label'=value[unit];[warn];[crit];[min];[max]``, what matters most first."""
    found = [finding for audit in result.audits for finding in audit.findings]
    for severity in Severity:
        yield f"{severity.value}s={_count(found, severity)};;;0"
    yield f"time={(result.finished - result.started).total_seconds():.3f}s;;;0"
    taken: set[str] = set()
    for audit in result.audits:
        name = _label(audit.name, taken)
        yield from (f"'{name} {total}'={_value(audit, total)};;;0" for total in _OF_AN_AUDIT)


def _count(found: Iterable[Finding], severity: Severity) -> int:
    """How many findings, not how many events: they may be of different units."""
    return sum(finding.severity is severity for finding in found)


def _value(audit: Audit, total: str) -> str:
    return "U" if audit.totals is None else str(getattr(audit.totals, total))


def _label(name: str, taken: set[str]) -> str:
    """A label that no other audit has: neither quotes nor ``=``, which few programs read as they were meant."""
    wanted = _NO_LABEL.sub("_", without_middle(visible(name), LONGEST_NAME))
    label, number = wanted, 1
    while label in taken:
        number += 1
        label = f"{wanted}~{number}"
    taken.add(label)
    return label


def _fitting(items: Iterable[str], room: int) -> Iterator[str]:
    """The items, with a space between two of them, that fit into so many bytes."""
    for item in items:
        room -= len(item.encode()) + 1
        if room < -1:
            return
        yield item
