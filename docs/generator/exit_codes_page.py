"""``docs/exit-codes.md``: what scripts go by, worked out by the code that decides it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from auditor.cli.exit_code import exit_code, parse_fail_on
from auditor.exit_codes import ExitCode
from checks.model.finding import Finding, Verdict
from checks.model.result import Audit, Result, Totals
from docs.generator.commands_page import commands
from docs.generator.markdown import code, document, escaped, link, slug, table

INTRODUCTION = """\
The same in every command: a script can rely on them. 1 outranks 3, so a run that found errors and could not look
everywhere ends with 1. What went wrong is one line on standard error; `--debug` adds the traceback."""

FINDINGS = """\
A finding is as loud as its verdict is sure. Harmless ones are said and change nothing: `parked` events, duplicates
of a consumer that is `idempotent`, disorder where `ordered = false`; and unknown ones on which no verdict should
hang: holes in a log that is not `gapless`, receipt times that turn round within `settle`. The verdict of a run is
that of its worst audit, whatever `--fail-on` and `--exit-zero` do to the exit code."""

UNDECIDED = f"""\
A store out of reach, a missing table or right, a check that crashed, a time limit, and nothing at all to audit are
unknown as well: {ExitCode.UNDECIDED.value}."""

FAIL_ON = """\
`auditor check --fail-on LIST` says what ends with 1 in place of confirmed errors. Several terms are joined by
commas, or the option is repeated: any of them is enough. `--exit-zero` makes findings end with 0. Neither turns 3
into 0: an audit that could not look has not found that all is well."""

TERMS = {
    "error": "the default: any confirmed error",
    "warning": "any warning or error",
    "info": "any finding at all",
    "missing": "any confirmed finding of that check",
    "consumer/missing": "the same; in full where a log and a consumer have a check of one name",
    "duplicate>10": "the check confirmed more than 10, in all audits together",
    "lagging>15m": "an event that its consumer has not come to is older than that; `stalled` is lagging, too",
}
"""Terms of ``--fail-on``, each of which is parsed when the page is made."""

SCRIPTS = """\
```sh
# silent while all is well, the report in a mail when it is not; cron.md has the rest
auditor check --quiet > report.txt || mail -s "auditor ended with $?" ops@example.org < report.txt

auditor check --output report.json
case $? in
    0) ;;                                     # consistent
    1) echo "events are lost: report.json" ;; # look at the findings
    3) echo "could not look" ;;               # look at standard error, and at the problems in the report
    *) echo "the job itself is wrong" ;;      # options or config
esac
```"""


def page() -> str:
    """The whole page."""
    return document(
        "# Exit codes",
        INTRODUCTION,
        table(("code", "meaning"), ((f"**{each.value}**", escaped(each.meaning)) for each in ExitCode)),
        "## What a finding does",
        FINDINGS,
        table(("finding", "severity", "audit and run", "exit code"), _outcomes()),
        UNDECIDED,
        "## `--fail-on` and `--exit-zero`",
        FAIL_ON,
        table(
            ("term", "ends with 1 on"),
            ((code(term), meaning) for term, meaning in TERMS.items() if parse_fail_on([term])),
        ),
        *_by_command(),
        "## In scripts",
        SCRIPTS,
    )


def _outcomes() -> Iterator[tuple[str, ...]]:
    """Every verdict of a finding and what it comes to; harmless in a line of its own where that differs."""
    for verdict in Verdict:
        as_it_is, harmless = (_outcome(verdict, harmless=each) for each in (False, True))
        yield verdict.value, *as_it_is
        if harmless != as_it_is:
            yield f"{verdict.value}, harmless", *harmless


def _outcome(verdict: Verdict, *, harmless: bool) -> tuple[str, ...]:
    finding = Finding(check="missing", verdict=verdict, count=1, message="", harmless=harmless)
    result = _result_of(finding)
    return finding.severity.value, result.verdict.value, str(exit_code(result).value)


def _result_of(finding: Finding) -> Result:
    now = datetime.now(UTC)
    audit = Audit(name="", of="consumer", totals=Totals(), findings=(finding,))
    return Result(run="", started=now, finished=now, audits=(audit,))


def _by_command() -> list[str]:
    """What the commands say of themselves beyond that."""
    rows = [
        (link(code(each.name), f"commands.md#{slug(each.name)}"), escaped(each.ends))
        for each in commands()
        if each.ends
    ]
    return [
        "## By command",
        "Where a code is not named it means what it means above.",
        table(("command", "ends with"), rows),
    ]
