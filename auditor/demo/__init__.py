"""``auditor demo``: a shop and its services, a bank and its readers, with known faults, audited as anybody's would be.

It shows a stranger in seconds what the auditor says, and it proves a little: what was injected is held against what
was found, place by place. It does not show how an audit fares on a live system, where writers and readers are at
work; everything here stands still.
"""

import shlex
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.audit import run
from auditor.config import load
from auditor.config.reading import FILE_NAME
from auditor.demo import agreement, consumers, pipeline
from auditor.demo.faults import Fault
from auditor.demo.producer import produce
from auditor.errors import AuditorError, UsageError
from auditor.tracing import trace
from reports import Appearance, render
from reports import trace as traces
from reports.page import Page
from reports.visible import visible

SABOTAGE = "DELETE FROM journal WHERE entry BETWEEN 100 AND 102"
"""Makes the healthy consumer, accounting, lose three events that its cursor has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A set-up that is built, audited and held against what was done to it.

    ``folder``: where, below the demo's. ``build`` writes databases and config into it, and returns the faults.
    ``traced``: events to be followed at the end, as ``auditor trace`` takes them.
    """

    title: str
    about: str
    whom: str
    folder: str
    build: Callable[[Path], tuple[Fault, ...]]
    traced: tuple[str, ...] = ()


def acts() -> tuple[Act, ...]:
    """All that the demo shows, in order."""
    return (
        Act(
            title="act 1: a log and its consumers",
            about="A web shop writes what happens to a log, and five services follow it.",
            whom="the shop",
            folder="",
            build=build,
        ),
        Act(
            title="act 2: every hop of an event's way",
            about=pipeline.ABOUT,
            whom="the bank and its readers",
            folder="bank",
            build=build_pipeline,
            traced=pipeline.TRACED,
        ),
    )


def run_demo(keep: Path | None, *, say: Callable[[str], None], appearance: Appearance) -> bool:
    """Build, audit, and hold what was found against what was injected; whether the two agree in every act.

    ``keep``: a folder for the databases and the configs, made if need be; ``None``: a temporary one. ``say`` takes text
    with its newlines. Raises UsageError where ``keep`` cannot be used, AuditorError where building fails.
    """
    agreed = []
    with _folder(keep) as folder:
        for number, act in enumerate(acts()):
            say("\n\n" if number else "")
            agreed.append(_play(act, folder, keep, say=say, appearance=appearance))
    say(_farewell(keep))
    return all(agreed)


def _play(act: Act, folder: Path, keep: Path | None, *, say: Callable[[str], None], appearance: Appearance) -> bool:
    say(_curtain(act, appearance))
    faults = act.build(folder / act.folder)
    result = run(folder / act.folder / FILE_NAME)
    config = None if keep is None else str(keep / act.folder / FILE_NAME)
    say(render(result, "terminal", replace(appearance, config=config)))
    lines = agreement.compare(faults, result)
    hops = agreement.compare_hops(faults, result) if any(fault.hop for fault in faults) else ()
    say(agreement.render(lines, appearance, whom=act.whom, hops=hops))
    for event in act.traced:
        say(_traced(folder / act.folder / FILE_NAME, event, appearance))
    return all(line.agrees for line in (*lines, *hops))


def _curtain(act: Act, appearance: Appearance) -> str:
    page = Page(appearance.width)
    page.line(f"==== {act.title} ====", style="bold")
    page.line()
    for line in act.about.splitlines():
        page.line(line)
    page.line()
    return page.text()


def build(folder: Path) -> tuple[Fault, ...]:
    """Write the shop's databases and the config into an empty folder; what was done to them.

    Raises AuditorError where it cannot be done.
    """

    def write() -> tuple[Fault, ...]:
        events, faults = produce(folder, datetime.now(UTC))
        return (*faults, *(fault for consumer in consumers.ALL for fault in consumer(folder, events)))

    return _built(folder, __name__, write)


def build_pipeline(folder: Path) -> tuple[Fault, ...]:
    """Make the folder, with the databases and the config of the second act; as :func:`build` does the first's."""

    def write() -> tuple[Fault, ...]:
        folder.mkdir(exist_ok=True)
        return pipeline.produce(folder, datetime.now(UTC))

    return _built(folder, pipeline.__name__, write)


def _built(folder: Path, package: str, write: Callable[[], tuple[Fault, ...]]) -> tuple[Fault, ...]:
    try:
        faults = write()
        (folder / FILE_NAME).write_bytes(files(package).joinpath(FILE_NAME).read_bytes())
    except (OSError, sqlite3.Error) as error:
        message = f"cannot build the demo in {str(folder)!r}: {error}"
        raise AuditorError(message) from error
    return faults


def _traced(config: Path, event: str, appearance: Appearance) -> str:
    page = Page(appearance.width)
    page.heading(f"one of the lost events on its way: auditor trace {event}")
    return page.text() + traces.render(trace(load(config), event), "terminal", appearance)


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
    bank = shlex.quote(str(keep / "bank" / FILE_NAME))
    commands = (
        f"auditor check --config {config}",
        f"auditor check --config {config} --format json billing",
        "auditor explain consumer/missing",
        f"sqlite3 {accounting} {shlex.quote(SABOTAGE)}",
        f"auditor check --config {config} accounting",
        f"auditor check --config {bank} accounts bookings",
        f"auditor graph --config {bank}",
        f"auditor trace --config {bank} {pipeline.TRACED[0]}",
        f"auditor cutover --config {bank} statements --to bookings-v2",
    )
    lines = (
        "",
        f"kept in {keep}, with a config to read for each act; to try",
        *(f"  {command}" for command in commands),
    )
    return "".join(f"{visible(line)}\n" for line in lines)
