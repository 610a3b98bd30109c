r"""JUnit XML, for whatever shows test results in CI: a test suite for each audit, a test case for each of its checks.

A confirmed error is a `failure`. What could not be decided is an `error`: every check of an audit that was not carried
out, a check that crashed, evidence that was not to be had. What is known (`auditor baseline`) is `skipped`, and so is a
check for which the config gives no ground, with the reason, and one that found nothing in an audit that is in doubt.
All else has passed; what is pending, benign or harmless stands in the `system-out` of its suite. A doubt that belongs
to no check is an `error` in a test case named `audit`. So there are failures where the verdict is inconsistent, errors
and no failures where it is unknown, else neither.

The audits of a run share its looks and its waits and have no time of their own: each suite says that of the run, as
all together do. How long a single check took is not known: a test case says 0, since what goes by Ant's schema refuses
one without a time.
Timestamps are UTC. Characters that XML cannot have are shown as escapes (`\x00`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from checks.catalogue import checks_of
from checks.model.finding import Finding, Severity, Verdict
from checks.model.known import KnownFinding
from checks.model.result import Audit, NotChecked, Outcome, Result
from checks.wording import counted
from reports.appearance import Appearance
from reports.json_document import moment
from reports.phrases import event_in_words, places
from reports.visible import visible

MOST_SAMPLES = 20

WHOLE = "audit"
"""The test case of what belongs to no single check."""

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Case:
    """A test case. ``became``: ``failure``, ``error``, ``skipped``, or nothing where it passed; ``type``: of what."""

    name: str
    became: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """A test suite. ``beside``: what is to be said of it and makes no test fail."""

    name: str
    verdict: Outcome
    cases: tuple[Case, ...]
    beside: str = ""


NOTHING = Suite("auditor", Outcome.UNKNOWN, (Case(WHOLE, "error", "nothing-audited", "nothing was audited"),))


def render(result: Result, appearance: Appearance) -> str:  # noqa: ARG001 (for programs)
    """The document, indented."""
    suites = [
        Suite(audit.name, audit.verdict, tuple(_cases(audit, result.not_checked)), _beside(audit))
        for audit in result.audits
    ] or [NOTHING]
    counts = _counts([case for suite in suites for case in suite.cases], skipped=False)
    root = ET.Element("testsuites", {"name": "auditor", **counts, "time": _seconds(result)})
    for number, suite in enumerate(suites):
        _suite(root, number, suite, result)
    ET.indent(root)
    return _DECLARATION + ET.tostring(root, encoding="unicode") + "\n"


def _suite(parent: ET.Element, number: int, suite: Suite, result: Result) -> None:
    started = moment(result.started.replace(microsecond=0)).removesuffix("Z")
    element = ET.SubElement(
        parent,
        "testsuite",
        {
            "id": str(number),
            "package": "auditor",
            "name": _xml(suite.name),
            "timestamp": started,
            "hostname": "localhost",  # what stands for "not known" there
            **_counts(suite.cases),
            "time": _seconds(result),
        },
    )
    properties = ET.SubElement(element, "properties")
    for key, value in (("run", result.run), ("verdict", suite.verdict.value)):
        ET.SubElement(properties, "property", {"name": key, "value": _xml(value)})
    for case in suite.cases:
        _case(element, suite.name, case)
    ET.SubElement(element, "system-out").text = suite.beside
    ET.SubElement(element, "system-err")


def _seconds(result: Result) -> str:
    return f"{(result.finished - result.started).total_seconds():.3f}"


def _case(suite: ET.Element, audit: str, case: Case) -> None:
    element = ET.SubElement(suite, "testcase", {"name": case.name, "classname": _xml(audit), "time": "0"})
    if case.became == "skipped":
        ET.SubElement(element, "skipped", {"message": _xml(case.message)})
    elif case.became:
        outcome = ET.SubElement(element, case.became, {"type": _xml(case.type), "message": _xml(case.message)})
        outcome.text = case.text or None


def _counts(cases: Sequence[Case], *, skipped: bool = True) -> dict[str, str]:
    """``skipped``: an attribute of suites, which the element around them does not have."""
    names = {"failures": "failure", "errors": "error"} | ({"skipped": "skipped"} if skipped else {})
    counts = {key: str(sum(case.became == became for case in cases)) for key, became in names.items()}
    return {"tests": str(len(cases)), **counts}


def _cases(audit: Audit, not_checked: Iterable[NotChecked]) -> Iterator[Case]:
    """Every check of an audit, in the catalogue's order, and the audit itself where there is more to tell."""
    left_out = {each.check: each for each in not_checked if each.audit == audit.name}
    checks = checks_of(audit.of, derived=audit.upstream is not None)
    cases = [_judged(check.name, audit, left_out.get(check.name)) for check in checks]
    told = {case.message for case in cases if case.became == "error"}
    untold = [each for each in audit.problems if each.message not in told]
    if not untold:
        yield from cases
    else:
        doubt = f"nothing found, as far as could be seen: {untold[0].message} ({untold[0].reason})"
        yield from (case if case.became else Case(case.name, "skipped", message=doubt) for case in cases)
        text = "\n".join(_xml(f"{each.message} ({each.reason})") for each in untold)
        yield Case(WHOLE, "error", untold[0].reason, untold[0].message, text)


