"""Markdown for people: a message to an incident channel, a comment, the summary of a step in GitHub Actions.

The verdict is its first line, then who lacks what since when, the audits with their totals, findings by severity with
the hop that lost them, what somebody lacks before all else, and what to type next; what was not checked is folded away.
It stays below 40,000 characters, so that every channel takes it: long names lose their middle, long lists their end,
and it says how much was left out. `json` and `csv` have all.

Names stand as code, so that none of them is markup, a link or a mention of a team.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from checks.catalogue import title_of
from checks.model.finding import Finding, Severity
from checks.model.result import Audit, Loss, NotChecked, Outcome, Parity, Result, Totals
from checks.wording import counted
from reports.appearance import Appearance
from reports.candidates import not_decided
from reports.earlier import covering, second, since
from reports.headline import sentences
from reports.json_document import moment
from reports.markdown_text import code, command, sentence, table
from reports.next_steps import is_loss, next_steps, run_again
from reports.phrases import extent, places, untold
from reports.terminal import verdict_line
from reports.way import ByFinding, between, by_finding, told
from reports.weighing import weighing

Entry = TypeVar("Entry")

LONGEST_COMMAND = 1_000
MOST_SAMPLES = 3
_LAMPS = {Outcome.INCONSISTENT: "🔴", Outcome.UNKNOWN: "🟡", Outcome.CONSISTENT: "🟢"}
_TITLES = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "For information"}
_SHARES = {Severity.ERROR: 8_000, Severity.WARNING: 3_500, Severity.INFO: 1_500}
"""How many characters a list may take. With those below and what is always there they come to less than 40,000."""

_TOTALS = (
    "produced", "received", "pending", "parked", "missing", "unverifiable", "duplicate", "unexpected", "excluded",
)  # fmt: skip
_ALWAYS = frozenset({"produced", "received", "missing"})


def render(result: Result, appearance: Appearance) -> str:
    """The report, shorter than 40,000 characters."""
    blocks = [
        *_head(result),
        *_audits(result.audits),
        *_findings(result),
        *_section("Could not be decided", list(_problems(result.audits)), 2_500, "reason"),
        *_section("Where they were lost", _losses(result.audits), 3_500, "loss", "losses", written=_loss),
        *_section("Side by side", list(_parities(result.parities)), 800, "comparison"),
        *_section("Known, and hidden", list(_known(result.audits)), 1_500, "finding"),
        *_section("Verified by earlier runs", list(_covered(result)), 700, "audit"),
        *_section("Notes", list(_notes(result.audits)), 700, "note"),
        *_folded(untold(result)),
        *_section(
            "Next", [f"- {command(each)}" for each in next_steps(result.audits, appearance.config)], 1_500, "command"
        ),
        *_again(result.audits, appearance.config),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(result: Result) -> Iterator[str]:
    word, _, rest = verdict_line(result).partition(":")
    yield f"{_LAMPS[result.verdict]} **{word}**:{rest}"
    yield from (f"**{each}**" for each in sentences(result, code))
    if candidates := not_decided(result, code):
        yield f"**{candidates}.**"
    seconds = (result.finished - result.started).total_seconds()
    yield f"Run {code(result.run)}, started {second(result.started)}, took {seconds:.1f} s."
    if result.not_recorded is not None:
        yield f"This run was not recorded: {sentence(result.not_recorded)}"


def _audits(audits: Sequence[Audit]) -> Iterator[str]:
    """The table, with the columns that are not zero all the way down."""
    if not audits:
        return
    names = [name for name in _TOTALS if name in _ALWAYS or any(_of(audit.totals, name) for audit in audits)]
    head, rule, *rows = table(
        ("audit", "of", "verdict", "positions", *names),
        [[*_identity(audit), *(_cell(audit.totals, name) for name in names)] for audit in audits],
        left=4,
    )
    shown, more = _fitting(rows, 7_000)
    yield "\n".join([head, rule, *shown])
    if more:
        yield f"And {counted(more, 'audit')} more, for which there is no room here."


def _identity(audit: Audit) -> tuple[str, ...]:
    of = audit.of if audit.upstream is None else f"{audit.of} of {code(audit.upstream)}"
    return code(audit.name), of, audit.verdict.value, extent(audit.window)


def _of(totals: Totals | None, name: str) -> int:
    return 0 if totals is None else int(getattr(totals, name))


def _cell(totals: Totals | None, name: str) -> str:
    return "-" if totals is None else str(_of(totals, name))


def _findings(result: Result) -> Iterator[str]:
    lost = by_finding(result.audits)

    def written(entry: tuple[Audit, Finding]) -> str:
        audit, finding = entry
        return "\n".join(_finding(audit, finding, lost, since(finding, result.started)))

    for severity, title in _TITLES.items():
        found = [
            (audit, finding) for audit in result.audits for finding in audit.findings if finding.severity is severity
        ]
        heaviest = sorted(found, key=lambda entry: not is_loss(entry[1]))
        yield from _section(title, heaviest, _SHARES[severity], "finding", written=written)


def _finding(audit: Audit, finding: Finding, lost: ByFinding, seen: str | None) -> Iterator[str]:
    yield (
        f"- {code(audit.name)} {title_of(audit.of, finding.check)}{_part(finding.partition)}: "
        f"**{finding.count} {finding.verdict}**{_because(finding.reason)}{places(finding)}: {sentence(finding.message)}"
    )
    losses = lost.get((audit.name, finding.check, finding.partition), ())
    yield from (f"  - lost {where}" for where in dict.fromkeys(between(loss, code) for _, loss in losses))
    if seen is not None:
        yield f"  - {seen}"
    if finding.severity is not Severity.INFO:
        yield from _samples(finding)


def _part(partition: str | None) -> str:
    return "" if partition is None else f" in partition {code(partition)}"


def _because(reason: str | None) -> str:
    return "" if reason is None else f" ({sentence(reason)})"


def _samples(finding: Finding) -> Iterator[str]:
    for event in finding.events[:MOST_SAMPLES]:
        version = "" if event.version is None else f"@{event.version}"
        parts = (
            None if event.position is None else f"position {event.position}",
            None if event.stream is None else code(f"{event.stream}{version}"),
            None if event.type is None else code(event.type),
            None if event.id is None else f"id {code(event.id)}",
            None if event.time is None else moment(event.time),
        )
        known = [part for part in parts if part is not None]
        if known:
            yield f"  - {', '.join(known)}"
    if len(finding.events) > MOST_SAMPLES:
        yield f"  - and {len(finding.events) - MOST_SAMPLES} more in `--format json`"


def _problems(audits: Iterable[Audit]) -> Iterator[str]:
    for audit in audits:
        for problem in audit.problems:
            yield f"- {code(audit.name)}: {sentence(problem.message)}{_because(problem.reason)}"


def _covered(result: Result) -> Iterator[str]:
    """What this run did not look at again."""
    for audit in result.audits:
        if audit.coverage is not None:
            yield f"- {code(audit.name)}: {sentence(covering(audit.coverage, result.started))}"


def _notes(audits: Iterable[Audit]) -> Iterator[str]:
    yield from (f"- {code(audit.name)}: {sentence(note)}" for audit in audits for note in audit.notes)


def _losses(audits: Sequence[Audit]) -> list[tuple[Audit, Loss]]:
    return [(audit, loss) for audit, losses in weighing(audits) for loss in losses]


def _loss(entry: tuple[Audit, Loss]) -> str:
    audit, loss = entry
    return f"- {code(audit.name)}: {told(loss, code)}"


def _parities(parities: Iterable[Parity]) -> Iterator[str]:
    for parity in parities:
        lacking = [f"{code(each.lacking)} lacks {counted(each.count, 'event')}" for each in parity.differences]
        names = " and ".join(map(code, parity.logs))
        yield f"- {names}, {counted(parity.compared, 'event')} compared: {', '.join(lacking) or 'they agree'}"


def _known(audits: Iterable[Audit]) -> Iterator[str]:
    for audit in audits:
        for each in audit.known:
            until = "for good" if each.expires is None else f"until {moment(each.expires)}"
            yield (
                f"- {code(audit.name)} {title_of(audit.of, each.check)}{_part(each.partition)}: {each.count} "
                f"{each.verdict}: {sentence(each.why)} ({code(each.owner)}, {until})"
            )


def _folded(entries: Sequence[NotChecked]) -> Iterator[str]:
    """What was not checked, to be unfolded by whoever asks. GitHub wants empty lines around the Markdown in there."""
    if not entries:
        return
    lines = [f"- {code(each.audit)}{_check(each)}: {sentence(each.message)}{_because(each.reason)}" for each in entries]
    shown, more = _fitting(lines, 2_500)
    yield f"<details><summary>Not checked ({len(entries)})</summary>"
    yield "\n".join([*shown, *_more(more, "entry", "entries")])
    yield "</details>"


def _check(entry: NotChecked) -> str:
    return "" if entry.check is None else f" {entry.check}"


def _again(audits: Sequence[Audit], config: str | None) -> Iterator[str]:
    ways = (run_again(audits, config), run_again((), config), run_again((), None))
    yield f"Run it again: {command(next(way for way in ways if len(way) <= LONGEST_COMMAND))}"


def _section(
    title: str,
    entries: Sequence[Entry],
    share: int,
    noun: str,
    plural: str | None = None,
    *,
    written: Callable[[Entry], str] = str,
) -> Iterator[str]:
    """A heading and a list below it, in at most about ``share`` characters; nothing where there are no entries.

    ``written``: an entry as text. It is asked of those that are shown only, of a hundred thousand some thirty.
    """
    if entries:
        shown, more = _fitting(entries, share, written)
        yield f"### {title}"
        yield "\n".join([*shown, *_more(more, noun, plural)])


def _more(count: int, noun: str, plural: str | None = None) -> list[str]:
    return [f"- and {counted(count, noun, plural)} more, for which there is no room here"] if count else []


def _fitting(entries: Sequence[Entry], share: int, written: Callable[[Entry], str] = str) -> tuple[Sequence[str], int]:
    """The entries that fit into so many characters, and how many are left out."""
    used, shown = 0, []
    for entry in entries:
        text = written(entry)
        used += len(text) + 1
        if used > share:
            break
        shown.append(text)
    return shown, len(entries) - len(shown)
