"""The report for a person at a terminal, and for the log of a job: the verdict first, what to type next last.

Findings are listed by severity, with as much as it takes to decide whether to get up: how many, where, how sure, at
which hop they were lost, a few samples with their age, and who stands in the way. How many samples, `--max-findings`
says. It is no format for programs, its wording changes; they read `--format json`.

Without a terminal nothing is cut or wrapped, however long. On one, columns of zeros are left away, a sample's overlong
names lose their middle, since ten kilobytes of a stream's name would push everything else off the screen, and below a
long report the verdict stands once more; the other formats have the whole name.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.text import Text

from checks.catalogue import title_of
from checks.model.result import Audit, NotChecked, Outcome, Result
from checks.wording import counted
from reports import way
from reports.appearance import Appearance
from reports.balance import totals
from reports.candidates import not_decided
from reports.earlier import covering, second
from reports.findings import findings
from reports.headline import sentences
from reports.json_document import moment
from reports.marks import COLOURS, sign
from reports.next_steps import next_steps
from reports.page import Page
from reports.parity import parities
from reports.phrases import untold
from reports.visible import visible

_INDENT = 4
_A_SCREEN = 40
"""Lines below which the verdict at the top is still in sight."""


def render(result: Result, appearance: Appearance) -> str:
    """The report, in colour and at most ``appearance.width`` wide, or plain where that is ``None``."""
    page = Page(appearance.width, ascii_only=appearance.ascii_only)
    _verdict(page, result)
    if result.audits:
        totals(page, result.audits)
    _problems(page, result.audits)
    findings(page, result, appearance.samples)
    way.losses(page, result.audits)
    way.progress(page, result.audits)
    parities(page, result.parities)
    _known(page, result.audits)
    _notes(page, result.audits)
    _coverage(page, result)
    _not_checked(page, untold(result))
    _next(page, result.audits, appearance.config)
    if page.width is not None and page.text().count("\n") > _A_SCREEN:
        page.line()
        page.line(_headline(page, result))
        for sentence in sentences(result):
            page.line(sentence, style="bold", hang=2)
    return page.text()


def verdict_line(result: Result) -> str:
    """The verdict of the run in words. What could not be verified is part of it, never silently inside it."""
    return f"{result.verdict}: {_tally(result)}; {_beside(result)}"


def _beside(result: Result) -> str:
    audited = [audit for audit in result.audits if audit.totals is not None]
    read = [audit for audit in audited if audit.upstream is not None]
    told = read or audited  # a log's events are those of its readers
    known = f"; {result.known:,} known and hidden" if result.known else ""
    return f"{_unverifiable(told)} unverifiable{known}"


def _unverifiable(audits: Sequence[Audit]) -> str:
    """Of how many events, and where states were audited of how many streams."""
    parts = []
    for noun, is_state in (("event", False), ("stream", True)):
        told = [audit.totals for audit in audits if audit.totals is not None and (audit.of == "state") is is_state]
        if told or (not audits and not is_state):
            produced = sum(each.produced for each in told)
            parts.append(f"{sum(each.unverifiable for each in told):,} of {counted(produced, noun)}")
    return " and ".join(parts)


def _tally(result: Result) -> str:
    audits = counted(len(result.audits), "audit")
    outcomes = Counter(audit.verdict for audit in result.audits)
    undecided = outcomes[Outcome.UNKNOWN]
    if not result.audits:
        return "nothing was audited"
    if result.verdict is Outcome.INCONSISTENT:
        doubts = f", {undecided} could not be decided" if undecided else ""
        return f"{outcomes[Outcome.INCONSISTENT]} of {audits} found errors{doubts}"
    return f"{undecided} of {audits} could not be decided" if undecided else f"{audits} without errors"


def _headline(page: Page, result: Result) -> Text:
    """The verdict for a glance: a sign, a colour, a word, and in how many audits."""
    mark = sign(result.verdict, ascii_only=page.ascii_only)
    return Text.assemble((f"{mark} {result.verdict}:", f"{COLOURS[result.verdict]} reverse"), f" {_tally(result)}")


def _verdict(page: Page, result: Result) -> None:
    if page.width is None:
        page.line(verdict_line(result))
    else:
        page.line(_headline(page, result))
        page.line(_beside(result))
    for sentence in sentences(result):
        page.line(sentence, style="bold", hang=2)
    if candidates := not_decided(result):
        page.line(candidates, style="yellow")
    seconds = (result.finished - result.started).total_seconds()
    page.line(f"run {visible(result.run)}, started {second(result.started)}, took {seconds:.1f} s", style="dim")
    if result.not_recorded is not None:
        page.line(f"this run was not recorded: {visible(result.not_recorded)}", style="yellow")


def _coverage(page: Page, result: Result) -> None:
    """What was verified by earlier runs, and when: this one did not look at it again."""
    covered = [(audit, audit.coverage) for audit in result.audits if audit.coverage is not None]
    if covered:
        page.heading("verified by earlier runs")
    for audit, coverage in covered:
        page.line(
            Text.assemble((visible(audit.name), "bold"), f": {covering(coverage, result.started)}"), indent=2, hang=2
        )


def _known(page: Page, audits: Iterable[Audit]) -> None:
    """What is hidden, in one line each: that it is there must not be forgotten."""
    found = [(audit, each) for audit in audits for each in audit.known]
    if found:
        page.heading("known, and hidden (auditor check --no-baseline shows it)")
    for audit, each in found:
        line = Text.assemble(
            (visible(audit.name), "bold"),
            f" {title_of(audit.of, each.check)}",
            "" if each.partition is None else f" in partition {visible(each.partition)}",
            f": {each.count} {each.verdict}: {visible(each.why)} ({visible(each.owner)}, ",
            "for good)" if each.expires is None else f"until {moment(each.expires)})",
        )
        page.line(line, indent=2, hang=2)


def _problems(page: Page, audits: Iterable[Audit]) -> None:
    """What kept audits from a verdict."""
    _said_once(
        page,
        "could not be decided",
        [(audit, f"{each.message} ({each.reason})") for audit in audits for each in audit.problems],
    )


def _notes(page: Page, audits: Iterable[Audit]) -> None:
    """What a reader should know beside."""
    _said_once(page, "notes", [(audit, note) for audit in audits for note in audit.notes])


def _said_once(page: Page, title: str, entries: Sequence[tuple[Audit, str]]) -> None:
    """Each sentence with all the audits that it is true of."""
    if entries:
        page.heading(title)
    said: dict[str, list[str]] = {}
    for audit, sentence in entries:
        said.setdefault(sentence, []).append(visible(audit.name))
    for sentence, names in said.items():
        page.line(Text.assemble((", ".join(names), "bold"), ": ", visible(sentence)), indent=2, hang=2)


def _not_checked(page: Page, entries: Iterable[NotChecked]) -> None:
    groups = groupby(sorted(entries, key=lambda entry: entry.reason), key=lambda entry: entry.reason)
    for number, (reason, group) in enumerate(groups):
        if number == 0:
            page.heading("not checked")
        members = list(group)
        page.line(f"{visible(reason)}: {_who(members)}", indent=2, hang=2)
        likewise = len({entry.message for entry in members}) - 1
        message = f"{members[0].message}{f' (and {likewise} more like it)' if likewise else ''}"
        page.line(visible(message), indent=_INDENT, style="dim")


def _who(entries: Iterable[NotChecked]) -> str:
    """Checks with those whom they were not made for, whole audits before them: ``mail; duplicate of billing, shop``."""
    audits: dict[str, list[str]] = {}
    for entry in entries:
        audits.setdefault(entry.audit, []).extend([] if entry.check is None else [entry.check])
    alike: dict[tuple[str, ...], list[str]] = {}
    for audit, checks in audits.items():
        alike.setdefault(tuple(sorted(checks)), []).append(visible(audit))
    return "; ".join(
        f"{', '.join(checks)} of {', '.join(names)}" if checks else ", ".join(names)
        for checks, names in sorted(alike.items())
    )


def _next(page: Page, audits: tuple[Audit, ...], config: str | None) -> None:
    """Commands for whoever wants to know more."""
    commands = list(next_steps(audits, config))
    if commands:
        page.heading("next")
    for command in commands:
        page.line(visible(command), indent=2, hang=2, style="cyan")
