"""What is typed in the third act, in its order, with what each command says: by the functions that commands call.

Nothing here knows what was lost. What was seen at each step is kept, to be held against that.
"""

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from auditor import known
from auditor.audit import run
from auditor.config import Config, load
from auditor.config.reading import FILE_NAME
from auditor.demo.redelivery.endpoint import LOOPBACK, Endpoint, port_of
from auditor.errors import AuditorError
from auditor.ledger import open_ledger
from auditor.redelivery.applying import apply as applying
from auditor.redelivery.applying.terms import Terms
from auditor.redelivery.log import Wanted, redelivery_log
from auditor.redelivery.plan_file import events_of
from auditor.redelivery.planning import plan as planning
from auditor.redelivery.verifying import verify
from checks.catalogue import title_of
from checks.model.application import Application
from checks.model.finding import Severity
from checks.model.journal import RedeliveryLog
from checks.model.redelivery import Plan, PlannedEvent
from checks.model.result import Result
from checks.model.verification import Proof, Verification
from checks.wording import counted
from reports import Appearance, render
from reports.page import Page
from reports.redelivery import application, log, plan, verification
from reports.redelivery.plan_summary import summarised
from reports.visible import visible

PLAN = "plan.json"
WHY = "late beats never"
KNOWN_WHY = "late reminders, erased member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the commands said, and ``answers``: the statuses that the endpoint answered with, in order.

    ``after``: the audit after sending; ``last``: the same once what must not be sent is known.
    """

    before: Result
    plan: Plan
    planned: Sequence[PlannedEvent]
    sent: Application
    verified: Verification
    after: Result
    last: Result
    log: RedeliveryLog
    answers: Sequence[int]


@dataclass(frozen=True)
class Steps:
    """One session at a prompt. ``say`` takes text with its newlines."""

    folder: Path
    say: Callable[[str], None]
    appearance: Appearance

    @property
    def config(self) -> Config:
        """As each command reads it."""
        return load(self.folder / FILE_NAME)

    @property
    def plan_file(self) -> Path:
        """Where the plan is kept."""
        return self.folder / PLAN

    def take(self) -> Seen:
        """All of them. Raises AuditorError where one of them cannot be taken."""
        with listening(self.folder) as endpoint:
            before = self.check("what one run finds may only be late, so it is looked at twice")
            made = self.plan()
            planned = tuple(events_of(self.plan_file))
            sent = self.apply()
            verified = self.verify()
            after = last = self.check("what is left is what must not be sent again")
            if verified.proof is Proof.HEALED:
                self.baseline()
                last = self.check("what is known does not weigh any more")
            return Seen(
                before=before,
                plan=made,
                planned=planned,
                sent=sent,
                verified=verified,
                after=after,
                last=last,
                log=self.log(),
                answers=tuple(endpoint.answers),
            )

    def check(self, why: str) -> Result:
        """An audit, recorded."""
        self._typed("check", why)
        result = run(self.config, ledger=True)
        self.say(brief(result, self.appearance))
        return result

    def plan(self) -> Plan:
        """Audits once more, and plans what both runs confirmed."""
        self._typed(f"redeliver plan -o {PLAN}", "audits again, and plans what both runs have confirmed")
        made = planning.plan(self.config, output=self.plan_file)
        summary = summarised(made, events_of(self.plan_file), datetime.now(UTC))
        self.say(plan.render(summary, None, "terminal", self.appearance))
        return made

    def apply(self) -> Application:
        """Sends, as a person would who has read the plan."""
        self._typed(
            f"redeliver apply {PLAN} --execute --yes --reason '{WHY}'", "a person has weighed the warning, and says so"
        )
        terms = Terms(execute=True, reason=WHY, user="demo", host=platform.node() or "unknown")
        done = applying.apply(self.config, self.plan_file, terms, confirm=lambda _: True)
        self.say(application.render(done, PLAN, "terminal", self.appearance))
        return done

    def verify(self) -> Verification:
        """Looks at the consumers, whatever the endpoint said."""
        self._typed(f"redeliver verify {PLAN}", "accepted is not arrived: looks at the consumers")
        with closing(open_ledger(self.config.ledger)) as journal:
            seen = verify(self.config, self.plan_file, max_findings=None, ledger=journal)
        self.say(verification.render(seen, PLAN, "terminal", self.appearance))
        return seen

    def baseline(self) -> None:
        """Takes as known what is left."""
        self._typed(f"baseline add --all --reason '{KNOWN_WHY}'", "exactly these, and no later ones")
        terms = known.Terms(why=KNOWN_WHY, owner="demo", now=datetime.now(UTC))
        added = known.add(self.config, "last", (), terms)
        page = Page(self.appearance.width)
        for entry in added.entries:
            page.line(f"{entry.fingerprint}  {visible(entry.audit)} {entry.check}: {entry.count} {entry.verdict}")
        page.line(f"{counted(added.new, 'entry', 'entries')} added, {len(added.entries) - added.new} known already")
        self.say(page.text())

    def log(self) -> RedeliveryLog:
        """The record of all that."""
        self._typed("redeliver log", "who sent what, when and why")
        found = redelivery_log(self.config, Wanted(), with_attempts=True)
        shown = replace(found, entries=tuple(replace(entry, attempts=None) for entry in found.entries))
        self.say(log.render(shown, "terminal", self.appearance))
        return found

    def _typed(self, command: str, why: str) -> None:
        page = Page(self.appearance.width)
        page.line()
        page.line(f"$ auditor {command}", style="bold cyan")
        page.line(f"  # {why}", style="dim")
        self.say(page.text())


def brief(result: Result, appearance: Appearance) -> str:
    """The first line of the report, and a line for each finding that weighs."""
    page = Page(appearance.width)
    page.line(render(result, "terminal").partition("\n")[0], style="bold")
    for audit in result.audits:
        for finding in audit.findings:
            if finding.severity is not Severity.INFO:
                what = f"{visible(audit.name)} {title_of(audit.of, finding.check)}: {finding.count} {finding.verdict}"
                page.line(f"{finding.severity} {what}", indent=2)
    return page.text()


@contextmanager
def listening(folder: Path) -> Iterator[Endpoint]:
    """The library's endpoint, at a free port that the auditor.toml is then told. AuditorError: it cannot listen."""
    try:
        endpoint = Endpoint(folder)
    except OSError as error:
        message = f"the demo's endpoint cannot listen on {LOOPBACK}: {error}"
        raise AuditorError(message) from error
    with endpoint, _reached_directly():
        _tell_port(folder / FILE_NAME, endpoint.server_port)
        thread = Thread(target=endpoint.serve_forever, args=(0.05,), name="the demo's endpoint")
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.shutdown()
            thread.join()


def _tell_port(config: Path, port: int) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f"{LOOPBACK}:{port_of(config)}/", f"{LOOPBACK}:{port}/"), encoding="utf-8")


@contextmanager
def _reached_directly() -> Iterator[None]:
    """A proxy that the environment names knows no way to this machine's own loopback."""
    name = "no_proxy"
    before = os.environ.get(name)
    os.environ[name] = ",".join(filter(None, (before or os.environ.get(name.upper()), LOOPBACK)))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
