"""``auditor baseline``: what is known and put off, so that what is new stands out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli import streams
from auditor.cli.check import CheckCommand
from auditor.cli.options import ConfigFile, Debug, Formats, NoColor, Outputs
from auditor.errors import UsageError
from auditor.exit_codes import ExitCode

app = typer.Typer(help="Known findings: add, list, remove, export, import.", rich_markup_mode=None)

Fingerprints = Annotated[
    list[str] | None,
    typer.Argument(metavar="FINGERPRINT", help="A finding by its fingerprint, or the beginning of it."),
]


@app.callback(invoke_without_command=True)
def baseline(context: typer.Context) -> None:
    """Known findings: add, list, remove, export, import. It is no suppression: what is new is reported as ever."""
    if context.invoked_subcommand is None:
        streams.say(context.get_help() + "\n")


@app.command("add")
def add(
    fingerprints: Fingerprints = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why it is put off, for whoever asks. It must be said.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="All errors and warnings of the run.")] = False,
    run: Annotated[str, typer.Option("--run", metavar="RUN", help="The recorded run that found it.")] = "last",
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Who answers for it (default: who is logged in).")
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="30d|DATE", help="Until when it is hidden; a date is included.")
    ] = None,
    config: ConfigFile = None,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Take findings of a recorded run as known: exactly the events that it names, and no later ones.

    Ends with 0 added, or known already, 2 usage or config, 3 the run has no such finding, or names not all of its
    events, or the ledger fails.
    """
    from datetime import UTC, datetime

    from auditor.asked_time import end_of
    from auditor.config import load
    from checks.wording import counted
    from reports.visible import visible

    named = _either(fingerprints, everything)
    if not reason.strip():
        raise UsageError("why is it put off? say --reason TEXT, for whoever asks later")
    now = datetime.now(UTC)
    ends = None if expires is None else end_of("--expires", expires, now).replace(microsecond=0)
    who = _whoever_is_logged_in() if owner is None else owner
    loaded = load(config)

    from auditor import known

    added = known.add(loaded, run, named, known.Terms(why=reason, owner=who, now=now, expires=ends))
    whole = [*loaded.logs, *loaded.states, *loaded.consumers]
    streams.say(f"of run {visible(str(added.run))}{_extent(added.audits, whole)}\n")
    for entry in added.entries:
        where = "" if entry.partition is None else f" in partition {visible(entry.partition)}"
        streams.say(
            f"{entry.fingerprint}  {visible(entry.audit)} {entry.check}{where}: {entry.count} {entry.verdict}\n"
        )
    streams.say(f"{counted(added.new, 'entry', 'entries')} added, {len(added.entries) - added.new} known already\n")
    return ExitCode.CONSISTENT


@app.command("list", cls=CheckCommand)
def list_(
    context: typer.Context,
    expired: Annotated[bool, typer.Option("--expired", help="Only what hides nothing any more.")] = False,
    config: ConfigFile = None,
    format_name: Formats = None,  # noqa: ARG001 (read in the order typed)
    output: Outputs = None,  # noqa: ARG001 (read in the order typed)
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """What is known, the oldest first. Times are UTC.

    Ends with 0 shown, also where there is nothing, 2 usage or config, 3 the ledger cannot be read.
    """
    from datetime import UTC, datetime

    from auditor.cli.typed import destinations_of
    from auditor.cli.writing import write_reports
    from auditor.config import load
    from reports.baseline import FORMATS, render

    destinations = destinations_of(context, FORMATS)
    loaded, now = load(config), datetime.now(UTC)

    from auditor import known

    shown = [entry for entry in known.entries(loaded) if entry.has_expired(now) or not expired]
    written = write_reports(destinations, lambda name, look: render(shown, now, name, look), None)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED


@app.command("remove")
def remove(
    fingerprints: Fingerprints = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is known.")] = False,
    config: ConfigFile = None,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Hide it no longer: later runs report it again.

    Ends with 0 removed, 2 usage or config, 3 nothing is known by that fingerprint, or the ledger fails.
    """
    from auditor.config import load
    from checks.wording import counted

    named = _either(fingerprints, everything)
    loaded = load(config)

    from auditor import known

    streams.say(f"{counted(known.remove(loaded, named), 'entry', 'entries')} removed\n")
    return ExitCode.CONSISTENT


@app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to; else standard output.")] = None,
    config: ConfigFile = None,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Write what is known as TOML, for version control: the same text as long as the same is known.

    Ends with 0 written, 2 usage or config, 3 the ledger cannot be read, or the file cannot be written.
    """
    from auditor.cli.outputs import Destination, refuse_unwritable
    from auditor.cli.writing import write_reports
    from auditor.config import load

    if file is not None:
        refuse_unwritable(file)
    loaded = load(config)

    from auditor import baseline_file, known

    text = baseline_file.write(known.entries(loaded))
    if file is None:
        streams.say(text)
        return ExitCode.CONSISTENT
    written = write_reports([Destination("toml", file)], lambda _name, _look: text, None)
    return ExitCode.CONSISTENT if written else ExitCode.UNDECIDED


@app.command("import")
def import_(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="What export wrote. It must be said.")] = None,
    config: ConfigFile = None,
    debug: Debug = False,  # noqa: ARG001 (read where errors are printed)
    no_color: NoColor = False,  # noqa: ARG001 (its callback has seen to it)
) -> int:
    """Add what a file knows. What is known already stays as it is, and nothing is removed.

    Ends with 0 added, or nothing new, 2 usage, config, or no such file, 3 the ledger fails.
    """
    from auditor.config import load
    from checks.wording import counted

    if file is None:
        raise UsageError("which file? name one that 'auditor baseline export FILE' wrote")
    loaded = load(config)

    from auditor import baseline_file, known

    added = known.take_in(loaded, baseline_file.read(_text_of(file), str(file)))
    streams.say(f"{counted(added.new, 'entry', 'entries')} added, {len(added.entries) - added.new} known already\n")
    return ExitCode.CONSISTENT


def _extent(audits: Sequence[str], whole: Sequence[str]) -> str:
    """That a run audited a part only, as one for a plan does: what is wrong elsewhere it does not know."""
    from reports.visible import visible

    left_out = len(set(whole) - set(audits))
    return f", which audited {', '.join(map(visible, audits))} and not the other {left_out}" if left_out else ""


def _either(fingerprints: list[str] | None, everything: bool) -> list[str]:
    """What is named; nothing for all. UsageError: neither was said, or both."""
    if bool(fingerprints) is everything:
        both = (
            "--all and fingerprints: say one of them" if everything else "which ones? name fingerprints, or say --all"
        )
        raise UsageError(
            f"{both} (auditor report --format json shows those of a run, auditor baseline list what is known)"
        )
    return fingerprints or []


def _whoever_is_logged_in() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise UsageError("--owner: must be said, since the system does not know who is logged in") from error


def _text_of(file: Path) -> str:
    from auditor.config.problems import quoted

    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{quoted(str(file))} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{quoted(str(file))} is no UTF-8 text") from error
