"""The program ``auditor``: its commands, and which exit code every way to end has.

Scripts go by the exit code, so the way out is here and nowhere else. Typer by itself turns an unhandled exception, an
abort and a broken pipe into 1, which is kept for findings alone.
"""

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer.main import get_command

from auditor.cli import (
    baseline,
    check,
    config,
    cutover,
    demo,
    diff,
    doctor,
    explain,
    faults,
    graph,
    history,
    init,
    presets,
    prune,
    redeliver,
    report,
    streams,
    trace,
)
from auditor.cli.options import Debug, NoColor
from auditor.cli.termination import TERMINATION
from auditor.exit_codes import ExitCode

app = typer.Typer(
    name="auditor",
    help="Finds the events that a consumer should have and does not, with evidence.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("check", cls=check.CheckCommand)(check.check)
app.command("doctor", cls=check.CheckCommand)(doctor.doctor)
app.command("trace", cls=check.CheckCommand)(trace.trace)
app.command("explain")(explain.explain)
app.command("history", cls=check.CheckCommand)(history.history)
app.command("report", cls=check.CheckCommand)(report.report)
app.command("diff", cls=check.CheckCommand)(diff.diff)
app.command("graph", cls=check.CheckCommand)(graph.graph)
app.command("prune")(prune.prune)
app.command("cutover", cls=check.CheckCommand)(cutover.cutover)
app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("presets")(presets.presets)
app.add_typer(baseline.app, name="baseline")
app.add_typer(redeliver.app, name="redeliver")
app.add_typer(config.app, name="config")
app.add_typer(redeliver.app, name="redeliver")


def main() -> NoReturn:
    """Run the program on the arguments that it was called with, and end the process."""
    streams.prepare()
    TERMINATION.listen()
    code = run(sys.argv[1:])
    streams.abandon_unwritten()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code. Raises nothing; what went wrong is one line on standard error."""
    faults.TRACED.set("--debug" in arguments)
    try:
        code = _invoke(arguments)
        streams.flush()
    except KeyboardInterrupt:
        streams.tell("error: terminated" if TERMINATION.asked else "error: interrupted")
        return ExitCode.TERMINATED if TERMINATION.asked else ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.READER_GONE  # what a shell says of a program that SIGPIPE ended; git ends so too
    except Exception as error:
        faults.trace(error)
        lines, code = faults.explained(error)
        for line in lines:
            streams.tell(line)
    return code


def _invoke(arguments: Sequence[str]) -> int:
    """Parse and run. Typer's own ``main`` is left aside, since it decides on exit codes by itself."""
    command = get_command(app)
    try:
        with command.make_context("auditor", list(arguments)) as context:
            code = command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return code if isinstance(code, int) else 0


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        streams.say(f"auditor {version('auditor')}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 (its callback prints it)
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> None:
    """Finds the events that a consumer should have and does not, with evidence."""
    if context.invoked_subcommand is None:
        streams.say(context.get_help() + "\n")
