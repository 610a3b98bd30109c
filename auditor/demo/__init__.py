"""``auditor demo``: a shop and its services with known faults, audited by the same means as anybody's.

It shows a stranger in seconds what the auditor says, and it proves a little: what was injected is held against what
was found, place by place. It does not show how an audit fares on a live system, where writers and readers are at
work; everything here stands still.
"""

import shlex
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.audit import run
from auditor.config.reading import FILE_NAME
from auditor.demo import agreement, consumers
from auditor.demo.faults import Fault
from auditor.demo.producer import produce
from auditor.errors import AuditorError, UsageError
from reports import Appearance, render
from reports.visible import visible

SABOTAGE = "DELETE FROM journal WHERE entry BETWEEN 100 AND 102"
"""Makes the healthy consumer, accounting, lose three events that its cursor has passed."""


def run_demo(keep: Path | None, *, say: Callable[[str], None], appearance: Appearance) -> bool:
    """Build, audit, and hold what was found against what was injected; whether the two agree.

    ``keep``: a folder for the databases and the config, made if need be; ``None``: a temporary one. ``say`` takes text
    with its newlines. Raises UsageError where ``keep`` cannot be used, AuditorError where building fails.
    """
    with _folder(keep) as folder:
        faults = build(folder)
        result = run(folder / FILE_NAME)
    config = None if keep is None else str(keep / FILE_NAME)
    say(render(result, "terminal", replace(appearance, config=config)))
    lines = agreement.compare(faults, result)
    say(agreement.render(lines, appearance))
    say(_farewell(keep))
    return all(line.agrees for line in lines)


def build(folder: Path) -> tuple[Fault, ...]:
    """Write the databases and the config into an empty folder; what was done to them. AuditorError: it did not work."""
    try:
        (folder / FILE_NAME).write_bytes(files(__name__).joinpath(FILE_NAME).read_bytes())
        events, faults = produce(folder, datetime.now(UTC))
        return (*faults, *(fault for consumer in consumers.ALL for fault in consumer(folder, events)))
    except (OSError, sqlite3.Error) as error:
        message = f"cannot build the demo in {str(folder)!r}: {error}"
        raise AuditorError(message) from error


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory(prefix="auditor-demo-") as name:
            yield Path(name)
        return
    try:
        if keep.exists() and not keep.is_dir():
            raise UsageError(f"--keep {str(keep)!r} is no folder")
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise UsageError(f"--keep {str(keep)!r} is not empty (name a new folder: nothing is overwritten)")
    except OSError as error:
        raise UsageError(f"--keep {str(keep)!r}: {(error.strerror or str(error)).lower()}") from error
    yield keep


def _farewell(keep: Path | None) -> str:
    """What to try next, in commands that a shell takes as they are."""
    if keep is None:
        return "\nthe databases are gone again; to try the commands above on them: auditor demo --keep DIR\n"
    config, accounting = shlex.quote(str(keep / FILE_NAME)), shlex.quote(str(keep / "accounting.db"))
    commands = (
        f"auditor check --config {config}",
        f"auditor check --config {config} --format json billing",
        "auditor explain consumer/missing",
        f"sqlite3 {accounting} {shlex.quote(SABOTAGE)}",
        f"auditor check --config {config} accounting",
    )
    lines = ("", f"kept in {keep}, with a config to read; to try", *(f"  {command}" for command in commands))
    return "".join(f"{visible(line)}\n" for line in lines)
