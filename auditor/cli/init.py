"""``auditor init``: look at databases, and write an auditor.toml for them."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import streams
from auditor.cli.options import Debug, NoColor, ShowSql

if TYPE_CHECKING:
    from auditor.init import Chooser, Prepared

_UNDECIDED = 3


def init(
    context: typer.Context,
    urls: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL",
            help="postgresql://… or sqlite:///…, a SQLite file, or '${NAME}' for a variable that holds a URL; "
            "none: $DATABASE_URL.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--config", metavar="FILE", help="The file to write (else $AUDITOR_CONFIG, else auditor.toml)."
        ),
    ] = None,
    print_only: Annotated[bool, typer.Option("--print", help="Write it to standard output, and no file.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing; where no log is clear, take the best.")
    ] = False,
    logs: Annotated[
        list[str] | None, typer.Option("--log", metavar="TABLE", help="This table is a log, and no other. Repeatable.")
    ] = None,
    show_sql: ShowSql = False,
    debug: Debug = False,
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Look at databases and write a commented auditor.toml. Never overwrites.

    Ends with 0 written (or printed), 2 usage, 3 no log is clear, a database out of reach, or `doctor` found failures.
    """
    from auditor.cli.watching import watching
    from auditor.init import create, prepare
    from auditor.init.preparing import refuse_to_overwrite

    path = output or Path(os.environ.get("AUDITOR_CONFIG") or "auditor.toml")
    if not print_only:
        refuse_to_overwrite(path)
    debug = debug or context.find_root().params["debug"]
    with watching(show_sql=show_sql, quiet=True, debug=debug) as observer:
        prepared = prepare(urls or (), path.parent, os.environ, _chooser(yes=yes), logs=logs or (), observer=observer)
    _tell_failures(prepared)
    if print_only:
        streams.say(prepared.text)
        return 0
    create(path, prepared.text)
    _tell_what_was_written(path, prepared)
    return 0 if _doctor(path, prepared, show_sql=show_sql, debug=debug) else _UNDECIDED


def _doctor(path: Path, prepared: "Prepared", *, show_sql: bool, debug: bool) -> bool:
    """What ``auditor doctor`` says of the new file, on standard output; whether nothing failed."""
    from auditor.cli.watching import watching
    from auditor.config import load
    from auditor.doctor import examine
    from reports.diagnosis import render

    config = load(path, prepared.environment)
    with watching(show_sql=show_sql, quiet=False, debug=debug) as observer:
        diagnosis = examine(config, (), observer)
    streams.say(render(diagnosis, "terminal", streams.appearance(str(path))))
    return diagnosis.decided


def _chooser(*, yes: bool) -> "Chooser":
    from auditor.init import Asking, Best, Clear

    if yes:
        return Best()
    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    return Asking(streams.tell, _ask) if at_terminal else Clear()


def _ask(question: str) -> str:
    """The question on standard error, so that standard output stays what was asked for; nothing at its end."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline()


def _tell_failures(prepared: "Prepared") -> None:
    for message in dict.fromkeys(str(error) for error in prepared.draft.failures):
        streams.tell(f"not looked at: {message}")


def _tell_what_was_written(path: Path, prepared: "Prepared") -> None:
    """What stands in the file, what does not, and what has to be set before it can be read again."""
    from reports.visible import visible

    draft = prepared.draft
    for log in draft.logs:
        streams.tell(visible(f"log {log.name}: {log.sureness.word} ({'; '.join(log.reasons)})"))
    for one in draft.consumers:
        streams.tell(visible(f"consumer {one.name} of {one.log}: {one.sureness.word}"))
    for log in draft.doubtful_logs:
        streams.tell(visible(f"as a comment: log {log.name} ({'; '.join(log.reasons)})"))
    for one in draft.doubtful_consumers:
        streams.tell(visible(f"as a comment: consumer {one.name} of {one.log} ({one.doubt})"))
    streams.tell(visible(f"wrote {path}"))
    for hint in prepared.hints:
        streams.tell(visible(f"before the next command: {hint}"))
