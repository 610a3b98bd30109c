"""``auditor redeliver apply``: sends what a plan holds, or says what it would send."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs, ShowSql
from auditor.cli.redeliver.show import PlanFile
from auditor.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from auditor.cli.outputs import Destination
    from auditor.config import Config
    from auditor.observer import Observer
    from auditor.redelivery.applying.terms import Terms
    from checks.model.application import Application


def apply(
    context: typer.Context,
    plan: PlanFile,
    execute: Annotated[bool, typer.Option("--execute", help="Send. Without it nothing is sent.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal to ask on.")
    ] = False,
    max_events: Annotated[
        int, typer.Option("--max-events", metavar="N", min=0, help="Refuse a plan with more that are left to send.")
    ] = 1_000,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="N", min=0.001, help="So many events a second at most.")
    ] = None,
    canary: Annotated[
        int | None,
        typer.Option("--canary", metavar="N", min=1, help="Send N first, and the rest only if all N arrived."),
    ] = None,
    canary_wait: Annotated[
        str | None,
        typer.Option("--canary-wait", metavar="DURATION", help="For the canary: 1m, or the consumer's longer grace."),
    ] = None,
    unknown_wait: Annotated[
        str | None,
        typer.Option("--unknown-wait", metavar="DURATION", help="For what may have been sent: the consumer's grace."),
    ] = None,
    max_error_share: Annotated[
        float, typer.Option("--max-error-share", metavar="X", min=0, max=1, help="Stop where more goes wrong.")
    ] = 0.1,
    again: Annotated[bool, typer.Option("--again", help="Also what the target rejected before.")] = False,
    accept_duplicates: Annotated[
        bool,
        typer.Option("--accept-duplicates", help="Although somebody who hears it may not take an event twice."),
    ] = False,
    consumer_stopped: Annotated[
        bool, typer.Option("--consumer-stopped", help="The consumer does not run: for putting its cursor back.")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; kept in the ledger.")] = None,
    ticket: Annotated[str | None, typer.Option("--ticket", metavar="TEXT", help="Where; kept in the ledger.")] = None,
    lock_wait: Annotated[
        str | None,
        typer.Option("--lock-wait", metavar="DURATION", help="Wait so long for another apply by the same target."),
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Then look whether it arrived.")] = False,
    wait: Annotated[
        str | None, typer.Option("--wait", metavar="DURATION", help="With --verify: look again for so long.")
    ] = None,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Look at a plan's events again, and with --execute send those that are still lacking. Goes on where it ended.

    Ends with 0 all accepted or nothing left, also a dry run, 1 some were rejected, or did not arrive, 2 usage or
    config, 3 refused, stopped, or not known, 130 interrupted, 143 terminated: what was sent is written down.
    """
    from datetime import timedelta

    from auditor.cli.limits import duration_of
    from auditor.cli.redeliver.asking import can_ask, host, user
    from auditor.cli.typed import destinations_of
    from auditor.cli.watching import watching
    from auditor.config import load
    from auditor.errors import UsageError
    from reports.redelivery.application import FORMATS

    destinations = destinations_of(context, FORMATS)
    longest = duration_of("--wait", wait)
    if longest is not None and not verify:
        raise UsageError("--wait needs --verify: nothing is looked for without it")
    if verify and not execute:
        raise UsageError("--verify needs --execute: a dry run sends nothing (auditor redeliver verify looks alone)")
    if canary_wait is not None and canary is None:
        raise UsageError("--canary-wait needs --canary: without it nothing goes first")
    if execute and not yes and not can_ask():
        raise UsageError("--execute needs --yes where there is no terminal to ask on")

    from auditor.redelivery.applying.terms import Terms

    terms = Terms(
        execute=execute,
        max_events=max_events,
        rate=rate,
        canary=canary,
        canary_wait=duration_of("--canary-wait", canary_wait),
        unknown_wait=duration_of("--unknown-wait", unknown_wait),
        error_share=max_error_share,
        accept_duplicates=accept_duplicates,
        consumer_stopped=consumer_stopped,
        again=again,
        lock_wait=duration_of("--lock-wait", lock_wait) or timedelta(),
        reason=reason,
        ticket=ticket,
        user=user(),
        host=host(),
    )
    loaded = load(config)
    page = _Page(plan, destinations, None if config is None else str(config))
    debug = debug or context.find_root().params["debug"]
    with watching(show_sql=show_sql, quiet=False, debug=debug) as observer:
        done = _applied(loaded, page, terms, observer, asks=not yes)
        if verify and done.executed and done.stopped is None:
            done = _verified(loaded, done, page, longest or timedelta(), observer)
    code = _code(done)
    return code if page.write(done) or code is ExitCode.FINDINGS else ExitCode.UNDECIDED


@dataclass(frozen=True)
class _Page:
    """Where what became of it is written to."""

    plan: Path
    destinations: "Sequence[Destination]"
    config: str | None

    def write(self, done: "Application") -> bool:
        """Whether it was written everywhere."""
        from auditor.cli.writing import write_reports
        from reports.redelivery.application import render

        return write_reports(
            self.destinations, lambda name, look: render(done, str(self.plan), name, look), self.config
        )


def _applied(config: "Config", page: _Page, terms: "Terms", observer: "Observer", *, asks: bool) -> "Application":
    """What became of it. Somebody who interrupts is told how far it has come."""
    from auditor.cli.redeliver.asking import asking
    from auditor.redelivery.applying.apply import Interrupted, apply

    confirm = asking(observer) if asks else lambda _: True
    try:
        return apply(config, page.plan, terms, confirm=confirm, observer=observer)
    except Interrupted as interrupted:
        page.write(interrupted.application)
        raise


def _verified(
    config: "Config", done: "Application", page: _Page, wait: "timedelta", observer: "Observer"
) -> "Application":
    """The same, with a look whether it arrived. What was sent is told, too, where that look comes to nothing."""
    from dataclasses import replace

    from auditor.ledger import open_ledger
    from auditor.redelivery.verifying import verify

    ledger = open_ledger(config.ledger)
    try:
        seen = verify(config, page.plan, wait=wait, observer=observer, ledger=ledger)
        return replace(done, verification=seen)
    except BaseException:
        page.write(done)
        raise
    finally:
        ledger.close()


def _code(done: "Application") -> ExitCode:
    """What was seen at the consumer outranks what the target said. A dry run that could look ends well."""
    from checks.model.application import Skip
    from checks.model.verification import Proof

    if done.stopped is not None:
        return ExitCode.FINDINGS if done.stopped.reason == "canary" else ExitCode.UNDECIDED
    if not done.executed:
        return ExitCode.CONSISTENT
    proof = None if done.verification is None else done.verification.proof
    if proof is Proof.NOT_HEALED or done.total("rejected") or done.skipped().get(Skip.REJECTED_BEFORE):
        return ExitCode.FINDINGS
    if proof is Proof.UNDECIDED or done.total("left"):
        return ExitCode.UNDECIDED
    return ExitCode.CONSISTENT
