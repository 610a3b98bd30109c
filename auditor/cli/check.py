"""``auditor check``: audit, report, and end with a code that says what to do."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from auditor.cli.options import ConfigFile, Debug, NoColor, Outputs, ReportFormats, RowsBy, ShowSql
from auditor.errors import UsageError
from auditor.exit_codes import ExitCode

if TYPE_CHECKING:
    from auditor.cli.outputs import Typed
    from auditor.config import Config
    from auditor.result import Result

_TYPED = "auditor.typed_outputs"


class CheckCommand(TyperCommand):
    """Keeps ``--format`` and ``--output`` in the order in which they were typed, which Typer's two lists have lost."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as ever, and put the typed options into ``ctx.meta``."""
        values, _, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[_TYPED] = list(_in_order([str(parameter.name) for parameter in order], values))
        return super().parse_args(ctx, args)


def _in_order(names: Sequence[str], values: dict[str, Any]) -> "Iterator[Typed]":
    from auditor.cli.outputs import Option, Typed

    left = {option: iter(values.get(option, ())) for option in Option}
    for name in names:
        if name in set(Option):
            yield Typed(Option(name), next(left[Option(name)]))


def typed_outputs(context: typer.Context) -> "Sequence[Typed]":
    """Both options of a command that was parsed by :class:`CheckCommand`, in the order in which they were typed."""
    typed: Sequence[Typed] = context.meta[_TYPED]
    return typed


def check(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Logs, states and consumers to audit; all if none is named."),
    ] = None,
    config: ConfigFile = None,
    format_name: ReportFormats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    by: RowsBy = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            metavar="LIST",
            help="What ends with 1: error (default), warning, info, CHECK, CHECK>N, lagging>DURATION; comma = or.",
        ),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Do not end with 1, whatever was found.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Nothing on standard output when the exit code is 0.")] = False,
    no_confirm: Annotated[
        bool, typer.Option("--no-confirm", help="No second look: what it would decide stays pending.")
    ] = False,
    max_findings: Annotated[
        int,
        typer.Option(
            "--max-findings", metavar="N", min=0, help="Sample events of a finding, 0 for all; jsonl and csv have all."
        ),
    ] = 100,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout", metavar="DURATION", help="End after about so long, say 45s; what is unfinished is unknown."
        ),
    ] = None,
    lock_wait: Annotated[
        str | None,
        typer.Option(
            "--lock-wait",
            metavar="DURATION",
            help="Never beside another run that has this option: wait so long for it, 0s not at all."
            " Without it runs may overlap.",
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Ignore what earlier runs verified.")] = False,
    no_ledger: Annotated[
        bool, typer.Option("--no-ledger", help="Neither read nor write the memory of earlier runs.")
    ] = False,
    no_baseline: Annotated[
        bool, typer.Option("--no-baseline", help="Hide nothing, also what 'auditor baseline' says is known.")
    ] = False,
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Audit everything, or exactly the named logs, states and consumers.

    Ends with 0 consistent, 1 confirmed errors, 2 usage or config, 3 could not decide, 130 interrupted,
    143 terminated.
    """
    from auditor.cli.contents import most_gathered, reports_of, rows_of
    from auditor.cli.exit_code import exit_code, parse_fail_on
    from auditor.cli.last_success import with_last_success
    from auditor.cli.limits import duration_of, locking
    from auditor.cli.outputs import pair_outputs, refuse_unwritable
    from auditor.cli.rendering import with_background
    from auditor.cli.repeating import command_to_repeat
    from auditor.cli.step_summary import add_to_summary
    from auditor.cli.watching import watching
    from auditor.cli.writing import write_reports
    from auditor.config import load

    destinations = pair_outputs(typed_outputs(context))
    rows, most = rows_of(by, destinations), max_findings or None
    terms = parse_fail_on(fail_on or ())
    limit, longest_wait = duration_of("--timeout", timeout, positive=True), duration_of("--lock-wait", lock_wait)
    for destination in destinations:
        if destination.path is not None:
            refuse_unwritable(destination.path)
    loaded = load(config)
    wanted = _known(names or (), loaded)

    from auditor.audit import run

    debug = debug or context.find_root().params["debug"]
    with locking(loaded, longest_wait), watching(show_sql=show_sql, quiet=quiet, debug=debug) as observer:
        result = run(
            loaded,
            names=wanted,
            confirm=not no_confirm,
            max_findings=most_gathered(destinations, most),
            observer=observer,
            timeout=limit,
            ledger=not no_ledger,
            full=full,
            baseline=not no_baseline,
        )
    if result.not_recorded is not None:
        _tell_of_the_ledger(result, hides_known=not no_baseline)
    code = exit_code(result, terms, exit_zero=exit_zero)
    to_write = [each for each in destinations if not (quiet and code is ExitCode.CONSISTENT and each.path is None)]
    if not no_ledger:
        result = with_last_success(result, to_write, loaded)
    with_config = None if config is None else str(config)
    reports = reports_of(result, most, rows, asked_samples(context, max_findings))
    reports = with_background(reports, result, loaded, ledger=not no_ledger, command=command_to_repeat(context))
    written = write_reports(to_write, reports, with_config)
    add_to_summary(result, with_config)
    return code if written or code is ExitCode.FINDINGS else ExitCode.UNDECIDED


def _tell_of_the_ledger(result: "Result", *, hides_known: bool) -> None:
    """That it failed, which changes no exit code, and what follows from that."""
    from auditor.cli.streams import tell
    from auditor.known import acceptable

    tell(f"warning: this run was not recorded: {result.not_recorded}")
    if hides_known and not any(audit.known for audit in result.audits) and any(acceptable(result)):
        tell("warning: without the ledger nothing is hidden as known")


def _known(names: Sequence[str], config: "Config") -> tuple[str, ...]:
    """The names, each once. UsageError: the config has no log, state or consumer of that name."""
    from auditor.config.problems import quoted, suggestion

    known = [*config.logs, *config.states, *config.consumers]
    for name in names:
        if name not in known:
            near = suggestion(name, known, listed=True)
            message = f"the config has no log, state or consumer called {quoted(name)}{near}"
            raise UsageError(message)
    return tuple(dict.fromkeys(names))


def asked_samples(context: typer.Context, max_findings: int) -> int | None:
    """How many events of a finding a person wants to read: what was typed, else as few as is usual there."""
    source = context.get_parameter_source("max_findings")
    return max_findings if source is not None and source.name == "COMMANDLINE" else None
