"""Annotations for GitHub Actions: workflow commands, which GitHub shows beside the job and on the pull request.

GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest. So there is one annotation for each
audit and check, those of events that somebody lacks first, and where there are more than ten of a severity the last one
says how many are not shown. Errors are
confirmed; warnings are what could not be decided and what was declared harmless; notices are the rest, and what is
known. A run that audited nothing is a warning. The first line is the verdict, for whoever reads the job's log.

In a step of GitHub Actions `auditor check` also appends the report in Markdown to the step's summary (the file that
`GITHUB_STEP_SUMMARY` names), whatever its format. If that fails it is a line on standard error and nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from checks.catalogue import title_of
from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Result
from reports.appearance import Appearance
from reports.next_steps import is_loss
from reports.phrases import places, without_middle
from reports.terminal import verdict_line
from reports.visible import visible

MOST = 10
"""Annotations of a severity that GitHub shows."""

LONGEST_TITLE = 120
LONGEST_MESSAGE = 1_000

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is shown as one: of one audit and one check, or of what kept an audit from a verdict.

    The title is one line, the message may be several; whatever came from a store has been made visible in both.
    """

    severity: Severity
    title: str
    message: str
    is_loss: bool = False


def render(result: Result, appearance: Appearance) -> str:  # noqa: ARG001 (GitHub says how it looks)
    """The verdict and the commands, one a line."""
    lines = [verdict_line(result)]
    annotations = [annotation for audit in result.audits for annotation in _annotations(audit)] or _of_nothing(result)
    for severity in Severity:
        of_it = sorted((each for each in annotations if each.severity is severity), key=lambda each: not each.is_loss)
        lines += map(_command, _at_most(of_it, severity))
    return "\n".join(lines) + "\n"


def _of_nothing(result: Result) -> list[Annotation]:
    """A run that audited nothing must not look like one that found nothing, which has no annotation either."""
    return [] if result.audits else [Annotation(Severity.WARNING, "nothing was audited", verdict_line(result))]


def _annotations(audit: Audit) -> Iterator[Annotation]:
    """By check and severity, in the order in which they were found."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in audit.findings:
        groups.setdefault((finding.severity, finding.check), []).append(finding)
    for (severity, check), findings in groups.items():
        title, said = _title(audit, title_of(audit.of, check)), "\n".join(map(_said, findings))
        yield Annotation(severity, title, said, any(map(is_loss, findings)))
    if audit.problems:
        reasons = "\n".join(visible(f"{each.message} ({each.reason})") for each in audit.problems)
        yield Annotation(Severity.WARNING, _title(audit, "could not be decided"), reasons)
    if audit.known:
        hidden = sum(each.count for each in audit.known)
        whys = "; ".join(dict.fromkeys(each.why for each in audit.known))
        yield Annotation(Severity.INFO, _title(audit, "known, and hidden"), visible(f"{hidden} known: {whys}"))


def _title(audit: Audit, what: str) -> str:
    return f"{without_middle(visible(audit.name), LONGEST_TITLE)}: {what}"


def _said(finding: Finding) -> str:
    part = "" if finding.partition is None else f" in partition {finding.partition}"
    because = "" if finding.reason is None else f" ({finding.reason})"
    return visible(f"{finding.count} {finding.verdict}{because}{part}{places(finding)}: {finding.message}")


def _at_most(annotations: Sequence[Annotation], severity: Severity) -> Iterable[Annotation]:
    """As many as are shown; of the rest, where there is one, how many they are."""
    if len(annotations) <= MOST:
        return annotations
    shown, rest = annotations[: MOST - 1], annotations[MOST - 1 :]
    titles = "\n".join(each.title for each in rest)
    more = Annotation(severity, f"and {len(rest):,} more", titles)
    return (*shown, more)


def _command(annotation: Annotation) -> str:
    message = without_middle(annotation.message, LONGEST_MESSAGE)
    return f"::{_COMMANDS[annotation.severity]} title={_in_property(annotation.title)}::{_in_data(message)}"


def _in_data(text: str) -> str:
    """Text behind the command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_data(text).replace(":", "%3A").replace(",", "%2C")