def _judged(check: str, audit: Audit, left_out: NotChecked | None) -> Case:
    """What became of a check; what is worst of it."""
    found = [finding for finding in audit.findings if finding.check == check]
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    doubts = [finding for finding in found if finding.verdict is Verdict.UNKNOWN and not finding.harmless]
    known = [each for each in audit.known if each.check == check]
    if errors:
        return Case(check, "failure", "confirmed", _summary(errors), _text([*errors, *doubts]))
    if doubts:
        return Case(check, "error", doubts[0].reason or "unknown", _summary(doubts), _text(doubts))
    if left_out is not None and left_out.reason != "crashed":
        return Case(check, "skipped", message=f"{left_out.message} ({left_out.reason})")
    if left_out is not None:
        return Case(check, "error", left_out.reason, left_out.message)
    if audit.totals is None:
        reason, message = _why_not(audit)
        return Case(check, "error", reason, message)
    if known:
        return Case(check, "skipped", message="; ".join(map(_hidden, known)))
    return Case(check)


def _why_not(audit: Audit) -> tuple[str, str]:
    for problem in audit.problems:
        return problem.reason, problem.message
    return "not-carried-out", "the audit was not carried out"


def _summary(findings: Sequence[Finding]) -> str:
    counts = f"{sum(each.count for each in findings)} {findings[0].verdict}"
    more = f", and {counted(len(findings) - 1, 'finding')} more" if len(findings) > 1 else ""
    return f"{counts}: {findings[0].message}{more}"


def _text(findings: Iterable[Finding]) -> str:
    return "\n".join(line for finding in findings for line in _lines(finding))


def _lines(finding: Finding) -> Iterator[str]:
    part = "" if finding.partition is None else f" in partition {finding.partition}"
    because = "" if finding.reason is None else f" ({finding.reason})"
    yield _xml(f"{finding.count} {finding.verdict}{because}{part}{places(finding)}: {finding.message}")
    yield from (f"- {_xml(event_in_words(event))}" for event in finding.events[:MOST_SAMPLES])
    if len(finding.events) > MOST_SAMPLES:
        yield f"- and {len(finding.events) - MOST_SAMPLES} more"


def _hidden(known: KnownFinding) -> str:
    until = "for good" if known.expires is None else f"until {moment(known.expires)}"
    return f"known: {known.count} {known.verdict}: {known.why} ({known.owner}, {until})"


def _beside(audit: Audit) -> str:
    """What is to be said of an audit and makes no test fail."""
    quiet = [
        each for each in audit.findings if each.severity is not Severity.ERROR and each.verdict is not Verdict.UNKNOWN
    ]
    quiet += [each for each in audit.findings if each.verdict is Verdict.UNKNOWN and each.harmless]
    lines = [f"{finding.check}: {line}" for finding in quiet for line in _lines(finding)]
    lines += [_xml(f"{each.check}: {_hidden(each)}") for each in audit.known]
    lines += [_xml(f"note: {note}") for note in audit.notes]
    return "\n".join(lines)


def _xml(text: str) -> str:
    """Text without what XML 1.0 cannot have, nor what would act or hide: each such character as its escape."""
    shown = visible(text)
    return _NOT_IN_XML.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), shown)
